import Engine
import Foundation
import GRDB
import Journaling
import Operation
import Vocabulary
import World

/// What is to be journalled; the journal adds number, time and digest.
package struct JournalDraft: Sendable {
    package var kind: JournalKind
    package var act: String?
    package var model: ModelName?
    package var by: String
    package var from: String
    package var reason: String
    package var effect: String

    package init(
        kind: JournalKind, act: String? = nil, model: ModelName? = nil, by: String = "spindle",
        from: String = "engine", reason: String = "", effect: String
    ) {
        self.kind = kind
        self.act = act
        self.model = model
        self.by = by
        self.from = from
        self.reason = reason
        self.effect = effect
    }
}

extension JournalDraft {
    /// What an act did to a model.
    init(_ request: ActRequest, _ effect: ActEffect) {
        self.init(
            kind: .act, act: request.act.name, model: effect.model, by: request.actor.user,
            from: request.actor.from, reason: request.reason, effect: effect.text)
    }
}

extension JournalDraft {
    /// An alarm was raised, or is over.
    init(_ notice: AlarmNotice, of model: ModelName) {
        let (alarm, verb) = (notice.alarm, notice.isRaised ? "raised" : "resolved")
        self.init(
            kind: .alarm, act: verb, model: model, reason: alarm.name,
            effect: "\(alarm.id) \(verb): \(alarm.text)")
    }
}

/// The first entry of a journal that does not follow from the one before.
package struct BrokenChain: Error, CustomStringConvertible {
    package var seq: Int
    package var text: String

    package var description: String { "journal entry \(seq): \(text)" }
}

/// What a walk over the whole journal came to.
package struct JournalVerdict: Sendable {
    package var count: Int
    /// False where nothing says how far it once reached, so that entries cut off at its end could
    /// not be told.
    package var isEndKnown: Bool
}

