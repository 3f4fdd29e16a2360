import Bench
import Foundation
import Glibc
import Synchronization
import Testing

/// A process that dies with its screen open gives the terminal back, and dies of what killed it.
@Suite("Crashes", .serialized) struct CrashTests {
    /// Says to the process that is to die which terminal is its own.
    private static let name = "SPINDLE_TEST_TERMINAL"

    /// Opens a console there, and gives it time for its first frame.
    private static func openConsole() throws {
        let number = try #require(getenv(name).flatMap { Int32(String(cString: $0)) })
        let terminal = try #require(PseudoTerminal(slaveNumber: number))
        let console = RunningConsole(on: terminal, QuietLink())
        try #require(console.exit(withinMilliseconds: 1000) == nil)
        // The one who reads it has the other end.
        _ = Unmanaged.passRetained(terminal)
    }

    /// The other end of that terminal, in this process.
    private struct Witness {
        let terminal: PseudoTerminal
        let reader: TerminalReader
        let before: [UInt32]

        init() throws {
            terminal = try #require(PseudoTerminal())
            before = terminal.settings
            reader = TerminalReader(terminal.master)
            setenv(CrashTests.name, "\(terminal.number)", 1)
        }

        func check() {
            let parts = reader.end().components(separatedBy: "SPINDLE")
            #expect(parts.count > 1, "there was a screen")
            #expect(parts.last?.contains("\u{1B}[?1049l") == true, "it was left")
            #expect(terminal.settings == before)
        }
    }

    @Test("A trap of Swift on another thread")
    func trap() async throws {
        let witness = try Witness()
        let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
            try CrashTests.openConsole()
            let thread = Thread { preconditionFailure("as a test wants it") }
            thread.start()
            sleep(10)
        }
        #expect([.signal(SIGILL), .signal(SIGTRAP)].contains(result?.exitStatus))
        witness.check()
    }

    @Test("A fault of memory on another thread")
    func fault() async throws {
        let witness = try Witness()
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            try CrashTests.openConsole()
            let thread = Thread {
                UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
            }
            thread.start()
            sleep(10)
        }
        witness.check()
    }

    @Test("An abort")
    func abort() async throws {
        let witness = try Witness()
        await #expect(processExitsWith: .signal(SIGABRT)) {
            try CrashTests.openConsole()
            Glibc.abort()
        }
        witness.check()
    }

    @Test("A signal from outside")
    func sent() async throws {
        let witness = try Witness()
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            try CrashTests.openConsole()
            kill(getpid(), SIGSEGV)
            sleep(10)
        }
        witness.check()
    }
}

/// Takes what comes out of a terminal, on a thread of its own, so that it never fills up.
private final class TerminalReader: Sendable {
    private let received = Mutex<[UInt8]>([])
    private let isOver = Atomic<Bool>(false)
    private let done = DispatchSemaphore(value: 0)

    init(_ master: Int32) {
        let thread = Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
                if poll(&one, 1, 20) > 0 {
                    let count = read(master, &buffer, buffer.count)
                    if count > 0 { received.withLock { $0 += buffer[..<count] } }
                    if count > 0 { continue }
                }
                guard !isOver.load(ordering: .acquiring) else { break }
            }
            done.signal()
        }
        thread.start()
    }

    /// All that came.
    func end() -> String {
        isOver.store(true, ordering: .releasing)
        done.wait()
        return received.withLock { String(decoding: $0, as: UTF8.self) }
    }
}
