import GRDB
import Numerics
import World

/// How far a journal reached, in a file beside it: a chain of digests cannot tell that entries are
/// missing at its end.
///
///      0  u64       number of the newest entry
///      8  64 bytes  its digest, in hex
///     72  u64       XXH64 of these
///
/// Written in place once the entry is on the disk, and not synced: after a power failure it may say
/// less than is true, never more.
struct JournalHead: Equatable {
    var seq: UInt64
    var digest: String

    static func path(ofJournal journal: String) -> String {
        (journal.hasSuffix(".sqlite") ? String(journal.dropLast(7)) : journal) + ".head"
    }

    init(seq: UInt64, digest: String) {
        (self.seq, self.digest) = (seq, digest)
    }

    /// Nil where nothing is said, or not in full.
    init?(of path: String) throws {
        let disk = LocalDisk()
        guard try disk.exists(path) else { return nil }
        let bytes = try disk.read(path)
        guard bytes.count == 80 else { return nil }
        self = try bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let seq = try reader.read(UInt64.self)
            let digest = String(decoding: try reader.readBytes(64), as: UTF8.self)
            return JournalHead(seq: seq, digest: digest)
        }
        guard bytes == encode() else { return nil }
    }

    func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(seq)
        writer.bytes += Array(digest.utf8)
        writer.write(writer.bytes.withUnsafeBytes { XXHash64.hash($0) })
        return writer.bytes
    }

    func write(to path: String) throws {
        let file = try LocalDisk().open(path, .readWrite)
        try encode().withUnsafeBytes { try file.write($0, at: 0) }
    }
}

extension Journal {
    private var headPath: String { JournalHead.path(ofJournal: queue.path) }
    var headName: String { headPath.split(separator: "/").last.map(String.init) ?? headPath }

    /// Where the journal should reach at least; nil where nothing says so.
    func head() throws -> JournalHead? { try JournalHead(of: headPath) }

    /// Writes to the database; how far the journal then reaches is said beside it, unless it no
    /// longer has what was said before: then that stays, for `verify` to name.
    func write<Outcome>(_ body: (Database) throws -> Outcome) throws -> Outcome {
        let (outcome, last, isWhole) = try queue.write { database in
            let isWhole = try hasHead(database)
            let outcome = try body(database)
            return (outcome, try Self.newest(database), isWhole)
        }
        if isWhole, let last { keep(last) }
        return outcome
    }

    private func hasHead(_ database: Database) throws -> Bool {
        let head: JournalHead?
        do {
            head = try self.head()
        } catch {
            // What cannot be read is not written over.
            return false
        }
        guard let head else { return true }
        let digest = try String.fetchOne(
            database, sql: "SELECT digest FROM journal WHERE seq = ?",
            arguments: [Int64(clamping: head.seq)])
        return digest == head.digest
    }

    private static func newest(_ database: Database) throws -> JournalHead? {
        let last = try Row.fetchOne(
            database, sql: "SELECT seq, digest FROM journal ORDER BY seq DESC LIMIT 1")
        guard let seq = last?["seq"].flatMap({ UInt64.fromDatabaseValue($0.databaseValue) }),
            let digest = last?["digest"].flatMap({ String.fromDatabaseValue($0.databaseValue) })
        else { return nil }
        return JournalHead(seq: seq, digest: digest)
    }

    /// The entry stands whatever becomes of this, and may not be refused for it.
    private func keep(_ head: JournalHead) {
        guard isDurable else { return }
        do {
            try head.write(to: headPath)
        } catch {
            // It says less than is true, which it may; the next entry says it.
        }
    }
}
