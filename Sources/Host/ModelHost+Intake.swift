import Checkpointing
import Engine
import Vocabulary

/// Records are taken in by the settings that the log says, and by those of the configuration from
/// the end of the log on.
extension ModelHost {
    /// The settings by which the log was begun, or went on behind a checkpoint of an older build:
    /// newer ones say by what they were made.
    func adoptIntake(of checkpoint: LoadedCheckpoint?) throws {
        guard checkpoint?.intake == nil else { return }
        let start = checkpoint?.manifest.rawEnd.offset ?? 0
        if let known = try rawLog.intake(from: start) { try engine.adopt(known) }
    }

    /// Everything was taken in as it was then; what comes from here on is taken in as the
    /// configuration says.
    func changeIntake() throws {
        let change = IntakeChange(before: engine.settings.intake, after: declaredIntake)
        guard change.before != change.after else { return }
        try engine.changeIntake(to: change.after)
        let sequence = engine.takenSequence
        try engine.settle(perform)
        try note("records are taken in by other settings from \(sequence) on: \(change.text)")
    }
}
