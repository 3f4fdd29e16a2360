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
        return MonitorReport(
            weekCoverage: monitor.coverage, yearCoverage: monitor.yearCoverage,
            falseAlarmsPerMonth: settings.monitors.falseAlarmsPerMonth,
            seriesCount: monitor.testedCount, outsideDomain: monitor.outsideDomain,
            features: monitor.mixes.prefix(32).compactMap { feature, mix in
                guard let index = mix.index, let shares = mix.shares else { return nil }
                return FeatureDrift(
                    feature: feature, stabilityIndex: index, recent: shares.recent,
                    usual: shares.usual)
            })
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
