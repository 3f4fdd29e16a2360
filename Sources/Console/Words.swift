import Operation
import Vocabulary

/// How states, verdicts and alarms are written: always a sign and a word, so that colour never
/// carries a meaning alone.
enum Words {
    static func state(_ state: TrainingState) -> (text: String, role: Role) {
        switch state {
        case .running: ("● RUNNING", .good)
        case .stopped: ("■ STOPPED", .warning)
        case .catchingUp: ("→ CATCHING UP", .strong)
        case .waiting: ("○ WAITING", .strong)
        case .failed: ("▲ FAILED", .critical)
        }
    }

    /// The same of a model: one that trains through an event says so.
    static func state(of model: ModelReport) -> (text: String, role: Role) {
        let isRiding = model.training.state == .running && model.ride?.state == .riding
        return isRiding ? ("◆ RIDING", .warning) : state(model.training.state)
    }

    static func pushing(_ model: ModelReport) -> (text: String, role: Role) {
        switch model.pushing {
        case .open: model.serving.hold == nil ? ("open", .plain) : ("HELD", .warning)
        case .frozen: ("FROZEN", .warning)
        }
    }

    static func verdict(_ verdict: Verdict) -> (text: String, role: Role) {
        switch verdict {
        case .passed: ("✓ passed", .good)
        case .failed: ("✗ FAILED", .critical)
        case .inconclusive: ("? inconclusive", .warning)
        case .unvalidated: ("- unvalidated", .plain)
        }
    }

    static func severity(_ severity: AlarmSeverity) -> (
        sign: String, text: String, brief: String, role: Role
    ) {
        switch severity {
        case .critical: ("▲", "CRITICAL", "CRIT", .critical)
        case .warning: ("▲", "warning", "warn", .warning)
        case .notice: ("·", "notice", "note", .plain)
        }
    }

    /// Who has an alarm and what hides it, or when somebody else is told; nil where nobody is.
    static func attention(_ alarm: AlarmReport, at now: Instant?) -> String? {
        guard let state = alarm.state else { return nil }
        let taken = state.acknowledgement.map { "\($0.by) has it" }
        let hidden = state.hiddenBy.map { "behind \($0)" }
        if taken != nil || hidden != nil {
            return [taken, hidden].compactMap(\.self).joined(separator: ", ")
        }
        guard let now, let deadline = state.deadline else { return nil }
        return "step \(state.step + 1) in \(max(.zero, deadline - now).text)"
    }

    /// 0 for the worst.
    static func rank(_ severity: AlarmSeverity) -> Int {
        switch severity {
        case .critical: 0
        case .warning: 1
        case .notice: 2
        }
    }

    static func tier(_ tier: ServingTier) -> String {
        switch tier {
        case .model: "model"
        case .lastGood: "last good"
        case .table: "table"
        case .constant: "constant"
        }
    }

    /// What is on its way to traffic, or keeps the model from it; nil where nothing is to be said.
    static func course(_ report: ServingReport, at now: Instant) -> (text: String, role: Role)? {
        if let fallback = report.fallback {
            let span = max(.zero, now - fallback.since).text
            let limit = Figure.span(seconds: fallback.limitSeconds)
            var text = "by \(fallback.by), \(span) of \(limit) wall time: \(fallback.reason)"
            if let gap = fallback.qualityGap {
                text = "costs \(Figure.fixed(gap, 4)) nats an answer; " + text
            }
            return (text, .warning)
        }
        if let canary = report.canary {
            let share = Figure.short(canary.share * 100)
            var text = "canary \(canary.checkpoint) at \(share) %, stage \(canary.stage) of "
            text += "\(canary.stages), \(Figure.grouped(canary.samples)) of "
            text += "\(Figure.grouped(canary.samplesNeeded)) samples"
            // Who may let it go on stands before what can be read elsewhere.
            if let hold = report.hold { text = "HELD by \(hold.by): \(hold.reason); " + text }
            return (text, report.hold == nil ? .plain : .warning)
        }
        if let waiting = report.waiting {
            return ("\(waiting) waits: \(report.waitingFor ?? "")", .warning)
        }
        return report.hold.map { ("pushes HELD by \($0.by): \($0.reason)", .warning) }
    }

    static func push(_ push: PushReport?) -> String {
        guard let push else { return "" }
        return switch push.outcome {
        case .ramping: "ramping"
        case .waiting, .live, .returned, .superseded: push.outcome.rawValue
        }
    }

    static func serving(_ report: ServingReport) -> (text: String, role: Role) {
        switch report.mode {
        case .fallback: ("FALLBACK (\(tier(report.tier)))", .warning)
        case .model:
            report.checkpoint.map { ($0.description, .plain) } ?? ("no checkpoint", .warning)
        }
    }

    /// The worst first, the oldest first among equals.
    static func sorted(
        _ alarms: [(model: ModelReport, alarm: AlarmReport)]
    ) -> [(model: ModelReport, alarm: AlarmReport)] {
        sorted(alarms, by: \.alarm)
    }

    static func sorted<Item>(_ items: [Item], by alarm: (Item) -> AlarmReport) -> [Item] {
        func order(_ item: Item) -> (Int, Int64, String) {
            let alarm = alarm(item)
            return (rank(alarm.severity), alarm.since.microseconds, alarm.id)
        }
        return items.sorted { order($0) < order($1) }
    }

    /// That what raised an alarm is gone, and for how long by event time; nil while it is seen.
    static func quiet(_ alarm: AlarmReport, at now: Instant?) -> String? {
        guard let since = alarm.quietSince, let now, now > since else { return nil }
        return "✓ QUIET for \(Figure.span(seconds: (now - since).seconds)): not seen since "
            + "\(Figure.daySecond(since)); it ends by itself after 12h"
    }

    static func plural(_ count: some BinaryInteger, _ word: String) -> String {
        Figure.grouped(count) + " " + word + (count == 1 ? "" : "s")
    }
}
