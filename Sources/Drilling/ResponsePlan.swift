import Host
import Operation
import Vocabulary

/// What is done in a drill, step after step, each as soon as its condition holds.
package struct ResponsePlan: Sendable, Equatable {
    /// A moment that is known only in the drill: "start", "onset" of the alarm that was waited
    /// for, or "now"; and how long after, or before.
    struct Moment: Sendable, Equatable {
        enum Anchor: String, CaseIterable { case start, onset, now }

        var anchor: Anchor
        var offset: Span
    }

    enum Deed: Sendable, Equatable {
        case acknowledge, stop, resume, fallback, unfallback, hold, release
        case rollback(before: Moment)
        case purge(
            from: Moment, to: Moment, source: String?, segment: String?,
            conditions: [FeatureCondition])
        case rideThrough(RideTerms)
        /// A fault of the engine is taken back: who owns its cause has mended it.
        case mend(FaultName)
    }

    struct Step: Sendable, Equatable {
        /// Alarms of which one has to be open; none: only the time counts.
        var alarms: [String]
        /// Event time from the beginning before which it is not done.
        var at: Span
        /// Event time that passes between its condition and the deed.
        var after: Span
        var deed: Deed
    }

    var steps: [Step] = []

    package init() {}

    /// Reads a file of its own, of `[[act]]` tables.
    package init(toml text: String, file: String) throws {
        do {
            var reader = try TOMLReader(toml: text, file: file)
            try self.init(of: &reader)
            try reader.finish()
            if steps.isEmpty { throw reader.fault("act", "at least one [[act]]") }
        } catch var fault as ConfigurationFault where !fault.key.isEmpty {
            if let line = TOMLPlace.line(of: fault.key, in: text) { fault.file += ":\(line)" }
            throw fault
        }
    }

    init(of reader: inout TOMLReader) throws {
        for section in try reader.list("act") {
            var section = section
            steps.append(
                Step(
                    alarms: try section.stringOrStrings("on"), at: try section.span("at") ?? .zero,
                    after: try section.span("after") ?? .zero, deed: try Self.deed(&section)))
            try section.finish()
        }
    }

    private static func deed(_ section: inout TOMLReader) throws -> Deed {
        switch try section.string("do") {
        case "acknowledge": return .acknowledge
        case "stop": return .stop
        case "resume": return .resume
        case "fallback": return .fallback
        case "fallback-off": return .unfallback
        case "hold": return .hold
        case "release": return .release
        case "rollback": return .rollback(before: try moment("before", &section))
        case "purge":
            let conditions = try section.stringOrStrings("where").map { text in
                guard let condition = FeatureCondition(text: text) else {
                    throw section.fault("where", "NAME=VALUE, found \"\(text)\"")
                }
                return condition
            }
            return .purge(
                from: try moment("from", &section), to: try moment("to", &section),
                source: try section.string("source"), segment: try section.string("segment"),
                conditions: conditions)
        case "ride-through":
            guard let length = try section.span("for") else {
                throw section.fault("for", "how long, such as 12h")
            }
            var terms = RideTerms(event: nil, deadline: .after(length))
            if let share = try section.number("step_share", 0.001...0.999) {
                terms.stepShare = share
            }
            return .rideThrough(terms)
        case "mend":
            guard let fault = FaultName(rawValue: try section.string("fault") ?? "") else {
                throw section.fault("fault", "the name of a fault")
            }
            return .mend(fault)
        default:
            throw section.fault(
                "do",
                "acknowledge, stop, resume, rollback, purge, ride-through, fallback, "
                    + "fallback-off, hold, release or mend")
        }
    }

    private static func moment(_ key: String, _ section: inout TOMLReader) throws -> Moment {
        let expected = "start, onset or now, and a duration such as onset-1h or start+24h"
        guard let text = try section.string(key) else { throw section.fault(key, expected) }
        let word = text.prefix { $0.isLetter }
        let rest = text.dropFirst(word.count)
        guard let anchor = Moment.Anchor(rawValue: String(word)) else {
            throw section.fault(key, expected)
        }
        if rest.isEmpty { return Moment(anchor: anchor, offset: .zero) }
        guard let sign = rest.first, "+-".contains(sign),
            let span = Span(text: String(rest.dropFirst()))
        else { throw section.fault(key, expected) }
        return Moment(anchor: anchor, offset: sign == "-" ? .zero - span : span)
    }
}

extension ResponsePlan.Deed {
    var name: String {
        switch self {
        case .acknowledge: "acknowledge"
        case .stop: "stop"
        case .resume: "resume"
        case .fallback: "fallback"
        case .unfallback: "fallback off"
        case .hold: "hold"
        case .release: "release"
        case .rollback: "rollback"
        case .purge: "purge"
        case .rideThrough: "ride through"
        case .mend(let fault): "mend \(fault.rawValue)"
        }
    }
}

/// A plan that is being carried out: knows how far it has come.
struct Responder {
    private let plan: ResponsePlan
    private let start: Instant
    private var next = 0
    private var heldSince: Instant?
    private var onset: Instant

    init(_ plan: ResponsePlan, from start: Instant) {
        self.plan = plan
        self.start = start
        onset = start
    }

    /// The deeds that are due now, in order.
    mutating func due(at now: Instant, _ alarms: [AlarmReport]) -> [ResponsePlan.Deed] {
        var deeds: [ResponsePlan.Deed] = []
        while next < plan.steps.count {
            let step = plan.steps[next]
            if heldSince == nil {
                guard now >= start + step.at else { break }
                if !step.alarms.isEmpty {
                    guard let alarm = alarms.first(where: { step.alarms.contains($0.name) })
                    else { break }
                    onset = max(start, alarm.onset ?? alarm.since)
                }
                heldSince = now
            }
            guard let since = heldSince, now >= since + step.after else { break }
            deeds.append(step.deed)
            heldSince = nil
            next += 1
        }
        return deeds
    }

    /// What an engine is asked to do for a deed.
    func act(for deed: ResponsePlan.Deed, at now: Instant) -> Act {
        switch deed {
        case .acknowledge: .acknowledge(alarm: nil)
        case .stop: .stop
        case .resume: .resume
        case .fallback: .fallback(isOn: true, tier: nil)
        case .unfallback: .fallback(isOn: false, tier: nil)
        case .hold: .hold(isOn: true)
        case .rideThrough(let terms): .rideThrough(.begin(terms))
        case .release: .hold(isOn: false)
        case .mend(let fault): .inject(fault, isOn: false)
        case .rollback(let before):
            .rollback(to: .before(instant(before, now)), keepsCursor: false)
        case .purge(let from, let to, let source, let segment, let conditions):
            .purge(
                .leaveOut(
                    ExampleSelection(
                        from: instant(from, now), to: instant(to, now), source: source,
                        segment: segment, conditions: conditions)))
        }
    }

    private func instant(_ moment: ResponsePlan.Moment, _ now: Instant) -> Instant {
        let anchor =
            switch moment.anchor {
            case .start: start
            case .onset: onset
            case .now: now
            }
        return (anchor + moment.offset).floored(to: .seconds(1))
    }
}
