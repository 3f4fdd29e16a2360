/// When in the day and the week a shopper comes, by the shopper's own clock.
struct Habit: Sendable {
    /// The share of shoppers who have it.
    let share: Double
    private let peakHour: Double
    /// Half the width, in hours, at half the height.
    private let breadth: Double
    /// How eager each weekday is; Monday first.
    private let week: [Double]
    private let scale: Double

    static let all: [Habit] = [
        Habit(share: 0.44, peak: 20.5, breadth: 2.2, week: [1, 0.95, 0.95, 1, 0.85, 1.2, 1.4]),
        Habit(share: 0.18, peak: 12.5, breadth: 1.2, week: [1.1, 1.1, 1.1, 1.1, 1.1, 0.8, 0.7]),
        Habit(share: 0.14, peak: 8.0, breadth: 1.3, week: [1, 1, 1, 1, 1, 1.1, 0.9]),
        Habit(share: 0.08, peak: 23.2, breadth: 1.5, week: [0.8, 0.8, 0.9, 1, 1.3, 1.4, 0.8]),
        Habit(share: 0.16, peak: 15.5, breadth: 3.0, week: [0.4, 0.4, 0.4, 0.5, 0.8, 2.2, 2.3]),
    ]

    private init(share: Double, peak: Double, breadth: Double, week: [Double]) {
        self.share = share
        peakHour = peak
        self.breadth = breadth
        self.week = week
        let daySum = (0..<1440).reduce(0.0) { sum, minute in
            sum + Self.height(minute, peak, breadth)
        }
        let weekMean = week.reduce(0, +) / 7
        scale = 1440 / daySum / weekMean
    }

    /// How often the shopper comes at this time; the mean over a week is 1.
    func rate(at time: LocalTime) -> Double {
        scale * week[time.placeInWeek] * Self.height(time.minuteOfDay, peakHour, breadth)
    }

    private static func height(_ minute: Int, _ peak: Double, _ breadth: Double) -> Double {
        var hours = abs((Double(minute) + 0.5) / 60 - peak)
        if hours > 12 { hours = 24 - hours }
        let bump = Elementary.bump(hours / breadth)
        return 0.01 + bump * bump
    }
}
