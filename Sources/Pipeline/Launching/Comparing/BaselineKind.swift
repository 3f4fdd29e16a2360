import Numerics
import Vocabulary

/// How the stable baseline is made; each way has limits of its own (METHODS' F9).
package enum BaselineKind: Codable, Sendable, Equatable {
    /// Something much simpler that cannot fail: far from a model, so small effects drown.
    case fallback
    /// A trainer that stays where it was: it decays.
    case stopped(since: Instant)
    /// A trainer that follows behind: of use only as long as it has not met what the launch
    /// changed.
    case delayed(by: Span, exposedSince: Instant)
    /// Learns from its own traffic alone, which nobody else meets.
    case parallel(since: Instant, isSettled: Bool)

    package var name: String {
        switch self {
        case .fallback: "fallback"
        case .stopped: "stopped trainer"
        case .delayed: "delayed trainer"
        case .parallel: "parallel universe"
        }
    }

    /// Whether it is behind for its age alone: then only what is surely larger than the least
    /// effect is the launch's doing.
    package var ages: Bool {
        switch self {
        case .stopped, .delayed: true
        case .fallback, .parallel: false
        }
    }

    /// Why it is no baseline now; nil if it is one.
    package func objection(at now: Instant) -> String? {
        switch self {
        case .fallback, .stopped: nil
        case .delayed(let delay, let exposed):
            now - exposed >= delay
                ? "INVALID: \(delay.text) have passed since exposure, it meets what the launch "
                    + "changed" : nil
        case .parallel(_, let isSettled):
            isSettled ? nil : "settling: its weights still change"
        }
    }

    /// Its limit, with its age or countdown.
    package func limit(at now: Instant) -> String {
        if let objection = objection(at: now) { return objection }
        switch self {
        case .fallback: return "simpler than a model: small effects drown in the gap"
        case .stopped(let since): return "stopped for \((now - since).text): it decays"
        case .delayed(let delay, let exposed):
            return "valid for \((delay - (now - exposed)).text) more"
        case .parallel(let since, _): return "on its own traffic for \((now - since).text)"
        }
    }
}

/// How a baseline is to be made, before there is any.
package enum BaselineDesign: Codable, Sendable, Equatable {
    case fallback
    case stopped
    case delayed(Span)
    case parallel

    /// Nil for an unknown name, a delay without one, or one for what has none.
    package init?(_ name: String, delay: Span?) {
        switch (name, delay) {
        case ("fallback", nil): self = .fallback
        case ("stopped", nil): self = .stopped
        case ("parallel", nil): self = .parallel
        case ("delayed", let delay?): self = .delayed(delay)
        default: return nil
        }
    }

    /// The baseline that it makes of a launch that began then.
    package func kind(since start: Instant, isSettled: Bool = true) -> BaselineKind {
        switch self {
        case .fallback: .fallback
        case .stopped: .stopped(since: start)
        case .delayed(let delay): .delayed(by: delay, exposedSince: start)
        case .parallel: .parallel(since: start, isSettled: isSettled)
        }
    }
}
