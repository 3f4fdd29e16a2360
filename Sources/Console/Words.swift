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

    static func pushing(_ state: PushingState) -> (text: String, role: Role) {
        switch state {
        case .open: ("open", .plain)
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

    /// 0 for the worst.
    static func rank(_ severity: AlarmSeverity) -> Int {
        switch severity {
        case .critical: 0
        case .warning: 1
        case .notice: 2
        }
    }

    static func serving(_ report: ServingReport) -> (text: String, role: Role) {
        switch report.mode {
        case .fallback: ("FALLBACK", .warning)
        case .model:
            report.checkpoint.map { ($0.description, .plain) } ?? ("no checkpoint", .warning)
        }
    }

    /// The worst first, the oldest first among equals.
    static func sorted(
        _ alarms: [(model: ModelReport, alarm: AlarmReport)]
    ) -> [(model: ModelReport, alarm: AlarmReport)] {
        alarms.sorted { left, right in
            (rank(left.alarm.severity), left.alarm.since.microseconds, left.alarm.id)
                < (rank(right.alarm.severity), right.alarm.since.microseconds, right.alarm.id)
        }
    }

    static func plural(_ count: some BinaryInteger, _ word: String) -> String {
        Figure.grouped(count) + " " + word + (count == 1 ? "" : "s")
    }
}
