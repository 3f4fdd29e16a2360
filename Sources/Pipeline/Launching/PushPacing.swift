import Vocabulary

/// How often new weights may go to traffic: so many in any 24 hours, and never too close.
package struct PushPacing: Codable, Sendable, Equatable {
    package private(set) var perDayMax: Int
    package private(set) var leastInterval: Span
    /// Of the last 24 hours, oldest first; at most `perDayMax`.
    private var pushes: [Instant] = []

    package init(_ settings: RampSettings) {
        perDayMax = settings.pushesPerDayMax
        leastInterval = settings.leastPushInterval
    }

    /// What the configuration says now; pushes made are remembered.
    package mutating func follow(_ settings: RampSettings) {
        perDayMax = settings.pushesPerDayMax
        leastInterval = settings.leastPushInterval
        pushes.removeFirst(max(pushes.count - perDayMax, 0))
    }

    /// Why there may be no push at this time, in one line; nil if there may.
    ///
    /// Of an instant before the last push's, the last push's is taken.
    package func objection(at now: Instant) -> String? {
        guard let last = pushes.last else { return nil }
        let now = max(now, last)
        if now - last < leastInterval {
            return
                "the last push was \((now - last).text) ago, at least \(leastInterval.text) apart"
        }
        let recent = pushes.filter { now - $0 < .days(1) }
        guard recent.count >= perDayMax, let oldest = recent.first else { return nil }
        let rest = (oldest + .days(1)) - now
        return "\(recent.count) pushes in 24 hours, the next in \(rest.text)"
    }

    /// A push was made.
    package mutating func note(at now: Instant) {
        let now = max(now, pushes.last ?? now)
        pushes.removeAll { now - $0 >= .days(1) }
        pushes.append(now)
        pushes.removeFirst(max(pushes.count - perDayMax, 0))
    }

    /// In the 24 hours before.
    package func count(at now: Instant) -> Int {
        pushes.filter { max(now, $0) - $0 < .days(1) }.count
    }
}
