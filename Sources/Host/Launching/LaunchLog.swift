import Ingestion
import Launching
import Numerics
import Vocabulary

/// A launch as two streams tell it: exposures with their arms, and labels, joined by id.
package struct LaunchLog {
    /// Counts.
    package enum Limits {
        /// Exposures that one reading takes.
        package static let exposureCountMax = 20_000_000
        /// Looks of which the report draws bands.
        static let lookCount = 24
    }

    private struct Exposure {
        var unit: UInt64
        var time: Instant
        var arm: ArmName?
        var amount: Double?
        var prediction: Double?
        var labelledAt = Instant.distantFuture
    }

    private let order: LaunchOrder
    private var exposures: [Exposure] = []
    private var places: [UInt64: Int] = [:]
    private var earlyLabels: [UInt64: (amount: Double, at: Instant)] = [:]
    private var complete = Instant.distantPast
    /// Lines that are no record of their stream, and exposures that name no known arm.
    package private(set) var unreadCount = 0
    package private(set) var unarmedCount = 0

    package init(_ order: LaunchOrder) {
        self.order = order
    }

    /// Takes lines of one stream; at its end the label stream is complete up to its last time.
    package mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ stream: StreamKind
    ) throws {
        try RecordLines.forEach(in: bytes) { line, _ in try takeLine(line, stream) }
    }

    /// Takes one line.
    package mutating func takeLine(_ line: UnsafeRawBufferPointer, _ stream: StreamKind) throws {
        guard let record = RecordFields(line) else {
            unreadCount += 1
            return
        }
        switch stream {
        case .examples: try takeExample(record)
        case .labels: takeLabel(record)
        }
    }

    private mutating func takeExample(_ record: RecordFields) throws {
        guard let id = record.id, let unit = record.unit, let time = record.time else {
            unreadCount += 1
            return
        }
        guard places[id] == nil else { return }
        guard exposures.count < Limits.exposureCountMax else {
            throw ActRefusal(
                "more than \(FigureText.count(Limits.exposureCountMax)) exposures; give fewer")
        }
        var exposure = Exposure(unit: unit, time: time)
        if let name = record.text(order.armField) {
            exposure.arm = order.armNames.isEmpty ? ArmName(name) : order.armNames[name]
        }
        exposure.prediction = record.number("prediction")
        if let own = record.number("label") {
            (exposure.amount, exposure.labelledAt) = (own, time)
            complete = max(complete, time)
        } else if let early = earlyLabels.removeValue(forKey: id) {
            (exposure.amount, exposure.labelledAt) = early
        }
        places[id] = exposures.count
        exposures.append(exposure)
    }

    private mutating func takeLabel(_ record: RecordFields) {
        if let time = record.heartbeat {
            complete = max(complete, time)
            return
        }
        guard let id = record.id, let time = record.time, let amount = record.number("label")
        else {
            unreadCount += 1
            return
        }
        complete = max(complete, time)
        guard let place = places[id] else {
            earlyLabels[id] = (amount, time)
            return
        }
        guard exposures[place].amount == nil else { return }
        (exposures[place].amount, exposures[place].labelledAt) = (amount, time)
    }

    /// What it comes to, with looks on the way; throws where there is no launch to be judged.
    package func report() throws -> LaunchReport {
        let ordered = exposures.sorted { $0.time < $1.time }
        guard
            let start = order.since
                ?? ordered.first(where: { isKnown($0.arm) })?.time
        else { throw ActRefusal("no exposure names an arm of the launch") }
        let isOver = order.isFinal
        let end = isOver ? (ordered.last?.time ?? start) + order.metric.wait : complete
        guard end >= start else {
            throw ActRefusal("nothing of \(start.rfc3339) or later has all of its labels yet")
        }
        var statistics = LaunchStatistics(
            metrics: [order.metric], shares: order.shares, ownsRouting: order.ownsRouting)
        let launched = ordered.drop { $0.time < start }
        for exposure in ordered.prefix(ordered.count - launched.count) {
            let served = exposure.arm ?? .production
            guard let outcome = outcome(exposure, served, end) else { continue }
            statistics.addHistory(outcome, metric: 0)
        }
        let history = statistics.history(0).all
        let reader = reader(history, start: start)
        var looks: [LaunchReading] = []
        var losses = OfflineLosses()
        var next = launched.startIndex
        var unarmed = 0
        for look in 1...Limits.lookCount {
            let isLast = look == Limits.lookCount
            let part = (end - start).microseconds / Int64(Limits.lookCount) * Int64(look)
            let now = isLast ? end : start + Span(microseconds: part)
            while next < launched.endIndex, isLast || launched[next].time <= now {
                let exposure = launched[next]
                next += 1
                guard let arm = exposure.arm, isKnown(arm) else {
                    unarmed += 1
                    continue
                }
                statistics.noteExposure(unit: exposure.unit, in: arm)
                if let outcome = outcome(exposure, arm, end) {
                    statistics.add(outcome, metric: 0)
                    if let prediction = exposure.prediction {
                        losses.add(
                            arm, unit: exposure.unit, prediction: prediction,
                            label: outcome.amount, age: exposure.time - start)
                    }
                }
            }
            // The last look counts all that is known.
            statistics.advance(completeTo: isLast ? end + .minutes(1) + step : now)
            looks.append(reader.read(statistics, at: now))
        }
        var report = LaunchReport(
            start: start, plannedCount: reader.plannedCounts[0], looks: looks,
            exposures: exposures.count, unarmed: unarmed, unread: unreadCount,
            history: history.value,
            offline: losses.gaps(alpha: order.alpha, decay: order.decay))
        report.conflict = report.signConflict
        return report
    }

    /// Of the outcomes' waiting room.
    private var step: Span { Span(microseconds: order.metric.wait.microseconds / 32) }

    private func isKnown(_ arm: ArmName?) -> Bool {
        arm.map(order.shares.arms.contains) ?? false
    }

    /// Nil while it is not known: without a wait, whatever has no label; with one, whatever is
    /// younger than that at the end of the labels.
    private func outcome(_ exposure: Exposure, _ arm: ArmName, _ end: Instant) -> Outcome? {
        let wait = order.metric.wait
        var amount = exposure.amount
        if wait > .zero {
            guard exposure.time + wait <= end else { return nil }
            if exposure.labelledAt > exposure.time + wait { amount = nil }
            amount = amount ?? 0
        }
        return amount.map {
            Outcome(arm: arm, unit: exposure.unit, amount: $0, exposedAt: exposure.time)
        }
    }

    /// History says how many exposures the least effect takes.
    private func reader(_ history: MetricTally, start: Instant) -> LaunchReader {
        var planned = order.plannedCount
        if let value = history.value, let variance = history.varianceOfOne, value != 0 {
            planned = DetectableEffect.plannedCount(
                variance: variance, effect: order.metric.leastEffect * value.magnitude,
                alpha: order.alpha / Double(LaunchReader.comparisonCount))
        }
        return LaunchReader(
            baseline: order.baseline.kind(since: start), isolatedArms: order.isolatedArms,
            alpha: order.alpha, plannedCounts: [planned])
    }
}

/// What a launch came to, look by look.
package struct LaunchReport: Codable, Sendable {
    package let start: Instant
    /// Effective exposures of a pair by when the least effect is to be found.
    package let plannedCount: Double
    /// By time, the last one over everything.
    package let looks: [LaunchReading]
    package let exposures: Int
    /// Since the start, without a known arm.
    package let unarmed: Int
    package let unread: Int
    /// Of the metric before the start.
    package let history: Double?
    /// Of log losses, where records say what was predicted.
    package let offline: [OfflineGap]
    /// Better offline and worse for the business, or the other way round, in words; nil while
    /// they agree.
    package internal(set) var conflict: String?

    package var last: LaunchReading? { looks.last }

    var signConflict: String? {
        guard let gap = offline.first(where: { $0.name == "B - A" }),
            let metric = last?.metrics.first, let between = metric.between
        else { return nil }
        // The gap is production's loss less the candidate's.
        return SignConflict.text(
            lossDifference: -gap.high ... -gap.low,
            business: metric.metric.isHigherBetter
                ? between.direction : between.direction.reversed,
            metric: metric.metric.name)
    }
}
