import Ingestion
import Monitoring
import Numerics
import Operation
import Vocabulary

/// What the stream's monitor is told.
extension ModelEngine {
    /// Closes the monitor's hour once the stream's clock is beyond it.
    @inline(__always)
    func watchHour() {
        guard settings.monitors.isOn, let now = clock.now, monitor.isBeyond(now) else { return }
        closeHour(before: now)
    }

    /// How the stream is watched, as operators see it; nil where nothing watches it.
    var monitorReport: MonitorReport? {
        guard settings.monitors.isOn else { return nil }
        var report = MonitorReport(
            weekCoverage: monitor.coverage, yearCoverage: monitor.yearCoverage,
            falseAlarmsPerMonth: settings.monitors.falseAlarmsPerMonth,
            seriesCount: monitor.testedCount, outsideDomain: monitor.outsideDomain,
            features: monitor.moves().map(FeatureDrift.init))
        report.bands = monitor.bands(slot: surroundings.slot).map(SeriesBand.init)
        let sources = monitor.sourceCounts
        if !sources.isEmpty {
            report.sources = sources.map {
                PartCount(name: $0.name, recent: $0.recent, usual: $0.usual)
            }
        }
        return report
    }

    /// Labels may come yet, examples won't: none are missed from here on.
    @inline(__always)
    package func endExamples() { monitor.examplesHaveEnded = true }

    private func closeHour(before now: Instant) {
        train()
        if let hour = monitor.hour { monitor.noteTrained(history.trained(inHour: hour)) }
        monitor.advance(to: now, leavingOut: leftOutWindows, slot: surroundings.slot)
    }

    /// What is purged, and events, are not how things usually are. What lasts longer than a week
    /// is no event but how things are now.
    private var leftOutWindows: [Range<Instant>] {
        let purged = trainer.exclusions.compactMap { exclusion in
            if case .examples(let selection) = exclusion.what {
                selection.from..<max(selection.from, selection.to)
            } else {
                nil
            }
        }
        return purged + eventWindows.filter { $0.upperBound - $0.lowerBound <= .days(7) }
    }

    /// Counts an example, and looks at its features if it is one of the sample.
    @inline(__always)
    func watch(_ line: ParsedLine, isDuplicate: Bool) {
        guard settings.monitors.isOn else { return }
        let entry = EntryView(line.entry)
        var origin = monitor.noteExample(
            segment: entry.segment, source: entry.source, isDuplicate: isDuplicate)
        if origin == nil {
            introduce(line)
            origin = monitor.noteExample(
                segment: entry.segment, source: entry.source, isDuplicate: isDuplicate)
        }
        guard let origin, !isDuplicate, monitor.wants(id: line.record.idHash) else { return }
        look(at: line, origin)
    }

    private func look(at line: ParsedLine, _ origin: StreamMonitor.Origin) {
        var names: RecordTexts?
        monitor.note(line.features, id: line.record.idHash, from: origin) { value in
            let known = names ?? surroundings.texts(line.bytes)
            names = known
            return known.text(of: value)
        }
    }

    /// A segment or a source is met for the first time.
    private func introduce(_ line: ParsedLine) {
        let (entry, names) = (EntryView(line.entry), surroundings.texts(line.bytes))
        if !monitor.knows(segment: entry.segment) {
            monitor.add(segment: entry.segment, name: names.segment, zone: names.zone)
        }
        if !monitor.knows(source: entry.source) {
            monitor.add(source: entry.source, name: names.source, zone: names.zone)
        }
    }
}

extension SeriesBand {
    /// In the unit of the series that charts show.
    init(_ band: UsualBand) {
        let isVolume = band.kind == .volume
        let scale = isVolume ? 3600.0 : 1
        func scaled(_ value: Double?) -> Double? {
            value.map { ($0 / scale * 100_000).rounded() / 100_000 }
        }
        self.init(
            series: isVolume ? .examplesPerSecond : .predictionRate,
            start: Instant(microseconds: band.firstHour * 3_600_000_000),
            low: band.low.map(scaled), high: band.high.map(scaled))
    }
}

extension FeatureDrift {
    /// As operators are told: figures no finer than a screen shows them.
    init(_ move: FeatureMove) {
        func short(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
        func pair(_ figure: FeatureMove.Figure) -> MovedFigure {
            MovedFigure(recent: figure.recent, usual: figure.usual)
        }
        self.init(
            feature: move.feature, stabilityIndex: move.index ?? 0,
            recent: move.recent.map(short), usual: move.usual.map(short))
        (edges, newcomer, since) = (move.edges, move.newcomer, move.since)
        (means, missing) = (move.means.map(pair), move.missing.map(pair))
        parts = move.parts.map {
            PartDrift(
                name: $0.name, isSource: $0.isSource, moved: short($0.moved),
                score: short($0.score), missing: $0.missing.map(short))
        }
        guard !move.week.isEmpty else { return }
        week = WeekPlaces(
            usual: move.week.map { $0.map(short) }, recent: move.newest.map { $0.map(short) })
    }
}
