import Host
import Operation
import Vocabulary
import World

/// The runs of one drill, each on a copy of the ground, and the score that follows from them.
package struct DrillSession {
    package let ground: DrillGround
    package let scenario: Scenario

    package init(_ ground: DrillGround, _ scenario: Scenario) {
        (self.ground, self.scenario) = (ground.suited(to: scenario), scenario)
    }

    /// Plays an order to its end, as fast as possible, and throws its state directory away.
    package func play(_ order: DrillOrder) throws -> DrillRecord {
        let name = "\(scenario.name)-\(ThisProcess.id)"
        let path = try ground.copy(as: name, speed: 0)
        let result = Result {
            let text = ground.configuration(speed: 0)
            try DrillLease.take(order.report, in: path)
            return try DrillEngine(path, configuration: text, order: order).play()
        }
        try DrillGround.remove(path)
        return try result.get()
    }

    /// What any response is held against.
    package struct References {
        package var undisturbed: DrillRecord
        package var withoutResponse: DrillRecord
        /// The scenario's own response; nil where it has none.
        package var best: DrillRecord?
    }

    package func references() throws -> References {
        let shipped = scenario.response
        return References(
            undisturbed: try play(DrillOrder(scenario, isDisturbed: false)),
            withoutResponse: try play(DrillOrder(scenario)),
            best: shipped.steps.isEmpty ? nil : try play(DrillOrder(scenario, plan: shipped)))
    }

    package func score(
        _ record: DrillRecord, _ references: References, by: String
    ) -> ScoreCard {
        // A drill that was left early is held against as much of the others.
        let count = record.hours.count
        return ScoreCard(
            DrillOrder(scenario), seed: ground.seed, by: by, at: WallClock.now(), record: record,
            undisturbed: references.undisturbed.cut(to: count),
            withoutResponse: references.withoutResponse.cut(to: count),
            best: references.best?.cut(to: count))
    }
}
