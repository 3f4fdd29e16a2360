import Foundation
import Glibc
import Testing

/// A child process that holds no descriptor of the tests but its own three, and is waited for up
/// to a deadline. Foundation's `Process` waits until the last copy of a descriptor is closed, and
/// any child that another test starts at that moment may keep one.
final class Child {
    /// For a child to end; what takes longer hangs, and is killed.
    private static let patienceSeconds = 120.0
    /// More than the tests ever have open.
    private static let descriptorsClosed: Int32 = 256

    struct Hangs: Error, CustomStringConvertible {
        let description: String
    }

    let processIdentifier: pid_t
    private let words: [String]
    /// As `waitpid` gives it; nil while the child runs, or is not known to have ended.
    private var rawStatus: Int32?

    /// Starts a program by its path. Output goes to files, so that no pipe can fill.
    init(
        _ program: String, _ arguments: [String], folder: String, output: String, errors: String
    ) throws {
        words = [program] + arguments
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let mode = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, mode, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, mode, 0o600)
        for descriptor in 3..<Self.descriptorsClosed {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        // Threads of a test block signals, and a child may be ended by one.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let line = ["env", "--chdir=\(folder)"] + words
        let argv: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        defer { for word in argv { free(word) } }
        var child = pid_t()
        let code = posix_spawn(&child, "/usr/bin/env", &actions, &attributes, argv, environ)
        try #require(code == 0, "\(program): \(String(cString: strerror(code)))")
        processIdentifier = child
    }

    var isRunning: Bool {
        guard rawStatus == nil else { return false }
        var status: Int32 = 0
        guard waitpid(processIdentifier, &status, WNOHANG) == processIdentifier else { return true }
        rawStatus = status
        return false
    }

    /// What it ended with, or 128 and the signal that ended it; nil while it runs.
    private var terminationStatus: Int32? {
        guard !isRunning, let rawStatus else { return nil }
        let signal = rawStatus & 0x7F
        return signal == 0 ? (rawStatus >> 8) & 0xFF : 128 + signal
    }

    func terminate() { signal(SIGTERM) }

    /// Ends it as a power failure does.
    func kill() {
        signal(SIGKILL)
        while isRunning { usleep(1000) }
    }

    /// Asks it to end, and expects it to do so in good order.
    func end() {
        terminate()
        #expect(throws: Never.self) { try #require(try waitUntilExit() == 0, "\(words)") }
    }

    private func signal(_ number: Int32) {
        if isRunning { Glibc.kill(processIdentifier, number) }
    }

    /// Gives the status it ended with. Kills it and throws if it hangs.
    @discardableResult
    func waitUntilExit() throws -> Int32 {
        let deadline = Date(timeIntervalSinceNow: Self.patienceSeconds)
        while Date() < deadline {
            if let terminationStatus { return terminationStatus }
            usleep(1000)
        }
        kill()
        throw Hangs(description: "did not end in \(Self.patienceSeconds) s: \(words)")
    }
}
