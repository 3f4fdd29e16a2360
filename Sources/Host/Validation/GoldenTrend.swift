import Operation
import Vocabulary

/// How what serves did on the golden set, and the learner on what came in, at the looks of a
/// week: what they usually come to, and whether they are worse now.
struct GoldenTrend: Sendable {
    /// Counts.
    enum Limits {
        /// Looks that are kept: a week of hours.
        static let lookCount = 168
        /// Fewer say nothing of what is usual.
        static let usualCountMin = 6
        /// Days of the same hour with which a day's course is taken out.
        static let dayCountMin = 3
    }

    /// One look, an hour of event time after the last.
    struct Look: Sendable {
        var at: Instant
        /// Mean log loss on the golden set, in nats.
        var golden: Double
        /// Of what was learned in the hours before it; nil where that was too little.
        var live: Level?
    }

    /// A mean of log losses and its standard error, in nats.
    struct Level: Sendable {
        var mean: Double
        var error: Double
    }

    private var looks: [Look] = []
    /// A change smaller than this share of what is usual is none.
    let margin: Double
    /// How many standard errors a change must be beyond what is usual.
    let reach: Double

    init(margin: Double, reach: Double) {
        (self.margin, self.reach) = (margin, reach)
    }

    mutating func note(_ look: Look) {
        looks = (looks + [look]).suffix(Limits.lookCount)
    }

    /// The week's median on the golden set; nil until enough is known.
    var usualGolden: Double? {
        looks.count < Limits.usualCountMin ? nil : Self.median(looks.map(\.golden))
    }

    /// The median of the same hour on the days before or, as long as there are too few, of all
    /// looks before.
    var usualLive: Double? {
        guard let last = looks.last else { return nil }
        let before = looks.dropLast().filter { $0.live != nil }
        let hour = last.at.floored(to: .hours(1))
        let sameHour = before.filter { look in
            (hour - look.at.floored(to: .hours(1))).microseconds % Span.days(1).microseconds == 0
        }
        let chosen = sameHour.count >= Limits.dayCountMin ? sameHour : before
        guard chosen.count >= Limits.usualCountMin || sameHour.count >= Limits.dayCountMin else {
            return nil
        }
        return Self.median(chosen.compactMap { $0.live?.mean })
    }

    var isGoldenWorse: Bool? {
        guard let last = looks.last, let usual = usualGolden else { return nil }
        return last.golden > usual * (1 + margin)
    }

    var isLiveWorse: Bool? {
        guard let live = looks.last?.live, let usual = usualLive else { return nil }
        return live.mean > usual * (1 + margin) && live.mean - usual > reach * live.error
    }

    /// Nil until both are known.
    var quadrant: Quadrant? {
        guard let golden = isGoldenWorse, let live = isLiveWorse else { return nil }
        return Quadrant(isGoldenWorse: golden, isLiveWorse: live)
    }

    private static func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }
}
