import Foundation
import Glibc
import Operation
import Synchronization
import Vocabulary
import World

/// The way to an engine on another host: a socket of this host behind which each connection is
/// `ssh HOST spindle attach --stdio`. Who may do what is decided there, by the user that ssh logs
/// in.
///
/// The first connection is kept open for the others by ssh itself (ControlMaster).
package final class SSHRelay: Sendable {
    private let host: String
    private let state: String?
    private let folder: String
    private let listening: Int32
    private let isClosed = Atomic<Bool>(false)
    private let asksNothing = Atomic<Bool>(false)

    /// `state` is the state directory on that host; nil for what is usual there.
    package init(to host: String, state: String?) throws {
        guard !host.isEmpty, !host.hasPrefix("-") else {
            throw NoEngine(path: "ssh host “\(host)”")
        }
        (self.host, self.state) = (host, state)
        var pattern = Array("/tmp/spindle-ssh-XXXXXX".utf8CString)
        guard mkdtemp(&pattern) != nil else {
            throw DiskFault(path: "/tmp", operation: "make a folder", code: errno)
        }
        folder = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        listening = try UnixSocket.listen(folder + "/control.sock")
        let thread = Thread { [self] in takeConnections() }
        thread.name = "spindle.ssh"
        thread.start()
    }

    /// From now on there is a screen, over which ssh must not ask: what it would have to ask for
    /// fails.
    package func askNothing() { asksNothing.store(true, ordering: .releasing) }

    package var socketPath: String { folder + "/control.sock" }

    /// Ends the relay, and the connection that ssh keeps.
    package func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        shutdown(listening, Int32(SHUT_RDWR))
        Glibc.close(listening)
        if let process = Self.spawn(["ssh"] + connecting + ["-O", "exit", host], over: nil) {
            waitpid(process, nil, 0)
        }
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            FileHandle.standardError.write(Foundation.Data("spindle: \(error)\n".utf8))
        }
    }

    /// Stops by a command of its own, for when the engine does not answer: there it leaves the
    /// file that stops an engine that hangs.
    package func stop(_ scope: ActScope) {
        let target =
            switch scope {
            case .all: "--all"
            case .model(let name): name.text
            }
        let order = command("stop", [target, "--reason", "red button"])
        if let process = Self.spawn(["ssh"] + connecting + [host, order], over: nil) {
            waitpid(process, nil, 0)
        }
    }

    private var connecting: [String] {
        [
            "-o", "ControlMaster=auto", "-o", "ControlPath=\(folder)/master", "-o",
            "ControlPersist=60", "-o", "ServerAliveInterval=5", "-o", "ConnectTimeout=10",
            "-o", "BatchMode=\(asksNothing.load(ordering: .acquiring) ? "yes" : "no")",
        ]
    }

    /// A command line for the other host's shell.
    private func command(_ verb: String, _ arguments: [String]) -> String {
        let all = [verb] + arguments + (state.map { ["--state", $0] } ?? [])
        return "spindle " + all.map(Self.quoted).joined(separator: " ")
    }

    static func quoted(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }

    private func takeConnections() {
        let order = command("attach", ["--stdio"])
        var running: [pid_t] = []
        while !isClosed.load(ordering: .acquiring) {
            let connection = accept(listening, nil, nil)
            running.removeAll { waitpid($0, nil, WNOHANG) != 0 }
            guard connection >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            // What ssh keeps open for the others must not keep this one open.
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            if let process = Self.spawn(["ssh"] + connecting + [host, order], over: connection) {
                running.append(process)
            }
            Glibc.close(connection)
        }
    }

    /// Starts a program with a connection, or nothing, as its standard input and output.
    private static func spawn(_ arguments: [String], over connection: Int32?) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let connection {
            posix_spawn_file_actions_adddup2(&actions, connection, 0)
            posix_spawn_file_actions_adddup2(&actions, connection, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        // What ssh has to say would be written over the screen.
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        var process = pid_t()
        guard posix_spawnp(&process, arguments[0], &actions, nil, argv, environ) == 0 else {
            return nil
        }
        return process
    }
}
