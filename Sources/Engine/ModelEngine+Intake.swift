import Filtering
import Ingestion
import Joining
import Numerics
import Recording
import Vocabulary

/// A configuration asks for another design of examples than the log was begun with.
package struct ChangedDesign: Error, CustomStringConvertible {
    package var model: ModelName
    /// What the log has.
    package var logged: ExampleDesign
    package var asked: ExampleDesign

    package var description: String {
        if logged.makesTimeFeatures != asked.makesTimeFeatures {
            return text("time_features", "\(logged.makesTimeFeatures)", "from other features")
        }
        let floor = logged.propensityFloor.map { "\($0)" } ?? "none"
        return text("propensity_floor", floor, "with other weights")
    }

    private func text(_ key: String, _ expected: String, _ way: String) -> String {
        "models.\(model).\(key): expected \(expected), as its log was begun; what learns \(way) is "
            + "another model: give it a name of its own"
    }
}

/// Records are taken in by settings that may change while there is a log.
extension ModelEngine {
    /// From here on records are taken in by other settings: logged, so that a replay of the log
    /// changes them at the same record. Nothing may have been gathered.
    ///
    /// Examples that wait then wait by the new settings; whose wait is over by them goes out at
    /// once. What has gone out stays as it is.
    package func changeIntake(to intake: IntakeSettings) throws {
        let change = IntakeChange(before: settings.intake, after: intake)
        precondition(
            change.before.design == intake.design,
            "the design is what the log was begun with")
        precondition(raw.isEmpty && training.isEmpty, "a change of settings follows a settling")
        _ = raw.append(.settings, line: change.encode())
        isWhole = false
        try follow(change)
        isWhole = true
    }

    /// The settings by which the log was begun, or by which a checkpoint was made that is about to
    /// be taken up.
    package func adopt(_ intake: IntakeSettings) throws(ChangedDesign) {
        guard settings.design == intake.design else {
            throw ChangedDesign(
                model: settings.name, logged: intake.design, asked: settings.design)
        }
        settings.intake = intake
        joiner = LabelJoiner(settings: settings.join, limits: settings.joinLimits)
        followSettings()
    }

    /// The join goes on from its own state as a checkpoint would hold it, so that this is the same
    /// as to take one up by other settings.
    func follow(_ change: IntakeChange) throws {
        settings.intake = change.after
        let join = encodeJoin()
        try join.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            joiner = try LabelJoiner(
                settings: settings.join, limits: settings.joinLimits, restoring: &reader)
        }
        followSettings()
        try drainDue()
    }

    private func followSettings() {
        // What it counted goes on, unless it counts something else now.
        if filter.settings == settings.filter {
            filter.change(to: settings.rules)
        } else {
            filter = ExampleFilter(rules: settings.rules, settings: settings.filter)
        }
        parser = RecordParser(keepsFeatures: needsFeatures, rules: recordRules)
    }
}
