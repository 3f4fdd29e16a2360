import Foundation
import Operation
import Synchronization
import Vocabulary
import World

/// What the process of an engine becomes that hands over to another build: it starts that build as
/// its child, sees that it becomes ready, and stays as its parent, so that whoever started the
/// engine keeps the process they know. If the build does not become ready, the process goes on as
/// the engine it was.
///
/// Whoever asks this process to end ends the engine, and how the engine ends, this process ends.
package struct BuildSupervisor {
    /// Wall times.
    package enum Limits {
        static let endPatience = Span.seconds(30)
        static let step = Span(microseconds: 50_000)
    }

    /// An engine that a supervisor started ends with this status to ask it for a hand-over: the
    /// supervisor then becomes that of the engine's own build.
    package static let handOverStatus: Int32 = 86
    /// Set for an engine that a supervisor started.
    package static let supervisedName = "SPINDLE_SUPERVISED"
    /// Set for an engine that runs again because another build did not become ready.
    package static let againName = "SPINDLE_BUILD_AGAIN"

    private let state: String
    private let shelf: BuildShelf
    private var handOver: HandOver
    private let signals: AwaitedSignals

    package init(_ state: String) throws {
        signals = AwaitedSignals()
        self.state = state
        shelf = BuildShelf(of: state)
        guard let handOver = try HandOver.read(in: state), handOver.stage == .ending else {
            throw BuildFault("\(HandOver.path(in: state)): no engine is to be handed over")
        }
        self.handOver = handOver
    }

    /// The process becomes a supervisor of what `builds/handover.json` says; returns only if that
    /// is refused.
    package static func become(_ program: String, of state: String) -> any Error {
        ThisProcess.become(program, ["builds", "supervise", "--state", state])
    }

    /// Gives the exit status; does not return where the process goes on as another program.
    package mutating func run() throws -> Int32 {
        let child: SpawnedProgram
        do {
            let record = try shelf.record(of: handOver.to)
            if let fault = shelf.verify(record) { throw BuildFault(fault) }
            child = try SpawnedProgram(
                shelf.program(of: handOver.to), handOver.arguments,
                adding: [Self.supervisedName: String(ThisProcess.id)])
        } catch {
            throw goBack(nil, because: "\(error)")
        }
        note(.starting, "process \(child.process) was started")
        switch waitUntilReady(child) {
        case .ready: succeed(child)
        case .ended(let ending):
            note(.ended, "the engine was asked to end before it was ready")
            return Self.status(of: ending, wasAsked: true)
        case .failed(let why, let isRunning):
            throw goBack(isRunning ? child : nil, because: why)
        }
        let (ending, wasAsked) = wait(for: child)
        guard ending == .exited(Self.handOverStatus) else {
            return Self.status(of: ending, wasAsked: wasAsked)
        }
        throw Self.become(shelf.program(of: handOver.to), of: state)
    }

    private enum Beginning {
        case ready
        case failed(String, isRunning: Bool)
        /// It was asked to end, and has ended.
        case ended(SpawnedProgram.Ending)
    }

    private func waitUntilReady(_ child: SpawnedProgram) -> Beginning {
        let probe = ReadinessProbe(state, handOver)
        defer { probe.end() }
        let deadline = WallClock.monotonic() + handOver.readyLimit
        while true {
            if signals.isToEnd(within: Limits.step) {
                child.send(SIGTERM)
                return .ended(wait(for: child).ending)
            }
            if let ending = child.ending() {
                return .failed("\(ending) before it was ready", isRunning: false)
            }
            switch probe.view {
            case .ready: return .ready
            case .notYet(let why):
                guard WallClock.monotonic() < deadline else {
                    let limit = handOver.readyLimit.text
                    return .failed("it was not ready within \(limit): \(why)", isRunning: true)
                }
            }
        }
    }

    private func wait(
        for child: SpawnedProgram
    ) -> (ending: SpawnedProgram.Ending, wasAsked: Bool) {
        var wasAsked = false
        while true {
            if let ending = child.ending() { return (ending, wasAsked) }
            if signals.isToEnd(within: .seconds(1)) {
                wasAsked = true
                child.send(SIGTERM)
            }
        }
    }

    /// An engine that had not begun when it was asked to end is ended by the signal itself.
    private static func status(of ending: SpawnedProgram.Ending, wasAsked: Bool) -> Int32 {
        switch ending {
        case .exited(let status): status
        case .killed(SIGTERM) where wasAsked: 0
        case .killed(let signal): 128 + signal
        }
    }

    private mutating func succeed(_ child: SpawnedProgram) {
        let text = "build \(handOver.to) runs in process \(child.process), all is as it was"
        var trouble = ""
        do {
            try BuildChoice.note(handOver, in: state)
        } catch {
            trouble = "; after the next boot the installed build runs again: \(error)"
        }
        journal(text + trouble)
        note(.done, text + trouble)
    }

    /// The process goes on as the engine it was. Gives what kept it from that.
    private mutating func goBack(_ child: SpawnedProgram?, because why: String) -> any Error {
        if let child { _ = child.endNow(patience: Limits.endPatience) }
        let text = "build \(handOver.to) did not take over, build \(handOver.from) runs again: "
        journal(text + why)
        note(.failed, text + why)
        ThisProcess.setEnvironment(Self.againName, handOver.to.text)
        return ThisProcess.become(ThisProcess.program, handOver.arguments)
    }

    private func journal(_ text: String) {
        do {
            try Journal(state + "/journal.sqlite").append(
                JournalDraft(
                    kind: .engine, act: "build", by: handOver.by, from: handOver.origin,
                    reason: handOver.reason, effect: "stage 4 of 4, hand-over: \(text)"))
        } catch {
            FileHandle.standardError.write(
                Foundation.Data("spindle: \(text); the journal has no entry: \(error)\n".utf8))
        }
    }

    private mutating func note(_ stage: HandOver.Stage, _ text: String) {
        (handOver.stage, handOver.text) = (stage, text)
        do {
            try handOver.write(in: state)
        } catch {
            FileHandle.standardError.write(
                Foundation.Data("spindle: \(text); it could not be noted: \(error)\n".utf8))
        }
    }
}

/// Asks an engine, on a thread of its own, whether it is what a hand-over expects.
private final class ReadinessProbe: Sendable {
    enum View {
        case ready
        case notYet(String)
    }

    private let seen = Mutex(View.notYet("it does not answer"))
    private let hasEnded = Atomic<Bool>(false)

    var view: View { seen.withLock { $0 } }

    init(_ state: String, _ handOver: HandOver) {
        let socket = StateFolder.socketPath(in: state)
        DispatchQueue(label: "spindle.readiness").async { [self] in
            let client = ControlClient(socket)
            while !hasEnded.load(ordering: .acquiring) {
                let found = Self.look(client, handOver)
                seen.withLock { $0 = found }
                if case .ready = found { break }
                Thread.sleep(forTimeInterval: BuildSupervisor.Limits.step.seconds)
            }
            do { try client.close() } catch {}
        }
    }

    func end() {
        hasEnded.store(true, ordering: .releasing)
    }

    private static func look(_ client: ControlClient, _ handOver: HandOver) -> View {
        do {
            let snapshot = try client.snapshot(full: false)
            return handOver.objection(to: snapshot).map { .notYet($0) } ?? .ready
        } catch is NoEngine {
            return .notYet("it does not answer")
        } catch {
            return .notYet("\(error)")
        }
    }
}