/// The append-only journal in SQLite; every entry is on the disk before `append` returns.
///
/// With a rollback journal that stays, not a write-ahead log: so that it can be read, and an
/// engine can start, on a disk that is full.
package final class Journal: JournalBook {
    /// The version of the schema that is written, and the only one that is read.
    package static let version = 1

    let queue: DatabaseQueue
    let isDurable: Bool

    /// Only a journal that is thrown away need not be durable.
    package init(_ path: String, isDurable: Bool = true) throws {
        self.isDurable = isDurable
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = PERSIST")
            try database.execute(sql: "PRAGMA synchronous = \(isDurable ? "FULL" : "OFF")")
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS journal (
                        seq INTEGER PRIMARY KEY, ts TEXT NOT NULL, kind TEXT NOT NULL,
                        act TEXT, model TEXT, "by" TEXT NOT NULL, "from" TEXT NOT NULL,
                        reason TEXT NOT NULL, effect TEXT NOT NULL, digest TEXT NOT NULL);
                    CREATE TRIGGER IF NOT EXISTS journal_no_update BEFORE UPDATE ON journal
                        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    CREATE TRIGGER IF NOT EXISTS journal_no_delete BEFORE DELETE ON journal
                        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    """ + Self.alarmTable)
        }
    }

    @discardableResult
    package func append(_ draft: JournalDraft) throws -> JournalEntry {
        try write { try Self.append(draft, to: $0) }
    }

    static func append(_ draft: JournalDraft, to database: Database) throws -> JournalEntry {
        let last = try Row.fetchOne(
            database, sql: "SELECT seq, digest FROM journal ORDER BY seq DESC LIMIT 1")
        let lastSeq = last?["seq"].flatMap { Int.fromDatabaseValue($0.databaseValue) }
        let lastDigest = last?["digest"].flatMap { String.fromDatabaseValue($0.databaseValue) }
        if last != nil, lastSeq == nil || lastDigest == nil {
            throw BrokenChain(seq: lastSeq ?? 0, text: "its digest cannot be read")
        }
        let previous = lastDigest ?? ""
        let seq = (lastSeq ?? 0) + 1
        var entry = JournalEntry(
            seq: seq, ts: WallClock.now(), kind: draft.kind, act: draft.act,
            model: draft.model, by: draft.by, from: draft.from, reason: draft.reason,
            effect: draft.effect, digest: "")
        entry.digest = JournalChain.digest(after: previous, entry.chainFields)
        try database.execute(
            sql: "INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?,?)",
            arguments: [
                entry.seq, entry.ts.rfc3339, entry.kind.rawValue, entry.act,
                entry.model?.text, entry.by, entry.from, entry.reason, entry.effect,
                entry.digest,
            ])
        return entry
    }

    /// The newest entries, newest first.
    package func tail(_ count: Int) throws -> [JournalEntry] {
        try read("SELECT * FROM journal ORDER BY seq DESC LIMIT ?", [count])
    }

    /// Entries from a moment on, or behind a number, oldest first.
    package func entries(since: Instant?, after seq: Int = 0) throws -> [JournalEntry] {
        let all = try read("SELECT * FROM journal WHERE seq > ? ORDER BY seq", [seq])
        guard let since else { return all }
        return all.filter { $0.ts >= since }
    }

    /// Walks the whole chain; gives the count of entries, throws `BrokenChain` at the first that
    /// does not fit, or that is missing at its end.
    package func verify() throws -> JournalVerdict {
        // Read first: a running engine appends meanwhile.
        let head = try head()
        var previous = ""
        var expected = 1
        for entry in try entries(since: nil) {
            guard entry.seq == expected else {
                throw BrokenChain(seq: expected, text: "expected it, found entry \(entry.seq)")
            }
            guard entry.digest == JournalChain.digest(after: previous, entry.chainFields) else {
                throw BrokenChain(
                    seq: entry.seq, text: "its digest does not follow from its content")
            }
            if let head, head.seq == UInt64(entry.seq), head.digest != entry.digest {
                throw BrokenChain(
                    seq: entry.seq, text: "it is another one than was written, by \(headName)")
            }
            previous = entry.digest
            expected += 1
        }
        if let head, head.seq >= UInt64(expected) {
            throw BrokenChain(
                seq: expected, text: "missing: by \(headName) there were \(head.seq) entries")
        }
        return JournalVerdict(count: expected - 1, isEndKnown: head != nil)
    }

    /// The version of the schema that the file has: SQLite's `user_version`, 0 where none is set.
    package func schemaVersion() throws -> Int {
        max(1, try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } ?? 1)
    }

    func read(_ sql: String, _ arguments: StatementArguments) throws -> [JournalEntry] {
        try queue.read { database in
            try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
                // Not by GRDB's conversions, which trap at what somebody else wrote there.
                func text(_ column: String) -> String? {
                    row[column].flatMap { String.fromDatabaseValue($0.databaseValue) }
                }
                let seq = row["seq"].flatMap { Int.fromDatabaseValue($0.databaseValue) } ?? 0
                guard let ts = text("ts").flatMap({ Instant(rfc3339: $0) }),
                    let kind = text("kind").flatMap({ JournalKind(rawValue: $0) }),
                    let by = text("by"), let from = text("from"), let reason = text("reason"),
                    let effect = text("effect"), let digest = text("digest")
                else { throw BrokenChain(seq: seq, text: "its columns cannot be read") }
                return JournalEntry(
                    seq: seq, ts: ts, kind: kind, act: text("act"),
                    model: text("model").flatMap { ModelName($0) }, by: by, from: from,
                    reason: reason, effect: effect, digest: digest)
            }
        }
    }
}

extension JournalEntry {
    var chainFields: JournalChain.Fields {
        JournalChain.Fields(
            seq: String(seq), ts: ts.rfc3339, kind: kind.rawValue, act: act ?? "",
            model: model?.text ?? "", by: by, from: from, reason: reason, effect: effect)
    }
}
