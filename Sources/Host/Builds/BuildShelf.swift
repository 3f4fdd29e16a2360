import Foundation
import Numerics
import Operation
import Vocabulary
import World

/// The builds that a state directory keeps, to go back to: for each a folder with its binary and
/// what is known of it.
///
///     builds/ID/spindle      the binary
///     builds/ID/build.json   its record
///     builds/lock            held by whoever adds or removes
///
/// A folder gets its name once all in it is on the disk, so that a build is there whole or not at
/// all.
package struct BuildShelf: Sendable {
    /// Sizes in bytes, and wall times.
    package enum Limits {
        static let pieceSize = 1 << 20
        static let lockPatience = Span.seconds(20)
    }

    package let folder: String
    private let disk: any ShelfDisk

    package init(of state: String, disk: any ShelfDisk = LocalDisk()) {
        folder = state + "/builds"
        self.disk = disk
    }

    package func program(of id: BuildID) -> String { "\(folder)/\(id)/spindle" }
    private func recordPath(of id: BuildID) -> String { "\(folder)/\(id)/build.json" }

    /// The newest first; and what is wrong with folders whose record cannot be read.
    package func records() throws -> (records: [BuildRecord], faults: [String]) {
        var records: [BuildRecord] = []
        var faults: [String] = []
        for id in try disk.names(in: folder).compactMap({ BuildID($0) }) {
            do {
                records.append(try record(of: id))
            } catch {
                faults.append("\(error)")
            }
        }
        records.sort { ($0.kept, $0.id) > ($1.kept, $1.id) }
        return (records, faults)
    }

    package func record(of id: BuildID) throws -> BuildRecord {
        let path = recordPath(of: id)
        guard try disk.exists(path) else {
            let known = try disk.names(in: folder).filter { BuildID($0) != nil }
            throw BuildFault(
                "there is no build \(id); kept: "
                    + (known.isEmpty ? "none" : known.joined(separator: ", ")))
        }
        let bytes = try disk.read(path)
        let record: BuildRecord
        do {
            record = try JSON.decode(BuildRecord.self, from: Foundation.Data(bytes))
        } catch {
            throw BuildFault("\(path): expected a build's record: \(error)")
        }
        guard record.id == id, BuildID(version: record.version, sha256: record.sha256) == id else {
            throw BuildFault("\(path): it is not the record of build \(id)")
        }
        return record
    }

    /// Reads a binary again and holds it against its record; nil if all is well.
    package func verify(_ record: BuildRecord) -> String? {
        let path = program(of: record.id)
        do {
            let (sha256, bytes) = try digest(of: path)
            guard bytes == record.bytes else {
                return "\(path): it has \(bytes) bytes, \(record.bytes) in its record"
            }
            guard sha256 == record.sha256 else {
                return "\(path): its SHA-256 is not the one in its record"
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// SHA-256 in hex, and the size.
    package func digest(of path: String) throws -> (sha256: String, bytes: Int) {
        var hash = SHA256()
        let size = try forEachPiece(of: path) { piece, _ in hash.update(piece) }
        return (hash.finish().hex, size)
    }

    /// Puts a program on the shelf, unless it is there; `isPinned` pins it in any case.
    package func keep(
        _ source: String, digest: (sha256: String, bytes: Int), formats: BuildFormats,
        isPinned: Bool, at now: Instant
    ) throws -> (record: BuildRecord, isNew: Bool) {
        guard let id = BuildID(version: formats.version, sha256: digest.sha256) else {
            throw BuildFault("expected a version in plain letters, found \(formats.version)")
        }
        try disk.makeFolder(folder)
        return try locked {
            for name in try disk.names(in: folder) where name.hasSuffix(".new") {
                // Of a process that was cut off.
                try remove(name)
            }
            if try disk.exists(recordPath(of: id)) {
                var record = try record(of: id)
                if isPinned, !record.pinned {
                    record.pinned = true
                    try write(record, in: "\(folder)/\(id)")
                }
                if verify(record) == nil { return (record, false) }
                // What is broken is no build; this program is the very one that was meant.
            }
            try remove(id.text)
            let record = BuildRecord(
                id: id, version: formats.version, sha256: digest.sha256, bytes: digest.bytes,
                kept: now, formats: formats.formats, pinned: isPinned)
            do {
                try write(record, source)
            } catch {
                // What was written of it would only take up a full disk.
                do { try remove(id.text + ".new") } catch {}
                throw error
            }
            return (record, true)
        }
    }

    /// A pinned build is kept until it is unpinned. False if it was so already.
    package func pin(_ id: BuildID, _ isPinned: Bool) throws -> Bool {
        var record = try record(of: id)
        guard record.pinned != isPinned else { return false }
        record.pinned = isPinned
        try locked { try write(record, in: "\(folder)/\(id)") }
        return true
    }

    /// Removes all but the newest; the pinned and those in use stay. Gives what went.
    package func thin(keeping count: Int, inUse: [BuildID]) throws -> [BuildID] {
        try locked {
            var removed: [BuildID] = []
            let loose = try records().records.filter { !$0.pinned }
            for record in loose.dropFirst(count) where !inUse.contains(record.id) {
                try remove(record.id.text)
                removed.append(record.id)
            }
            return removed
        }
    }

    // MARK: files

    private func write(_ record: BuildRecord, _ source: String) throws {
        let temporary = "\(folder)/\(record.id).new"
        try disk.makeFolder(temporary)
        let file = try disk.open(temporary + "/spindle", .readWrite)
        var hash = SHA256()
        _ = try forEachPiece(of: source) { piece, offset in
            hash.update(piece)
            try file.write(piece, at: offset)
        }
        guard hash.finish().hex == record.sha256 else {
            throw BuildFault("\(source): it changed while it was copied")
        }
        try disk.makeExecutable(temporary + "/spindle")
        try file.sync()
        try write(record, in: temporary)
        try disk.rename(temporary, to: "\(folder)/\(record.id)")
        try disk.syncFolder(folder)
        if let fault = verify(record) { throw BuildFault(fault) }
    }

    private func write(_ record: BuildRecord, in folder: String) throws {
        try disk.replace(folder + "/build.json", with: [UInt8](try JSON.encode(record)))
    }

    /// The record goes first: without it there is no build.
    private func remove(_ name: String) throws {
        let path = "\(folder)/\(name)"
        guard try disk.exists(path) else { return }
        try disk.remove(path + "/build.json")
        for file in try disk.names(in: path) { try disk.remove("\(path)/\(file)") }
        try disk.removeFolder(path)
    }

    /// Gives the size.
    private func forEachPiece(
        of path: String, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws -> Int {
        let file = try disk.open(path, .read)
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Limits.pieceSize, alignment: 16)
        defer { room.deallocate() }
        var offset = 0
        while true {
            let count = try file.read(into: room, at: offset)
            guard count > 0 else { return offset }
            try body(UnsafeRawBufferPointer(rebasing: room[..<count]), offset)
            offset += count
        }
    }

    private func locked<Result>(_ body: () throws -> Result) throws -> Result {
        let lock = try disk.open(folder + "/lock", .readWrite)
        guard try lock.lock(within: Limits.lockPatience) else {
            throw BuildFault("\(folder): another process is adding or removing builds")
        }
        return try withExtendedLifetime(lock) { try body() }
    }
}
