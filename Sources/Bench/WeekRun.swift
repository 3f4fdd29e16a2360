import Engine
import Foundation
import Glibc
import Host
import Joining
import Monitoring
import Operation
import Shop
import Vocabulary
import World

/// The memory of an engine over simulated days: the yarn shop as fast as it goes, on a scratch
/// state directory, and the resident set at each hour of event time.
package struct WeekRun {
    /// What counts as flat.
    package enum Limits {
        /// In the first days what is bounded comes into use: the learner's table, the memory of
        /// ids. Growth from the day after them to the last beyond which memory is not flat.
        package static let warmUpDays = 3
        package static let growthMax = 0.05
    }

    private let folder: String
    private let days: Int
    private let seed: UInt64
    private let rememberedIDs: Int?

    /// `rememberedIDs` sets a bound that is reached within days: that of the configuration is
    /// reached after weeks.
    package init(folder: String, days: Int, seed: UInt64, rememberedIDs: Int?) {
        self.folder = folder
        self.days = days
        self.seed = seed
        self.rememberedIDs = rememberedIDs
    }

    package func run() throws -> WeekReport {
        let state = try StateFolder(folder, world: .local, mayCreate: true) { _ in
            var chosen = try SpindleConfiguration(
                toml: SpindleConfiguration.embedded, file: "the embedded configuration")
            chosen.shop?.speed = 0
            chosen.shop?.shop.seed = seed
            for index in chosen.models.indices {
                guard let rememberedIDs else { break }
                chosen.models[index].joinLimits.rememberedCountMax = rememberedIDs
            }
            return chosen
        }
        guard let settings = state.configuration.shop, let host = state.model(settings.model)
        else { throw BenchFault("the embedded configuration has no shop") }
        let shop = try ShopFeed(host, settings: settings, statePath: folder + "/shop.state")
        let sampled = SampledFeed(
            shop, host: host, start: settings.shop.start, hourCount: days * 24)
        let watch = Stopwatch()
        try EngineHost(state) { _ in }.run(state, feeds: [sampled])
        return WeekReport(
            seed: seed, days: days, hours: sampled.hours, wallSeconds: watch.wallSeconds)
    }
}

/// A feed that looks at this process's memory each hour of event time, and ends in time.
private final class SampledFeed: Feed {
    private let feed: any Feed
    private let host: ModelHost
    private let start: Instant
    private let hourCount: Int
    private(set) var hours: [WeekHour] = []

    init(_ feed: any Feed, host: ModelHost, start: Instant, hourCount: Int) {
        self.feed = feed
        self.host = host
        self.start = start
        self.hourCount = hourCount
    }

    var description: String { feed.description }

    func pump() throws -> FeedState {
        let state = try feed.pump()
        if let now = host.engine.clock.now, now >= start + .hours(hours.count + 1) {
            hours.append(
                WeekHour(
                    hour: hours.count + 1, eventTime: now,
                    residentMebibytes: try ProcessMemory.residentMebibytes,
                    trained: host.engine.streamCounts.trained))
        }
        return hours.count >= hourCount ? .ended : state
    }

    func save() throws { try feed.save() }
}

/// The memory at one hour.
package struct WeekHour: Encodable, Sendable {
    /// Counts from 1.
    package var hour: Int
    package var eventTime: Instant
    package var residentMebibytes: Double
    package var trained: Int

    package init(hour: Int, eventTime: Instant, residentMebibytes: Double, trained: Int) {
        self.hour = hour
        self.eventTime = eventTime
        self.residentMebibytes = residentMebibytes
        self.trained = trained
    }
}

/// What `spindle bench week --json` prints.
package struct WeekReport: Encodable, Sendable {
    package var seed: UInt64
    package var days: Int
    package var wallSeconds: Double
    package var hours: [WeekHour]
    package var warmUpDays: Int
    /// Means of the first day after the warm-up and of the last; nil where there are not both.
    package var warmMebibytes: Double?
    package var lastDayMebibytes: Double?
    /// From that day to the last, as a share.
    package var growth: Double?
    package var growthMax: Double
    /// Nil where there are not two days to compare.
    package var isFlat: Bool?

    package init(seed: UInt64, days: Int, hours: [WeekHour], wallSeconds: Double) {
        self.seed = seed
        self.days = days
        self.hours = hours
        self.wallSeconds = wallSeconds
        growthMax = WeekRun.Limits.growthMax
        warmUpDays = WeekRun.Limits.warmUpDays
        guard days >= warmUpDays + 2, hours.count >= days * 24 else { return }
        let warm = Self.mean(hours[warmUpDays * 24..<(warmUpDays + 1) * 24])
        let last = Self.mean(hours.suffix(24))
        let growth = last / warm - 1
        (warmMebibytes, lastDayMebibytes, self.growth) = (warm, last, growth)
        isFlat = growth <= growthMax
    }

    private static func mean(_ hours: ArraySlice<WeekHour>) -> Double {
        hours.reduce(0) { $0 + $1.residentMebibytes } / Double(max(hours.count, 1))
    }
}
