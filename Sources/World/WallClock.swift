import Glibc
import Vocabulary

/// The time as a host is told it; a simulation has its own.
package protocol HostClock: Sendable {
    func now() -> Instant
    /// Never goes back; counts from some moment in the past.
    func monotonic() -> Span
}

/// The clocks of this machine for whoever takes a clock.
package struct LocalClock: HostClock {
    package init() {}

    package func now() -> Instant { WallClock.now() }
    package func monotonic() -> Span { WallClock.monotonic() }
}

/// The clocks of this machine; only what shows or journals time may read them.
package enum WallClock {
    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Never goes back; counts from some moment in the past.
    package static func monotonic() -> Span {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Span(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// This process and whoever started it.
package enum ThisProcess {
    package static var id: Int { Int(getpid()) }
    package static var userID: UInt32 { getuid() }

    /// The login name of a user id, or the number if it has none.
    package static func userName(of id: UInt32) -> String {
        guard let entry = getpwuid(id) else { return "uid \(id)" }
        return String(cString: entry.pointee.pw_name)
    }

    package static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The SSH connection, else the terminal, else "local".
    package static var origin: String {
        if let connection = environment("SSH_CONNECTION"), !connection.isEmpty {
            return "ssh " + connection
        }
        return ttyname(0).map { String(cString: $0) } ?? "local"
    }
}
