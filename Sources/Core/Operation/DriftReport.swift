import Vocabulary

/// How a model's stream is watched, and how far it is from what the learner knows.
package struct MonitorReport: Codable, Sendable, Equatable {
    /// Share of the hours of the week that two weeks or more are known of; alarms of the stream
    /// rest on those.
    package var weekCoverage: Double
    /// Share of a year that was watched: seasons that were never met are no drift.
    package var yearCoverage: Double
    /// Alarms that chance alone may raise in 30 days, over everything that is watched.
    package var falseAlarmsPerMonth: Double
    package var seriesCount: Int
    /// Features whose newest day is of another population than the weeks before.
    package var outsideDomain: [String]
    /// Those that something was found of, then the furthest; at most 32.
    package var features: [FeatureDrift]
    /// Examples of each source in the newest whole hour; nil where they aren't told apart.
    package var sources: [PartCount]?
    /// What series usually come to, over the newest day; nil of an engine that does not tell.
    package var bands: [SeriesBand]?

    package init(
        weekCoverage: Double, yearCoverage: Double, falseAlarmsPerMonth: Double, seriesCount: Int,
        outsideDomain: [String], features: [FeatureDrift]
    ) {
        self.weekCoverage = weekCoverage
        self.yearCoverage = yearCoverage
        self.falseAlarmsPerMonth = falseAlarmsPerMonth
        self.seriesCount = seriesCount
        self.outsideDomain = outsideDomain
        self.features = features
    }
}

/// What a series usually comes to, hour by hour: means of an hour lie between, all but one in
/// twenty.
package struct SeriesBand: Codable, Sendable, Equatable {
    package var series: SeriesName
    /// Event time at which the first hour begins.
    package var start: Instant
    /// Nil for an hour of the week that was never met.
    package var low: [Double?]
    package var high: [Double?]

    package init(series: SeriesName, start: Instant, low: [Double?], high: [Double?]) {
        (self.series, self.start, self.low, self.high) = (series, start, low, high)
    }

    /// The band at a moment; nil where none is known.
    package func range(at moment: Instant) -> (low: Double, high: Double)? {
        let hour = (moment - start).microseconds / Span.hours(1).microseconds
        guard moment >= start, low.indices.contains(Int(hour)), let low = low[Int(hour)],
            let high = high[Int(hour)]
        else { return nil }
        return (low, high)
    }
}

/// How a feature's newest day lies beside the same days of the weeks before.
package struct FeatureDrift: Codable, Sendable, Equatable {
    package var feature: String
    /// Population stability index, less what chance comes to; commonly 0.25 is another population.
    package var stabilityIndex: Double
    /// Shares of values by tenths of the feature's scale, of the newest 24 hours and of usual;
    /// empty while too little is known.
    package var recent: [Double]
    package var usual: [Double]
    /// The values between the tenths, in the feature's own unit; nil for categories, which are
    /// ordered by how common they were.
    package var edges: [Double]?
    /// Mean of the newest 24 hours and of the weeks before; nil for categories.
    package var means: MovedFigure?
    /// Share of examples without it.
    package var missing: MovedFigure?
    /// Of categories, the newcomer that was met most of late.
    package var newcomer: String?
    /// Event time at which it likely began to move; nil where it moves no more than chance does.
    package var since: Instant?
    /// By segment, and by source where those are told apart.
    package var parts: [PartDrift]?
    /// Where its values lie by the hour of the week; nil but for the first eight features.
    package var week: WeekPlaces?

    package init(feature: String, stabilityIndex: Double, recent: [Double], usual: [Double]) {
        self.feature = feature
        self.stabilityIndex = stabilityIndex
        self.recent = recent
        self.usual = usual
    }
}

/// A figure of the newest 24 hours beside what it usually is.
package struct MovedFigure: Codable, Sendable, Equatable {
    package var recent: Double
    package var usual: Double

    package init(recent: Double, usual: Double) { (self.recent, self.usual) = (recent, usual) }
}

/// How a feature moved in one part of the traffic, over the newest 24 hours.
package struct PartDrift: Codable, Sendable, Equatable {
    package var name: String
    package var isSource: Bool
    /// Of the mean place on the feature's scale from 0 to 1, against the same hours of the week.
    package var moved: Double
    /// That, in units of how much it usually moves.
    package var score: Double
    /// How much more is missing than usual, as a share; nil where it is not known.
    package var missing: Double?

    package init(name: String, isSource: Bool, moved: Double, score: Double, missing: Double?) {
        (self.name, self.isSource, self.moved) = (name, isSource, moved)
        (self.score, self.missing) = (score, missing)
    }
}

/// Mean places on a feature's scale from 0 to 1 by the hour of the week, from Monday 00:00, by
/// each segment's own clock; nil where none is known.
package struct WeekPlaces: Codable, Sendable, Equatable {
    package var usual: [Double?]
    /// Of the newest 72 hours.
    package var recent: [Double?]

    package init(usual: [Double?], recent: [Double?]) {
        (self.usual, self.recent) = (usual, recent)
    }
}

/// How many examples came from, or in, one part of the traffic.
package struct PartCount: Codable, Sendable, Equatable {
    package var name: String
    /// In the newest whole hour of event time.
    package var recent: Double
    /// What was expected of that hour; nil while it is not known.
    package var usual: Double?

    package init(name: String, recent: Double, usual: Double?) {
        (self.name, self.recent, self.usual) = (name, recent, usual)
    }
}
