import Foundation
import Glibc
import Testing

/// A process that dies with its screen open gives the terminal back, and dies of what killed it.
@Suite("Crashes", .serialized) struct CrashTests {
    /// Says to the process that is to die which terminal is its own.
    private static let name = "SPINDLE_TEST_TERMINAL"

    /// Opens a console there, and gives it time for its first frame.
    private static func openConsole() throws {
        let number = try #require(getenv(name).flatMap { Int32(String(cString: $0)) })
        let terminal = try #require(PseudoTerminal(slaveNumber: number))
        let console = RunningConsole(terminal, QuietLink())
        try #require(console.exit(withinMilliseconds: 1000) == nil)
        // The one who reads it has the other end.
        _ = Unmanaged.passRetained(terminal)
    }

    private func check(_ terminal: PseudoTerminal, _ before: [UInt32], sourceLine: Int = #line) {
        terminal.read(forMilliseconds: 200)
        #expect(terminal.text.contains("SPINDLE"), "line \(sourceLine)")
        let restored = terminal.text.components(separatedBy: "SPINDLE").last ?? ""
        #expect(restored.contains("\u{1B}[?1049l"), "line \(sourceLine)")
        #expect(terminal.settings == before, "line \(sourceLine)")
    }

    private func terminal() throws -> PseudoTerminal {
        let terminal = try #require(PseudoTerminal())
        setenv(Self.name, "\(terminal.number)", 1)
        return terminal
    }

    @Test("A trap of Swift on another thread")
    func trap() async throws {
        let terminal = try terminal()
        let before = terminal.settings
        let result = await #expect(processExitsWith: .failure, observing: [\.exitStatus]) {
            try CrashTests.openConsole()
            let thread = Thread { preconditionFailure("as a test wants it") }
            thread.start()
            sleep(10)
        }
        #expect([.signal(SIGILL), .signal(SIGTRAP)].contains(result?.exitStatus))
        check(terminal, before)
    }

    @Test("A fault of memory on another thread")
    func fault() async throws {
        let terminal = try terminal()
        let before = terminal.settings
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            try CrashTests.openConsole()
            let thread = Thread {
                UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
            }
            thread.start()
            sleep(10)
        }
        check(terminal, before)
    }

    @Test("An abort")
    func abort() async throws {
        let terminal = try terminal()
        let before = terminal.settings
        await #expect(processExitsWith: .signal(SIGABRT)) {
            try CrashTests.openConsole()
            Glibc.abort()
        }
        check(terminal, before)
    }

    @Test("A signal from outside")
    func sent() async throws {
        let terminal = try terminal()
        let before = terminal.settings
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            try CrashTests.openConsole()
            kill(getpid(), SIGSEGV)
            sleep(10)
        }
        check(terminal, before)
    }
}
