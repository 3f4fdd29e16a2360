import Foundation
import Glibc
import World

/// A program that is run to its end, and what the kernel says that it took.
struct ChildProcess {
    /// User and system time of all its threads.
    var cpuSeconds: Double
    var status: Int32
    /// Standard output and standard error.
    var output: String

    /// Throws only where nothing of that name can be started.
    static func run(
        _ program: String, _ arguments: [String], folder: String
    ) throws -> ChildProcess {
        let log = folder + "/child.log"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o640)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let argv: [UnsafeMutablePointer<CChar>?] =
            ([program] + arguments).map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        var process = pid_t()
        let code = posix_spawnp(&process, program, &actions, nil, argv, environ)
        guard code == 0 else { throw DiskFault(path: program, operation: "start", code: code) }
        var usage = rusage()
        var status: Int32 = 0
        while wait4(process, &status, 0, &usage) < 0 {
            guard errno == EINTR else {
                throw DiskFault(path: program, operation: "wait for", code: errno)
            }
        }
        let bytes = try LocalDisk().read(log)
        return ChildProcess(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), status: status,
            output: String(decoding: bytes, as: UTF8.self))
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }
}
