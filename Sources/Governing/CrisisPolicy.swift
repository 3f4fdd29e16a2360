import Operation
import Vocabulary

/// What the organisation agreed beforehand: who may do what, and what follows from which figure.
package struct CrisisPolicy: Sendable, Equatable {
    package var roles: [RoleReport] = []
    /// Acts that need two people.
    package var twoPeople: [String] = []
    /// Acts that are nobody's on purpose.
    package var nobodyMay: [String] = []
    /// How long an act waits for its second person.
    package var proposalLasts = Span.minutes(30)
    package var rules: [PolicyRule] = []
    package var limits = IncidentLimits()
    /// What has to be good before a resume, beside what is only shown.
    package var resumeNeeds: [String] = ["data"]

    /// What a resume can be made to need.
    package static let checks = ["data", "cause", "detectors"]
    /// What is no act, and has to be given: to go against an order of steps, and to do alone what
    /// two should do.
    package static let powers = ["override", "break_glass"]
    /// All that a role may.
    package static let everything = Act.powerNames.filter { $0 != "countersign" } + powers

    package init() {}

    /// Every name that a role can be given.
    package func mayAnybody(_ power: String) -> Bool { roles.contains { $0.allows(power) } }
}

/// A threshold, and what it calls for.
package struct PolicyRule: Sendable, Equatable {
    /// On which side of a figure a rule holds.
    package enum Bound: Sendable, Equatable {
        case above(Double)
        case below(Double)

        package var value: Double {
            switch self {
            case .above(let value), .below(let value): value
            }
        }

        package func isMet(by figure: Double) -> Bool {
            switch self {
            case .above(let value): figure > value
            case .below(let value): figure < value
            }
        }

        /// True if it lies further on the bad side; nil where the two do not compare.
        func isStricter(than other: Bound) -> Bool? {
            switch (self, other) {
            case (.above(let mine), .above(let theirs)): mine > theirs
            case (.below(let mine), .below(let theirs)): mine < theirs
            case (.above, .below), (.below, .above): nil
            }
        }
    }

    package var name: String
    /// All where nil.
    package var model: ModelName?
    package var metric: PolicyMetric
    package var bound: Bound
    /// Event time for which the figure has to lie beyond.
    package var lasts = Span.zero
    /// Acts that it orders.
    package var requires: [String] = []
    /// Acts that need no second person while it holds, beside those that it orders.
    package var allows: [String] = []
    /// Roles, rotas, people or receivers.
    package var wakes: [String] = []
    /// What of these can be paged.
    package var pages: [String] = []
    package var severity = AlarmSeverity.warning

    package init(name: String, metric: PolicyMetric, bound: Bound) {
        (self.name, self.metric, self.bound) = (name, metric, bound)
    }

    /// How hard it answers: an alarm alone, acts, people who are woken.
    var level: Int { !wakes.isEmpty ? 2 : !preapproved.isEmpty ? 1 : 0 }

    package var preapproved: [String] { requires + allows }

    /// The bound in words: "above 12h 00m".
    package var boundText: String {
        switch bound {
        case .above(let value): "above \(metric.words(value))"
        case .below(let value): "below \(metric.words(value))"
        }
    }

    func covers(_ name: ModelName) -> Bool { model == nil || model == name }

    /// True if both can be about one model.
    func overlaps(_ other: PolicyRule) -> Bool {
        model == nil || other.model == nil || model == other.model
    }
}
