import Dispatch
import Engine
import Foundation
import Glibc
import Host
import Ingestion
import Learning
import Monitoring
import Operation
import Synchronization
import Vocabulary
import World

/// From the red button's key in a terminal to a trainer that is held: the console of this program
/// on a pseudo-terminal, over an engine that learns, with every core kept busy besides.
final class RedButtonStage: Stage {
    private var entries: [UInt8] = []

    private static let pressCount = 100
    private static let rowCountMax = 20_000
    private static let patience = 5.0

    func prepare(_ scratch: Scratch) throws {
        entries = try WorkloadRows.entries(scratch, countMax: Self.rowCountMax).bytes
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let read = try presses(scratch, isRead: true)
        let blind = try presses(scratch, isRead: false)
        var sample = Sample(rows: read.count)
        sample.figures["p50_milliseconds"] = read.median
        sample.figures["p99_milliseconds"] = read[read.count * 99 / 100]
        // The same while nobody reads what the console paints.
        sample.figures["unread_p99_milliseconds"] = blind[blind.count * 99 / 100]
        return sample
    }

    /// Milliseconds of each press, in ascending order.
    private func presses(_ scratch: Scratch, isRead: Bool) throws -> [Double] {
        let desk = try PressDesk(
            folder: try scratch.freshFolder("red-button"), entries: entries, isRead: isRead)
        var milliseconds: [Double] = []
        do {
            for press in 0..<Self.pressCount {
                milliseconds.append(try desk.press(patience: Self.patience))
                // Not in step with anything.
                usleep(UInt32(3000 + press * 7919 % 20_000))
            }
        } catch {
            try desk.close()
            throw error
        }
        try desk.close()
        return milliseconds.sorted()
    }
}

/// Tells whoever presses when the trainer was held, and when it went on.
private final class HoldProbe: Sendable {
    private let heldAt = Atomic<Int64>(0)
    let held = DispatchSemaphore(value: 0)
    let trains = DispatchSemaphore(value: 0)
    /// Nobody reads the terminal any more.
    let isOver = Atomic<Bool>(false)
    /// What the engine said to the last resume.
    let answer = Mutex("no answer")
    /// Why the engine ended before its time.
    let fault = Mutex<String?>(nil)

    func noteHeld() {
        heldAt.store(WallClock.monotonic().microseconds, ordering: .releasing)
        held.signal()
    }

    var heldSince: Span { Span(microseconds: heldAt.load(ordering: .acquiring)) }
}

/// A trainer under the model's own latch that learns the same rows again and again, as a feed, so
/// that it stands on the engine's thread.
private final class EndlessTraining: Feed {
    let description = "the same rows again and again"
    private let trainer: Trainer
    private let entries: [UInt8]
    private let probe: HoldProbe
    private var history = MetricHistory()
    private var offset = 0
    private var isHeld = false

    init(_ holdSwitch: any HoldSwitch, entries: [UInt8], probe: HoldProbe) {
        let records = RecordReader(rules: RecordRules()) { _ in
            throw BenchFault("a learner that takes all features read a record again")
        }
        trainer = Trainer(
            settings: LearnerSettings(), holdSwitch: holdSwitch, records: records)
        self.entries = entries
        self.probe = probe
    }

    func pump() throws -> FeedState {
        entries.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            offset = trainer.learn(
                base, from: offset, to: bytes.count, batch: LogPosition(), history: &history)
            if offset == bytes.count { offset = 0 }
        }
        let wasHeld = isHeld
        isHeld = trainer.isHeld
        if isHeld, !wasHeld { probe.noteHeld() }
        if wasHeld, !isHeld { probe.trains.signal() }
        return isHeld ? .idle(Span(microseconds: 1000)) : .more
    }

    func save() throws {}
}

/// Console, engine and busy cores, each on threads of their own, and the key.
private final class PressDesk {
    private let probe = HoldProbe()
    private let terminal: PseudoTerminal
    private let console: RunningConsole
    private let cores: BusyCores
    private let host: EngineHost
    private let threads = DispatchGroup()
    private let actor = Actor(user: ThisProcess.userName(of: ThisProcess.userID), from: "bench")

    init(folder: String, entries: [UInt8], isRead: Bool) throws {
        guard let terminal = PseudoTerminal(rows: 40, columns: 120) else {
            throw BenchFault("there is no pseudo-terminal to be had")
        }
        self.terminal = terminal
        let state = try ScratchEngine.open(
            folder, configuration: ScratchEngine.configuration())
        let model = try ScratchEngine.host(state).name
        let engine = EngineHost(state) { _ in }
        host = engine
        let feed = EndlessTraining(
            state.latch.holdSwitch(of: model), entries: entries, probe: probe)
        let owned = Owned(state: state, feed: feed)
        cores = BusyCores(over: entries)
        console = RunningConsole(on: terminal, InProcessLink(engine, actor: actor))
        start("engine") { [probe] in
            do {
                try engine.run(owned.state, feeds: [owned.feed])
            } catch {
                probe.fault.withLock { $0 = "\(error)" }
            }
        }
        if isRead { startEyes(on: terminal.master) }
        // The first frame, and the first snapshot.
        usleep(500_000)
    }

    /// What the engine's thread owns from its start on.
    private struct Owned: @unchecked Sendable {
        // Sendable because nobody else touches them from then on.
        var state: StateFolder
        var feed: EndlessTraining
    }

    private func start(_ name: String, _ work: @escaping @Sendable () -> Void) {
        threads.enter()
        let thread = Thread { [threads] in
            work()
            threads.leave()
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    private func startEyes(on master: Int32) {
        start("operator's eyes") { [probe] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !probe.isOver.load(ordering: .relaxed) {
                var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
                if poll(&one, 1, 20) > 0 { _ = read(master, &buffer, buffer.count) }
            }
        }
    }

    /// Presses once; gives the milliseconds until the trainer was held. Then lets it go on.
    func press(patience: Double) throws -> Double {
        let start = WallClock.monotonic()
        let key: [UInt8] = [UInt8(ascii: "!")]
        guard write(terminal.master, key, 1) == 1 else { throw BenchFault("a key got lost") }
        guard probe.held.wait(timeout: .now() + patience) == .success else {
            throw BenchFault("the red button did not hold within \(patience) s")
        }
        let passed = (probe.heldSince - start).seconds * 1000
        let resume = ActRequest(
            act: .resume, scope: .all, reason: "the next press", isDryRun: false, actor: actor)
        let probe = probe
        host.submit(resume) { outcome in probe.answer.withLock { $0 = "\(outcome)" } }
        guard probe.trains.wait(timeout: .now() + patience) == .success else {
            let answer = probe.answer.withLock { $0 }
            throw BenchFault("the trainer did not go on within \(patience) s: \(answer)")
        }
        return passed
    }

    func close() throws {
        host.end()
        probe.isOver.store(true, ordering: .relaxed)
        threads.wait()
        cores.end()
        terminal.hangUp()
        guard console.exit(withinMilliseconds: 5000) != nil else {
            throw BenchFault("the console did not end")
        }
        if let fault = probe.fault.withLock({ $0 }) { throw BenchFault(fault) }
    }
}
