import Engine
import Foundation
import Glibc
import Operation
import Validation
import Vocabulary
import World

/// Where checkpoints are validated.
package enum ValidationPlace: Sendable {
    /// In this process: for replays, commands, tests and simulations.
    case here
    /// In a process of its own with limits of time and memory, started from this program.
    case apart(program: String)
}

/// Validates a checkpoint in a process of its own: what crashes, hangs or eats memory there does so
/// alone, and is a verdict.
package enum GateSandbox {
    package static func judge(_ order: GateOrder, program: String) -> GateOutcome {
        let begun = WallClock.monotonic()
        func failed(_ text: String) -> GateOutcome {
            GateOutcome(
                checks: [GateCheck(.load, .failed, text)],
                loadSeconds: (WallClock.monotonic() - begun).seconds)
        }
        do {
            let text = try JSON.text(order)
            let limit = Span(microseconds: Int64(order.settings.secondsMax * 1e6))
            let answer = try SpawnedProgram.run(
                program, ["gate-worker", text], within: limit)
            switch answer.ending {
            case nil:
                return failed("loading took more than \(limit.text), and was ended")
            case .exited(0)?:
                var outcome = try JSON.decode(
                    GateOutcome.self, from: Foundation.Data(answer.output))
                let seconds = (WallClock.monotonic() - begun).seconds
                let text =
                    "loaded in a process of its own in \(Int(outcome.loadSeconds * 1000)) ms, "
                    + "judged in \(Int(seconds * 1000)) ms"
                let isRead = outcome.checks.first?.verdict == .passed
                if isRead { outcome.checks.insert(GateCheck(.load, .passed, text), at: 1) }
                return outcome
            case .exited?, .killed?:
                let last = answer.errors.split(separator: 10).last.map {
                    ": " + String(decoding: $0.prefix(200), as: UTF8.self)
                }
                let ending = answer.ending.map { "\($0)" } ?? ""
                return failed("the process that loaded it failed: \(ending)\(last ?? "")")
            }
        } catch {
            return failed("the process that was to load it: \(error)")
        }
    }
}

/// What the process of its own does first: it may take so much memory and processor time, and no
/// more.
package enum WorkerLimits {
    package static func apply(memoryMax: Int, secondsMax: Double) {
        var memory = rlimit(rlim_cur: rlim_t(memoryMax) << 20, rlim_max: rlim_t(memoryMax) << 20)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory)
        let seconds = rlim_t(secondsMax.rounded(.up)) + 1
        var time = rlimit(rlim_cur: seconds, rlim_max: seconds)
        setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &time)
    }
}
