import Engine
import Foundation
import GRDB
import Operation
import Vocabulary

/// An alarm that was raised, open or not.
package struct AlarmRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
    package static let databaseTableName = "alarms"

    /// The same whenever the same stream raises it again, so that no restart doubles it.
    package var id: String
    package var model: String
    package var name: String
    /// Null where it is none of one feature, or of one segment.
    package var feature: String?
    package var segment: String?
    package var text: String
    /// Event times in RFC 3339: when it likely began, when it was raised, and when it was over.
    package var onset: String
    package var raised: String
    package var resolved: String?
    package var severity: AlarmSeverity
    package var owner: String

    init(_ alarm: AlarmReport, of model: ModelName) {
        (id, self.model, name, text) = (alarm.id, model.text, alarm.name, alarm.text)
        feature = alarm.feature.isEmpty ? nil : alarm.feature
        segment = alarm.segment.isEmpty ? nil : alarm.segment
        onset = (alarm.onset ?? alarm.since).rfc3339
        raised = alarm.since.rfc3339
        (severity, owner) = (alarm.severity, alarm.owner)
    }

    /// With every key, though it be null.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(model, forKey: .model)
        try fields.encode(name, forKey: .name)
        try fields.encode(feature, forKey: .feature)
        try fields.encode(segment, forKey: .segment)
        try fields.encode(text, forKey: .text)
        try fields.encode(onset, forKey: .onset)
        try fields.encode(raised, forKey: .raised)
        try fields.encode(resolved, forKey: .resolved)
        try fields.encode(severity, forKey: .severity)
        try fields.encode(owner, forKey: .owner)
    }
}

/// Every alarm, in a table beside the journal. A row changes once: when its alarm is over.
extension Journal {
    static let alarmTable = """
        CREATE TABLE IF NOT EXISTS alarms (
            id TEXT PRIMARY KEY, model TEXT NOT NULL, name TEXT NOT NULL, feature TEXT,
            segment TEXT, text TEXT NOT NULL, onset TEXT NOT NULL, raised TEXT NOT NULL,
            resolved TEXT, severity TEXT NOT NULL, owner TEXT NOT NULL);
        """

    package func raise(_ alarm: AlarmReport, of model: ModelName) throws -> Bool {
        try queue.write { try Self.raise(alarm, of: model, in: $0) }
    }

    package func resolve(_ id: String, at time: Instant) throws -> Bool {
        try queue.write { try Self.resolve(id, at: time, in: $0) }
    }

    package func tell(_ notices: [AlarmNotice], of model: ModelName) throws {
        try write { database in
            for notice in notices {
                let isNews =
                    notice.isRaised
                    ? try Self.raise(notice.alarm, of: model, in: database)
                    : try Self.resolve(notice.alarm.id, at: notice.at, in: database)
                if isNews { _ = try Self.append(JournalDraft(notice, of: model), to: database) }
            }
        }
    }

    private static func raise(
        _ alarm: AlarmReport, of model: ModelName, in database: Database
    ) throws -> Bool {
        let record = AlarmRecord(alarm, of: model)
        guard try !record.exists(database) else { return false }
        try record.insert(database)
        return true
    }

    private static func resolve(
        _ id: String, at time: Instant, in database: Database
    ) throws -> Bool {
        try database.execute(
            sql: "UPDATE alarms SET resolved = ? WHERE id = ? AND resolved IS NULL",
            arguments: [time.rfc3339, id])
        return database.changesCount > 0
    }

    package func resolveAlarms(
        of model: ModelName, but ids: [String], at time: Instant
    ) throws {
        try queue.write { database in
            let open = try AlarmRecord.fetchAll(
                database, sql: "SELECT * FROM alarms WHERE model = ? AND resolved IS NULL",
                arguments: [model.text])
            for alarm in open where !ids.contains(alarm.id) {
                try database.execute(
                    sql: "UPDATE alarms SET resolved = ? WHERE id = ?",
                    arguments: [max(time.rfc3339, alarm.raised), alarm.id])
            }
        }
    }

    /// Oldest first; of one model, and open at or after a moment of event time, if asked.
    package func alarms(of model: ModelName?, since: Instant?) throws -> [AlarmRecord] {
        let all = try queue.read { database in
            try AlarmRecord.fetchAll(database, sql: "SELECT * FROM alarms ORDER BY raised, id")
        }
        return all.filter { alarm in
            if let model, alarm.model != model.text { return false }
            guard let since, let resolved = alarm.resolved.flatMap({ Instant(rfc3339: $0) })
            else { return true }
            return resolved >= since
        }
    }
}
