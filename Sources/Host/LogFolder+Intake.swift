import Checkpointing
import Engine
import Operation
import Recording

extension LogFolder {
    /// By which settings the records from an offset of the raw log on were taken in, as the first
    /// change behind it tells; nil where none follows.
    ///
    /// A change lies in a batch of its own, so that headers tell where to look.
    func intake(from start: UInt64) throws -> IntakeSettings? {
        var offset = start
        while let header = try header(at: offset) {
            defer { offset += UInt64(header.batchSize) }
            guard header.count == 1, let (batch, header) = try wholeBatch(at: offset) else {
                continue
            }
            var change: IntakeChange?
            try forEachRecord(of: batch, header, at: offset) { record, _ in
                guard record.kind == .settings else { return }
                change = try IntakeChange(decoding: record.line)
            }
            if let change { return change.before }
        }
        return nil
    }
}

extension CheckpointFolder {
    /// Settings as they are in force by the newest whole checkpoint, whatever the configuration
    /// says by now; as they are where none tells.
    func inForce(_ settings: ModelSettings) -> ModelSettings {
        var settings = settings
        for report in reports where report.verdict != .failed {
            do {
                settings.intake = try load(report.id).checkpoint.intake ?? settings.intake
                return settings
            } catch {
                // Broken, or removed meanwhile: whoever needs this one will say so.
                continue
            }
        }
        return settings
    }
}
