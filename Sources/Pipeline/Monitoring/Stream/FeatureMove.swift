import CShims
import Numerics
import Vocabulary

/// How one feature moved over the newest 24 hours, as far as it is known.
package struct FeatureMove: Sendable, Equatable {
    /// A figure beside what it usually is.
    package struct Figure: Sendable, Equatable {
        package var recent: Double
        package var usual: Double
    }

    /// How it moved in one part of the traffic.
    package struct Part: Sendable, Equatable {
        package var name: String
        package var isSource: Bool
        /// Of the mean place on the scale, and that in units of how much it usually moves.
        package var moved: Double
        package var score: Double
        package var missing: Double?
    }

    package var feature: String
    /// Population stability index; nil while too little is known.
    package var index: Double?
    /// Shares by tenths of the scale; empty while too little is known.
    package var recent: [Double] = []
    package var usual: [Double] = []
    package var edges: [Double]?
    package var means: Figure?
    package var missing: Figure?
    package var newcomer: String?
    package var since: Instant?
    package var parts: [Part] = []
    /// Mean places by hour of the week: usual ones, and those of the newest hours.
    package var week: [Double?] = []
    package var newest: [Double?] = []
}

extension StreamMonitor {
    /// Sizes of what is told.
    enum MoveLimits {
        static let featureCountMax = 32
        /// Features whose hours of the week are told.
        static let weekCountMax = 8
        /// A deviation of a day beyond this, in units of how large they usually are, has begun.
        static let scoreMin = 4.0
    }

    /// Of `DeviationWindow.spans`, the day.
    private static let day = 2

    /// How features moved: those that something was found of, then the furthest. Worked out once
    /// for each hour, when it is first asked for.
    package mutating func moves() -> [FeatureMove] {
        if let known = knownMoves, known.hour == hour { return known.moves }
        let moves = ranked.prefix(MoveLimits.featureCountMax).enumerated().map { rank, index in
            move(of: index, hasWeek: rank < MoveLimits.weekCountMax)
        }
        knownMoves = (hour, moves)
        return moves
    }

    private var ranked: [Int] {
        let found = Set(findings.map(\.feature))
        let isFound = features.map { found.contains($0.name) }
        let known = features.indices.filter { isFound[$0] || sums[$0].mix.index != nil }
        return known.sorted { one, other in
            if isFound[one] != isFound[other] { return isFound[one] }
            let (first, second) = (sums[one].mix.index ?? 0, sums[other].mix.index ?? 0)
            return first != second ? first > second : features[one].name < features[other].name
        }
    }

    private func move(of index: Int, hasWeek: Bool) -> FeatureMove {
        let feature = features[index]
        var move = FeatureMove(feature: feature.name, index: sums[index].mix.index)
        if let shares = sums[index].mix.shares {
            (move.recent, move.usual) = (shares.recent, shares.usual)
        }
        move.edges = feature.edges
        move.means = sums[index].rawMeans(hours: 24).map {
            FeatureMove.Figure(recent: $0.recent, usual: $0.usual)
        }
        // One that is days old is no news.
        let isNew = feature.newNames.values.contains { (hour ?? 0) - $0.hour < 24 }
        move.newcomer = isNew ? feature.commonestNew : nil
        let own = series.filter { $0.feature == index }
        if let missing = own.first(where: { $0.kind == .missing }), missing.isBegun {
            let usual = missing.usual
            let more = missing.whole.sum(Self.day)?.effect ?? 0
            move.missing = FeatureMove.Figure(recent: max(0, usual + more), usual: usual)
        }
        move.since = begun(own)
        move.parts =
            parts(own, .location, .missing, segments, isSource: false)
            + (sources.isToldApart
                ? parts(own, .sourceLocation, .sourceMissing, sources, isSource: true) : [])
        if hasWeek, let places = own.first(where: { $0.kind == .location }), places.isBegun {
            (move.week, move.newest) = places.week
        }
        return move
    }

    /// When the loudest of a feature's series began to move, if it is beyond chance.
    private func begun(_ own: [MonitoredSeries]) -> Instant? {
        guard let hour else { return nil }
        let loud = own.filter(\.isBegun).compactMap { one -> (score: Double, hours: Int)? in
            guard let sum = one.whole.sum(Self.day) else { return nil }
            return (abs(sum.score), one.whole.onset())
        }.max { $0.score < $1.score }
        guard let loud, loud.score > MoveLimits.scoreMin else { return nil }
        return Instant(microseconds: hour * 3_600_000_000) - .hours(loud.hours)
    }

    private func parts(
        _ own: [MonitoredSeries], _ kind: SeriesKind, _ missing: SeriesKind, _ traffic: StreamParts,
        isSource: Bool
    ) -> [FeatureMove.Part] {
        guard let places = own.first(where: { $0.kind == kind }), traffic.list.count > 1 else {
            return []
        }
        let gaps = own.first { $0.kind == missing }
        return places.parts.indices.compactMap { part in
            guard traffic.list.indices.contains(part),
                let sum = places.parts[part].window.sum(Self.day)
            else { return nil }
            let gap = gaps.flatMap { gaps in
                gaps.parts.indices.contains(part) ? gaps.parts[part].window.sum(Self.day) : nil
            }
            return FeatureMove.Part(
                name: traffic.list[part].name, isSource: isSource, moved: sum.effect,
                score: sum.score, missing: gap?.effect)
        }
    }

    /// Examples of each source in the newest hour that was closed, and what was expected.
    package var sourceCounts: [(name: String, recent: Double, usual: Double?)] {
        guard sources.list.count > 1,
            let volume = series.first(where: { $0.kind == .sourceVolume })
        else { return [] }
        return zip(sources.list, volume.parts).map { source, part in
            let newest = part.awaiting.met.last
            let usual = newest.flatMap { part.baseline.expectation(Int($0.slot)) }
            return (
                source.name, newest.map { max(0, spindle_exp(Double($0.mean)) - 0.5) } ?? 0,
                usual.map { max(0, spindle_exp($0.mean + part.level) - 0.5) }
            )
        }
    }
}

extension MonitoredSeries {
    /// All parts together.
    var whole: DeviationWindow { parts.count == 1 ? parts[0].window : pooled }

    /// Means by hour of the week, of the weeks before and of the newest hours: over all parts, each
    /// by its own clock.
    var week: (usual: [Double?], newest: [Double?]) {
        var usual = [HourSum](repeating: HourSum(), count: WeekBaseline.slotCount)
        var newest = usual
        for part in parts {
            for slot in usual.indices {
                if let known = part.baseline.expectation(slot) { usual[slot].add(known.mean) }
            }
            for hour in part.awaiting.met { newest[Int(hour.slot)].add(Double(hour.mean)) }
        }
        let mean = { (sum: HourSum) in sum.count > 0 ? sum.mean : nil }
        return (usual.map(mean), newest.map(mean))
    }
}
