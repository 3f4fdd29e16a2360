import Engine
import Foundation
import GRDB
import Operation
import Vocabulary
import World

/// One record in quarantine, as `quarantine list` shows it.
package struct QuarantineEntry: Codable, Sendable {
    package var model: String
    /// Its sequence in the raw log, which has the whole record.
    package var seq: Int
    package var stream: String
    package var file: String
    package var line: Int
    package var rule: String
    package var field: String
    package var reason: String
    package var bytes: Int
    /// The record as text: its beginning in a list, at most 200 characters.
    package var record: String
    /// True once somebody let it in.
    package var released: Bool
}

/// Records held back, by model and raw sequence: putting one in again changes nothing, so a
/// recovery that meets it again is harmless.
package final class Quarantine: QuarantineBook {
    /// The version of the schema that is written, and the only one that is read.
    package static let version = 1

    private let queue: DatabaseQueue

    package init(_ path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        // What is removed is to be gone from the file, too.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = PERSIST")
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS quarantine (
                        model TEXT NOT NULL, seq INTEGER NOT NULL, stream TEXT NOT NULL,
                        file TEXT NOT NULL, line INTEGER NOT NULL, rule TEXT NOT NULL,
                        field TEXT NOT NULL, reason TEXT NOT NULL, bytes INTEGER NOT NULL,
                        record BLOB NOT NULL, PRIMARY KEY (model, seq)) WITHOUT ROWID
                    """)
            // Beside it, so that a record that is put in again stays released.
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS released (
                        model TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (model, seq))
                        WITHOUT ROWID
                    """)
        }
    }

    /// The version of the schema that the file has: SQLite's `user_version`, 0 where none is set.
    package func schemaVersion() throws -> Int {
        max(1, try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } ?? 1)
    }

    package func put(_ records: [QuarantinedRecord], of model: ModelName) throws {
        try queue.write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO quarantine VALUES (?,?,?,?,?,?,?,?,?,?)")
            for record in records {
                try statement.execute(arguments: [
                    model.text, Int64(record.sequence.value), record.stream.name, record.path,
                    record.line, record.rejection.rule.rawValue, record.rejection.field,
                    record.rejection.text, record.size, Foundation.Data(record.bytes),
                ])
            }
        }
    }

    package func release(_ sequences: [RawSequence], of model: ModelName) throws {
        try queue.write { database in
            for sequence in sequences {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO released VALUES (?, ?)",
                    arguments: [model.text, Int64(sequence.value)])
            }
        }
    }

    package func held(_ sequence: UInt64, of model: ModelName) throws -> HeldRecord? {
        try entry(of: model, sequence: sequence).map { entry in
            HeldRecord(
                rule: entry.rule, stream: entry.stream, file: entry.file, line: entry.line,
                isReleased: entry.released)
        }
    }

    package func remove(before sequence: UInt64, of model: ModelName) throws -> Int {
        try removeForGood(where: "seq < ?", [Int64(clamping: sequence)], of: model)
    }

    package func remove(_ sequences: [UInt64], of model: ModelName) throws {
        _ = try removeForGood(where: "seq = ?", sequences.map { Int64(clamping: $0) }, of: model)
    }

    /// Removes what a condition on one number finds, for each of them; gives how many records went.
    private func removeForGood(
        where condition: String, _ numbers: [Int64], of model: ModelName
    ) throws -> Int {
        try queue.writeWithoutTransaction { database in
            // Else the rollback journal keeps what was there.
            try database.execute(sql: "PRAGMA journal_size_limit = 0")
            var count = 0
            try database.inTransaction {
                for number in numbers {
                    for table in ["released", "quarantine"] {
                        try database.execute(
                            sql: "DELETE FROM \(table) WHERE model = ? AND \(condition)",
                            arguments: [model.text, number])
                    }
                    count += database.changesCount
                }
                return .commit
            }
            try database.execute(sql: "PRAGMA journal_size_limit = -1")
            return count
        }
    }

    private static let columns = """
        SELECT *, EXISTS (SELECT 1 FROM released WHERE released.model = quarantine.model
            AND released.seq = quarantine.seq) AS is_released FROM quarantine
        """

    /// In the order of the raw log; all models unless one is named.
    package func entries(of model: ModelName?, limit: Int) throws -> [QuarantineEntry] {
        try queue.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    \(Self.columns) WHERE ?1 IS NULL OR model = ?1
                    ORDER BY model, seq LIMIT ?2
                    """, arguments: [model?.text, limit])
            return rows.map(Self.entry)
        }
    }

    /// Nil for a record that is not held back.
    package func entry(of model: ModelName, sequence: UInt64) throws -> QuarantineEntry? {
        guard let number = Int64(exactly: sequence) else { return nil }
        return try queue.read { database in
            try Row.fetchOne(
                database, sql: Self.columns + " WHERE model = ? AND seq = ?",
                arguments: [model.text, number]
            ).map(Self.entry)
        }
    }

    private static func entry(_ row: Row) -> QuarantineEntry {
        let bytes: Foundation.Data = row["record"]
        let text = String(decoding: bytes.prefix(800), as: UTF8.self)
        return QuarantineEntry(
            model: row["model"], seq: row["seq"], stream: row["stream"],
            file: row["file"], line: row["line"], rule: row["rule"], field: row["field"],
            reason: row["reason"], bytes: row["bytes"], record: String(text.prefix(200)),
            released: row["is_released"])
    }

    package func newest(of model: ModelName) throws -> [QuarantineSample] {
        try queue.read { database in
            // With MAX, SQLite takes the other columns from the row that has it.
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT MAX(seq) AS seq, rule, file, line, field, reason, record FROM
                        (SELECT * FROM quarantine WHERE model = ?1 ORDER BY seq DESC LIMIT 10000)
                    GROUP BY rule
                    """, arguments: [model.text])
            return rows.map { row in
                let bytes: Foundation.Data = row["record"]
                let most = QuarantineSample.recordLengthMax
                let text = String(decoding: bytes.prefix(4 * most), as: UTF8.self)
                let sequence: Int64 = row["seq"]
                return QuarantineSample(
                    rule: row["rule"], sequence: UInt64(sequence), file: row["file"],
                    line: row["line"], field: row["field"], text: row["reason"],
                    record: String(text.prefix(most)))
            }
        }
    }

    package func count(of model: ModelName?) throws -> Int {
        try queue.read { database in
            try Int.fetchOne(
                database, sql: "SELECT COUNT(*) FROM quarantine WHERE ?1 IS NULL OR model = ?1",
                arguments: [model?.text]) ?? 0
        }
    }
}
