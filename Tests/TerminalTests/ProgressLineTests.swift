import Bench
import Foundation
import Glibc
import Synchronization
import Terminal
import Testing
import Vocabulary

/// How far something has come, on a terminal and elsewhere.
@Suite("Progress") struct ProgressLineTests {
    /// A clock moved by hand.
    private final class Hand: Sendable {
        private let time = Mutex(Span.seconds(1000))
        var now: Span { time.withLock { $0 } }
        func move(_ milliseconds: Int) {
            time.withLock { $0 = $0 + Span(microseconds: Int64(milliseconds) * 1000) }
        }
    }

    /// What comes out of a pipe when 10 s of work are told 20 times a second.
    private func piped(isSilent: Bool = false) throws -> String {
        var ends = [Int32](repeating: -1, count: 2)
        try #require(pipe(&ends) == 0)
        let hand = Hand()
        let line = ProgressLine(to: ends[1], isSilent: isSilent) { hand.now }
        for step in 0..<200 {
            line.tell("reading", Double(step) / 200)
            hand.move(50)
        }
        line.end()
        close(ends[1])
        defer { close(ends[0]) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(ends[0], &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    @Test("Where no terminal is, a plain line comes after two seconds and then every five")
    func lines() throws {
        #expect(try piped() == "reading, 20 %, 8s left\nreading, 70 %, 3s left\n")
    }

    @Test("Who prints JSON is told nothing")
    func silent() throws {
        #expect(try piped(isSilent: true).isEmpty)
    }

    @Test("On a terminal one line is redrawn twice a second, and taken away at the end")
    func redrawn() throws {
        let terminal = try #require(PseudoTerminal())
        let hand = Hand()
        let line = ProgressLine(to: terminal.slave) { hand.now }
        for step in 0..<80 {
            line.tell("reading", Double(step) / 80)
            hand.move(50)
        }
        line.end()
        terminal.read(forMilliseconds: 100)
        let frames = terminal.text.components(separatedBy: "\r\u{1B}[K").dropFirst()
        #expect(frames.count == 5 && frames.last == "" && !terminal.text.contains("\n"))
        #expect(frames.first == "reading, 50 %, 2s left")
    }

    @Test("A new step begins its own pace; what is short says nothing")
    func steps() throws {
        let terminal = try #require(PseudoTerminal())
        let hand = Hand()
        let line = ProgressLine(to: terminal.slave) { hand.now }
        line.tell("one", 0)
        hand.move(1900)
        line.tell("one", 0.9)
        line.end()
        terminal.read(forMilliseconds: 50)
        #expect(terminal.text.isEmpty)
        hand.move(100)
        line.tell("two", 0.9)
        hand.move(1000)
        line.tell("two", 0.95)
        terminal.read(forMilliseconds: 50)
        #expect(terminal.text.hasSuffix("two, 95 %, 1s left"))
    }
}
