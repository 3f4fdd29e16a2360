import Glibc

/// CPU and wall time of this process, all threads, from a moment on.
package struct Stopwatch {
    private let cpuStart = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)
    private let wallStart = Self.seconds(CLOCK_MONOTONIC)
    private let systemStart = Self.systemSeconds

    package init() {}

    package var cpuSeconds: Double { Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - cpuStart }
    package var wallSeconds: Double { Self.seconds(CLOCK_MONOTONIC) - wallStart }
    /// The part of the CPU time that the kernel took.
    package var systemSeconds: Double { Self.systemSeconds - systemStart }

    private static var systemSeconds: Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) * 1e-6
    }

    static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
