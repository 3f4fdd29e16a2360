import Foundation
import Host
import Operation
import Synchronization
import Terminal
import Vocabulary
import World

/// Looks, on a thread of its own, how far something has come, and tells it.
final class ProgressWatch: Sendable {
    private static let interval = 0.25

    private let line: ProgressLine
    private let over = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    init(_ line: ProgressLine, look: @escaping @Sendable (ProgressLine) -> Void) {
        self.line = line
        let thread = Thread { [over, done] in
            while over.wait(timeout: .now() + Self.interval) == .timedOut { look(line) }
            done.signal()
        }
        thread.name = "spindle.progress"
        thread.start()
    }

    /// Nothing more is told.
    func end() {
        over.signal()
        done.wait()
        line.end()
    }
}

extension HostWorld {
    /// The same, telling what takes long.
    func telling(_ line: ProgressLine) -> HostWorld {
        var world = self
        world.tell = { line.tell($0, $1) }
        return world
    }
}

extension StateOptions {
    var progressLine: ProgressLine { ProgressLine(isSilent: json) }

    /// Reads logs anew for something that takes its time, and tells how far it is.
    func onCourse<Result>(_ body: (RehearsalCourse) throws -> Result) rethrows -> Result {
        let line = progressLine
        defer { line.end() }
        return try body(
            RehearsalCourse(clock: LocalClock()) { course in
                line.tell(course.step, course.share, left: course.secondsLeft)
            })
    }

    /// Follows in a running engine how models learn again; interrupting leaves it to the engine.
    func watchRelearning(of scope: ActScope) -> ProgressWatch {
        let client = ControlClient(socketPath)
        return ProgressWatch(progressLine) { line in
            do {
                let snapshot = try client.snapshot(full: false, patience: .seconds(2))
                let model = snapshot.models.first { model in
                    scope.covers(model.name) && model.training.state == .catchingUp
                }
                guard let model else { return }
                line.tell(
                    "\(model.name) learns again, \(model.training.behind) examples to go", nil,
                    left: model.training.secondsLeft)
            } catch {
                // Whoever waits for the act's answer hears of it.
            }
        }
    }
}
