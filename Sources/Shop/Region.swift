import Vocabulary

/// Where shoppers live: the segment of an example, its time zone, and its local taste.
struct Region: Sendable {
    /// When clocks are put forward.
    enum SummerTime: Sendable {
        case never
        /// From the last Sunday of March to the last of October, at 01:00 UTC.
        case european
        /// From the second Sunday of March at 07:00 UTC to the first of November at 06:00 UTC,
        /// as in the Eastern zone.
        case american
        /// From the Friday before the last Sunday of March, at 00:00 UTC, to the last Sunday of
        /// October, at 23:00 UTC of the day before.
        case israeli
    }

    let name: String
    /// The zone's IANA name.
    let zone: String
    let standardOffset: Span
    let summerTime: SummerTime
    /// The share of the shop's visits.
    let share: Double
    /// What is added to the wish to buy, by fibre; see `Product.fibre`.
    let fibreTaste: [Double]
    /// Days by which its week is ahead: 1 where the weekend is Friday and Saturday.
    var weekLead = 0
    /// Fixed days on which a part of the visits comes, as month and day.
    var holidays: [MonthDay] = []

    /// The visits on a holiday, as a share of any other day's.
    static let holidayDemand = 0.55

    static let all: [Region] = [
        Region(
            name: "scotland", zone: "Europe/London", standardOffset: .zero,
            summerTime: .european, share: 0.34,
            fibreTaste: [0.3, 0.2, 0, 0.1, -0.2, -0.1, 0, 0, 0]),
        Region(
            name: "norway", zone: "Europe/Oslo", standardOffset: .hours(1),
            summerTime: .european, share: 0.22,
            fibreTaste: [0.5, 0.3, 0.3, 0, -0.5, -0.3, 0, -0.3, 0]),
        Region(
            name: "new-england", zone: "America/New_York", standardOffset: .hours(-5),
            summerTime: .american, share: 0.24,
            fibreTaste: [0, 0.2, 0, 0, 0.1, 0, 0, 0.4, 0]),
        Region(
            name: "patagonia", zone: "America/Argentina/Buenos_Aires",
            standardOffset: .hours(-3), summerTime: .never, share: 0.08,
            fibreTaste: [0.2, 0.1, 0.6, 0.2, 0, 0, -0.3, 0, 0]),
        Region(
            name: "japan", zone: "Asia/Tokyo", standardOffset: .hours(9),
            summerTime: .never, share: 0.12,
            fibreTaste: [-0.3, 0.1, 0, 0.2, 0.4, 0.3, 0.5, -0.4, 0]),
    ]

    /// The same with their holidays, and one more.
    static let full: [Region] = {
        let days: [[MonthDay]] = [
            [MonthDay(1, 1), MonthDay(1, 2), MonthDay(1, 25), MonthDay(11, 30), MonthDay(12, 25)],
            [MonthDay(1, 1), MonthDay(5, 1), MonthDay(5, 17), MonthDay(12, 25), MonthDay(12, 26)],
            [MonthDay(1, 1), MonthDay(7, 4), MonthDay(11, 11), MonthDay(12, 25)],
            [MonthDay(1, 1), MonthDay(5, 25), MonthDay(7, 9), MonthDay(12, 8), MonthDay(12, 25)],
            [MonthDay(1, 1), MonthDay(1, 2), MonthDay(4, 29), MonthDay(5, 3), MonthDay(5, 5)],
        ]
        var regions = zip(all, days).map { region, holidays in
            var region = region
            region.holidays = holidays
            return region
        }
        regions.append(
            Region(
                name: "galilee", zone: "Asia/Jerusalem", standardOffset: .hours(2),
                summerTime: .israeli, share: 0.07,
                fibreTaste: [-0.1, 0, 0, 0, 0.4, 0.3, 0, 0.1, 0], weekLead: 1))
        return regions
    }()

    /// The share of an ordinary day's visits that comes at a local time of a day.
    func holidayDemand(at instant: Instant) -> Double {
        guard !holidays.isEmpty else { return 1 }
        let date = (instant + offset(at: instant)).civil.date
        let isHoliday = holidays.contains { $0.month == date.month && $0.day == date.day }
        return isHoliday ? Self.holidayDemand : 1
    }

    /// Local time minus UTC.
    func offset(at instant: Instant) -> Span {
        isSummerTime(at: instant) ? standardOffset + .hours(1) : standardOffset
    }

    private func isSummerTime(at instant: Instant) -> Bool {
        let year = instant.civil.date.year
        switch summerTime {
        case .never:
            return false
        case .european:
            let start = Self.sunday(from: 25, month: 3, of: year) + .hours(1)
            let end = Self.sunday(from: 25, month: 10, of: year) + .hours(1)
            return instant >= start && instant < end
        case .american:
            let start = Self.sunday(from: 8, month: 3, of: year) + .hours(7)
            let end = Self.sunday(from: 1, month: 11, of: year) + .hours(6)
            return instant >= start && instant < end
        case .israeli:
            let start = Self.sunday(from: 25, month: 3, of: year) - .days(2)
            let end = Self.sunday(from: 25, month: 10, of: year) - .hours(1)
            return instant >= start && instant < end
        }
    }

    /// Midnight, UTC, of the first Sunday on or after the day.
    private static func sunday(from day: Int, month: Int, of year: Int) -> Instant {
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let untilSunday = 6 - LocalTime.weekday(ofDay: days)
        return Instant(microseconds: 0) + .days(days + untilSunday)
    }
}

/// A day of any year.
struct MonthDay: Sendable {
    let month: Int
    let day: Int

    init(_ month: Int, _ day: Int) {
        (self.month, self.day) = (month, day)
    }
}

/// The hour and weekday that a shopper's own clock shows.
struct LocalTime: Sendable {
    /// 0 is Monday.
    let weekday: Int
    let minuteOfDay: Int
    /// The same, but so that 5 and 6 are the region's weekend.
    let placeInWeek: Int

    var hour: Int { minuteOfDay / 60 }

    init(_ instant: Instant, offset: Span, weekLead: Int = 0) {
        let local = instant + offset
        let midnight = local.floored(to: .days(1))
        minuteOfDay = Int((local - midnight).microseconds / 60_000_000)
        weekday = Self.weekday(ofDay: Int(midnight.microseconds / Span.days(1).microseconds))
        placeInWeek = (weekday + weekLead) % 7
    }

    static let weekdayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// 1970 began on a Thursday.
    static func weekday(ofDay daysSince1970: Int) -> Int {
        let weekday = (daysSince1970 + 3) % 7
        return weekday < 0 ? weekday + 7 : weekday
    }
}
