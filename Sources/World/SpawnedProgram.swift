import CShims
import Glibc
import Vocabulary

/// A program that was started in a process of its own.
package struct SpawnedProgram {
    /// Reading what a program prints stops here.
    package static let outputSizeMax = 1 << 20

    package let process: Int32
    /// Its output and its messages, where they are taken; -1 where they go where ours go.
    private var streams: [Int32] = [-1, -1]

    /// How a program ended.
    package enum Ending: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        init(status: Int32) {
            let signal = status & 0x7F
            self = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
        }

        package var description: String {
            switch self {
            case .exited(let status): "it ended with status \(status)"
            case .killed(let signal): "it was ended by signal \(signal)"
            }
        }
    }

    /// What a program came to that was waited for.
    package struct Outcome: Sendable {
        /// Nil if it was ended at its time limit.
        package var ending: Ending?
        package var output: [UInt8]
        package var errors: [UInt8]
    }

    /// All signals do what they do by default there, and none is blocked. `environment` is added
    /// to that of this process.
    package init(
        _ program: String, _ arguments: [String], adding environment: [String: String] = [:],
        takesOutput: Bool = false
    ) throws(DiskFault) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var theirs: [Int32] = []
        defer { for descriptor in theirs { close(descriptor) } }
        if takesOutput {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            for target in 0..<2 {
                let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
                var pair: [Int32] = [-1, -1]
                guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
                    throw DiskFault(path: program, operation: "start", code: errno)
                }
                streams[target] = pair[0]
                theirs.append(pair[1])
                posix_spawn_file_actions_adddup2(&actions, pair[1], Int32(target + 1))
            }
        }
        let given = CTexts([program] + arguments)
        let known = CTexts(Self.environment(adding: environment))
        var process = pid_t()
        let code = posix_spawn(
            &process, program, &actions, &attributes, given.pointers, known.pointers)
        self.process = process
        guard code == 0 else {
            for stream in streams where stream >= 0 { close(stream) }
            throw DiskFault(path: program, operation: "start", code: code)
        }
    }

    /// Runs a program to its end, or ends it at the time limit.
    package static func run(
        _ program: String, _ arguments: [String], adding environment: [String: String] = [:],
        within limit: Span
    ) throws(DiskFault) -> Outcome {
        let deadline = WallClock.monotonic() + limit
        let running = try SpawnedProgram(
            program, arguments, adding: environment, takesOutput: true)
        var texts: [[UInt8]] = [[], []]
        var isOpen = running.streams.map { $0 >= 0 }
        while isOpen.contains(true), WallClock.monotonic() < deadline {
            var asked = running.streams.enumerated().map { index, stream in
                pollfd(fd: isOpen[index] ? stream : -1, events: Int16(POLLIN), revents: 0)
            }
            _ = poll(&asked, nfds_t(asked.count), 100)
            for index in asked.indices where asked[index].revents != 0 {
                var piece = [UInt8](repeating: 0, count: 16 << 10)
                let count = read(running.streams[index], &piece, piece.count)
                if count > 0, texts[index].count < outputSizeMax {
                    texts[index] += piece[..<count]
                } else if count == 0 || (count < 0 && errno != EINTR) {
                    isOpen[index] = false
                }
            }
        }
        for stream in running.streams where stream >= 0 { close(stream) }
        var ending = running.ending(until: deadline)
        if ending == nil {
            _ = running.endNow(patience: .zero)
        } else if isOpen.contains(true) {
            ending = nil
        }
        return Outcome(ending: ending, output: texts[0], errors: texts[1])
    }

    /// How it ended; nil while it runs. Once it has ended this may not be asked again.
    package func ending() -> Ending? {
        var status: Int32 = 0
        return waitpid(process, &status, WNOHANG) == process ? Ending(status: status) : nil
    }

    package func send(_ signal: Int32) {
        kill(process, signal)
    }

    /// Asks it to end, and after a while ends it.
    package func endNow(patience: Span) -> Ending? {
        if patience > .zero {
            send(SIGTERM)
            if let ending = ending(until: WallClock.monotonic() + patience) { return ending }
        }
        send(SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return Ending(status: status)
    }

    private func ending(until deadline: Span) -> Ending? {
        while true {
            if let ending = ending() { return ending }
            guard WallClock.monotonic() < deadline else { return nil }
            usleep(10_000)
        }
    }

    private static func environment(adding added: [String: String]) -> [String] {
        var texts: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if added[String(line.prefix { $0 != "=" })] == nil { texts.append(line) }
            entry += 1
        }
        return texts + added.keys.sorted().map { "\($0)=\(added[$0] ?? "")" }
    }
}

/// Texts as the C library takes a list of them.
package final class CTexts {
    package let pointers: [UnsafeMutablePointer<CChar>?]

    package init(_ texts: [String]) {
        pointers = texts.map { strdup($0) } + [nil]
    }

    deinit {
        for pointer in pointers { free(pointer) }
    }
}

extension ThisProcess {
    /// The file that this process was started from, also where its name is gone.
    package static let program = "/proc/self/exe"

    /// This process gets a SIGTERM when the one that started it ends.
    package static func endWithParent() -> Bool { spindle_end_with_parent() == 0 }

    package static func setEnvironment(_ name: String, _ value: String?) {
        if let value { setenv(name, value, 1) } else { unsetenv(name) }
    }

    /// This process goes on as another program, under the same id and with the same open
    /// terminal; returns only if that is refused.
    package static func become(_ program: String, _ arguments: [String]) -> DiskFault {
        for number in [SIGTERM, SIGINT, SIGCHLD] { signal(number, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        let given = CTexts(["spindle"] + arguments)
        execv(program, given.pointers)
        return DiskFault(path: program, operation: "start", code: errno)
    }
}

/// SIGTERM, SIGINT and the end of a child, taken one by one by the thread that asks for them.
package struct AwaitedSignals {
    private var numbers = sigset_t()

    /// To be made before any other thread.
    package init() {
        sigemptyset(&numbers)
        for number in [SIGTERM, SIGINT, SIGCHLD] { sigaddset(&numbers, number) }
        sigprocmask(SIG_BLOCK, &numbers, nil)
    }

    /// True if this process was asked to end; false after a while, or when a child has ended.
    package func isToEnd(within patience: Span) -> Bool {
        var wanted = numbers
        var time = timespec(
            tv_sec: Int(patience.microseconds / 1_000_000),
            tv_nsec: Int(patience.microseconds % 1_000_000) * 1000)
        let number = sigtimedwait(&wanted, nil, &time)
        return number == SIGTERM || number == SIGINT
    }
}
