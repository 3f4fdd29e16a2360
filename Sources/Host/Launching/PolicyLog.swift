import Ingestion
import Launching
import Vocabulary

/// A log of choices with their propensities, to judge another policy by.
package struct PolicyLog {
    /// Which field says what.
    package struct Fields: Sendable {
        package var target = "target"
        package var propensity = "propensity"
        package var expected = "expected"
        package var expectedTarget = "expected_target"

        package init() {}
    }

    private let fields: Fields
    private var labels: [UInt64: Double] = [:]
    /// Choices whose reward is not known.
    package private(set) var unlabelledCount = 0
    /// Lines that are no record of their stream.
    package private(set) var unreadCount = 0
    package private(set) var estimate: PolicyEstimate

    package init(_ fields: Fields, weightMax: Double) {
        self.fields = fields
        estimate = PolicyEstimate(weightMax: weightMax)
    }

    /// All labels, before the choices.
    package mutating func takeLabels(_ bytes: UnsafeRawBufferPointer) {
        RecordLines.forEach(in: bytes) { line, _ in
            guard let record = RecordFields(line) else {
                unreadCount += 1
                return
            }
            guard let id = record.id, let label = record.number("label") else { return }
            if labels[id] == nil { labels[id] = label }
        }
    }

    package mutating func takeChoices(_ bytes: UnsafeRawBufferPointer) {
        RecordLines.forEach(in: bytes) { line, _ in
            guard let record = RecordFields(line), let id = record.id,
                let target = record.number(fields.target)
            else {
                unreadCount += 1
                return
            }
            guard let reward = record.number("label") ?? labels[id] else {
                unlabelledCount += 1
                return
            }
            estimate.add(
                LoggedChoice(
                    propensity: record.number(fields.propensity) ?? 0, target: target,
                    reward: reward, expected: record.number(fields.expected),
                    expectedTarget: record.number(fields.expectedTarget)))
        }
    }
}
