import CNcurses
import Foundation
import Glibc
import Terminal
import Testing

/// What a screen of 120x40 costs, each in a process of its own, where nothing else runs.
@Suite("What the screen costs", .serialized) struct FigureTests {
    /// A console on a terminal that reads all it is sent.
    private struct Bench {
        let terminal: PseudoTerminal
        let link = QuietLink(models: LivelyModels.reports)
        let console: RunningConsole

        init() throws {
            terminal = try #require(PseudoTerminal(rows: 40, columns: 120))
            console = RunningConsole(terminal, link)
            try #require(terminal.read(until: "SPINDLE", withinMilliseconds: 5000))
            terminal.read(forMilliseconds: 1500)
        }

        /// Goes from screen to screen, until the frame that it asked for has come.
        func turn(_ number: Int) throws {
            let (key, title) = [("2", "[2 Model]"), ("1", "[1 Fleet]")][number % 2]
            terminal.forget()
            terminal.type(key)
            try #require(terminal.read(until: title, withinMilliseconds: 5000))
        }

        func end() throws {
            terminal.type("q")
            terminal.read(forMilliseconds: 200)
            try #require(console.exit(withinMilliseconds: 3000) != nil)
        }
    }

    @Test("With new data each second at most 5 KiB/s are sent, in at most 1.2 writes a frame")
    func bytes() async {
        await #expect(processExitsWith: .success) {
            let bench = try Bench()
            for key in ["1", "2"] {
                bench.terminal.type(key)
                bench.terminal.read(forMilliseconds: 1500)
                bench.terminal.forget()
                let (bytes, writes) = (cn_bytes_sent(), cn_writes_made())
                for _ in 0..<6 {
                    bench.link.advance()
                    bench.terminal.read(forMilliseconds: 1000)
                }
                let frames = bench.terminal.text.components(separatedBy: "\u{1B}[?2026h").count - 1
                #expect((4...7).contains(frames), "\(frames) frames in 6 s")
                let perSecond = Double(cn_bytes_sent() - bytes) / 6
                #expect(perSecond <= 5120, "\(perSecond) bytes a second on screen \(key)")
                let perFrame = Double(cn_writes_made() - writes) / Double(max(1, frames))
                #expect(perFrame <= 1.2, "\(perFrame) writes a frame")
            }
            try bench.end()
        }
    }

    @Test("Its threads take at most 0.5 % of a core with new data, and 0.05 % without")
    func load() async {
        await #expect(processExitsWith: .success) {
            let bench = try Bench()
            bench.terminal.type("2")
            bench.terminal.read(forMilliseconds: 1500)
            func share(_ seconds: Int, _ work: () -> Void) throws -> Double {
                let before = try ThreadTime.nanoseconds(of: ["console-input", "console-paint"])
                for _ in 0..<seconds {
                    work()
                    bench.terminal.read(forMilliseconds: 1000)
                }
                let after = try ThreadTime.nanoseconds(of: ["console-input", "console-paint"])
                return Double(after - before) / Double(seconds) / 1e9
            }
            let still = try share(4) {}
            #expect(still <= 0.0005, "\(still * 100) % with nothing new")
            let busy = try share(6) { bench.link.advance() }
            #expect(busy > 0 && busy <= 0.005, "\(busy * 100) % with new data each second")
            try bench.end()
        }
    }

    @Test("10,000 frames leave the memory as it was")
    func memory() async {
        await #expect(processExitsWith: .success) {
            let bench = try Bench()
            for number in 0..<2000 { try bench.turn(number) }
            let before = try Resident.bytes
            for number in 0..<10_000 { try bench.turn(number) }
            let growth = try Resident.bytes - before
            #expect(growth <= 1 << 20, "\(growth) bytes more")
            try bench.end()
        }
    }
}

/// Time that threads of this process have run.
enum ThreadTime {
    static func nanoseconds(of names: Set<String>) throws -> Int {
        let folder = "/proc/self/task"
        var (sum, found) = (0, 0)
        for thread in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let name = try text("\(folder)/\(thread)/comm").trimmingCharacters(in: .newlines)
            guard names.contains(name) else { continue }
            found += 1
            let words = try text("\(folder)/\(thread)/schedstat").split(separator: " ")
            sum += words.first.flatMap { Int($0) } ?? 0
        }
        try #require(found == names.count, "threads of the console are missing")
        return sum
    }

    fileprivate static func text(_ path: String) throws -> String {
        // Files of the kernel have no size that could be asked for.
        let handle = try #require(FileHandle(forReadingAtPath: path))
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
}

/// Memory of this process that nobody else has.
enum Resident {
    static var bytes: Int {
        get throws {
            let words = try ThreadTime.text("/proc/self/statm").split(separator: " ")
            let pages = words.dropFirst().first.flatMap { Int($0) } ?? 0
            return pages * sysconf(Int32(_SC_PAGESIZE))
        }
    }
}
