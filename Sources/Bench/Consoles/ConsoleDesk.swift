import Foundation
import Glibc
import Terminal

/// What is measured of a console, and the most that each figure may be.
package enum ConsoleFigure: String, Sendable, CaseIterable {
    case firstFrame = "first_frame_milliseconds"
    /// With every core kept busy besides, as the next three.
    case busyFirstFrame = "busy_first_frame_milliseconds"
    /// From the red button's key to what it does; then the same while nobody reads the terminal.
    case busyAction = "busy_key_action_p99_milliseconds"
    case unreadAction = "unread_key_action_p99_milliseconds"
    case busyEcho = "busy_key_echo_p99_milliseconds"
    /// While nothing is new.
    case stillBytes = "still_bytes"
    case stillLoad = "still_cpu_percent"
    /// With new data each second, as the next two.
    case bytes = "bytes_per_second"
    case writes = "writes_per_frame"
    case load = "cpu_percent"
    /// What a console adds to a process, and what 10,000 frames add to that.
    case memory = "memory_mebibytes"
    case growth = "growth_mebibytes"

    package var limit: Double {
        switch self {
        case .firstFrame, .busyEcho: 50
        case .busyFirstFrame: 100
        case .busyAction, .unreadAction: 25
        case .stillBytes: 0
        case .stillLoad: 0.05
        case .bytes: 5120
        case .writes: 1.2
        case .load: 0.5
        case .memory: 12
        case .growth: 1
        }
    }

    var goal: Goal { Goal(rawValue, atMost: limit) }
}

/// A console of 120x40 on a terminal that reads all it is sent, over models of which every figure
/// moves: what it costs.
package final class ConsoleDesk {
    package let terminal: PseudoTerminal
    package let firstFrameMilliseconds: Double
    /// What a screen takes that is sent as a whole.
    package let wholeFrameSize: UInt64
    private let link = QuietLink(models: LivelyModels.reports)
    private let console: RunningConsole
    private var pressCount = 0

    private static let patienceMilliseconds = 5000
    /// Until nothing of the beginning is under way any more.
    private static let restMilliseconds = 1500
    private static let threads: Set<String> = ["console-input", "console-paint"]

    package init() throws {
        guard let terminal = PseudoTerminal(rows: 40, columns: 120) else {
            throw BenchFault("there is no pseudo-terminal to be had")
        }
        self.terminal = terminal
        let start = Ticks.microseconds
        console = RunningConsole(on: terminal, link)
        guard terminal.read(until: "SPINDLE", withinMilliseconds: Self.patienceMilliseconds) else {
            throw BenchFault("the console showed no frame")
        }
        firstFrameMilliseconds = Double(Ticks.microseconds - start) / 1000
        terminal.read(forMilliseconds: Self.restMilliseconds)
        wholeFrameSize = TerminalTraffic.byteCount
    }

    package func end() throws {
        terminal.type("q")
        terminal.read(forMilliseconds: 200)
        guard console.exit(withinMilliseconds: Self.patienceMilliseconds) != nil else {
            throw BenchFault("the console did not end")
        }
    }

    /// Shows a screen, and waits until it rests.
    package func show(_ key: String) {
        terminal.type(key)
        terminal.read(forMilliseconds: Self.restMilliseconds)
        terminal.forget()
    }

    /// Goes from screen to screen; gives the milliseconds until the one that was asked for came.
    @discardableResult
    package func turn(_ number: Int) throws -> Double {
        let (key, title) = [("2", "[2 Model]"), ("1", "[1 Fleet]")][number % 2]
        terminal.forget()
        let start = Ticks.microseconds
        terminal.type(key)
        guard terminal.read(until: title, withinMilliseconds: Self.patienceMilliseconds) else {
            throw BenchFault("the key \(key) did not bring \(title)")
        }
        return Double(Ticks.microseconds - start) / 1000
    }

    /// Milliseconds from the red button's key to what it does.
    package func press() throws -> Double {
        pressCount += 1
        let start = Ticks.microseconds
        terminal.type("!")
        guard let time = link.press(pressCount) else {
            throw BenchFault("the red button did nothing")
        }
        return Double(time - start) / 1000
    }

    /// What was sent, and how much its threads ran.
    package struct Cost: Sendable {
        package var frames: Int
        package var bytesPerSecond: Double
        package var writesPerFrame: Double
        /// Of one core.
        package var cpuPercent: Double
    }

    /// Over some seconds, with new data in each or in none.
    package func cost(ofSeconds seconds: Int, isMoving: Bool) throws -> Cost {
        terminal.forget()
        let (bytes, writes) = (TerminalTraffic.byteCount, TerminalTraffic.writeCount)
        let ran = try ThreadTime.nanoseconds(of: Self.threads)
        for _ in 0..<seconds {
            if isMoving { link.advance() }
            terminal.read(forMilliseconds: 1000)
        }
        let nanoseconds = Double(try ThreadTime.nanoseconds(of: Self.threads) - ran)
        let frames = terminal.text.components(separatedBy: TerminalTraffic.frameStart).count - 1
        return Cost(
            frames: frames,
            bytesPerSecond: Double(TerminalTraffic.byteCount - bytes) / Double(seconds),
            writesPerFrame: Double(TerminalTraffic.writeCount - writes) / Double(max(1, frames)),
            cpuPercent: nanoseconds / Double(seconds) / 1e7)
    }
}

/// What a console adds to the memory of a process where nothing else runs.
package struct ConsoleMemory: Sendable {
    /// In MiB, after the frames.
    package var total: Double
    /// From the first 2,000 frames, which bring into use what is bounded, to the last.
    package var growth: Double

    package static func measure(frameCount: Int = 10_000) throws -> ConsoleMemory {
        let before = try ProcessMemory.ownMebibytes
        let desk = try ConsoleDesk()
        for number in 0..<2000 { try desk.turn(number) }
        let settled = try ProcessMemory.ownMebibytes
        for number in 0..<frameCount { try desk.turn(number) }
        let after = try ProcessMemory.ownMebibytes
        try desk.end()
        return ConsoleMemory(total: after - before, growth: after - settled)
    }
}
