import Foundation
import Glibc
import World

/// Engines that outlive the terminal they were started from.
package enum DetachedEngine {
    /// Starts `spindle run` with these arguments in a session of its own; its messages go to
    /// `engine.log` in the state directory.
    package static func start(arguments: [String], stateFolder: String) throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which only a feature macro of the C library would show.
        posix_spawnattr_setflags(&attributes, 0x80)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let log = stateFolder + "/engine.log"
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o640)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let program = "/proc/self/exe"
        let argv: [UnsafeMutablePointer<CChar>?] =
            (["spindle", "run"] + arguments).map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        var process = pid_t()
        let code = posix_spawn(&process, program, &actions, &attributes, argv, environ)
        guard code == 0 else { throw DiskFault(path: program, operation: "start", code: code) }
    }

    /// The terminal is gone: nothing may read from it or write to it any more.
    package static func leaveTerminal(stateFolder: String) throws {
        signal(SIGHUP, SIG_IGN)
        let null = try LocalFile("/dev/null", .readWrite)
        let log = open(
            stateFolder + "/engine.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        dup2(null.descriptor, 0)
        dup2(log >= 0 ? log : null.descriptor, 1)
        dup2(log >= 0 ? log : null.descriptor, 2)
        if log >= 0 { close(log) }
    }
}
