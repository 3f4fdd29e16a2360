import CShims
import Numerics
import Vocabulary

/// Something that is no longer as it was.
package struct Finding: Sendable, Equatable {
    package var name: AlarmName
    /// Empty where it is none of one feature, or of one segment.
    package var feature: String
    package var segment: String
    /// Empty where it is none of one source.
    package var source = ""
    package var text: String
    /// When it began, to the hour, and when it was found.
    package var onset: Instant
    package var raised: Instant
    /// Of the series and part that found it, and the hours that it looked at.
    var series: Int
    var part: Int?
    var span: Int
    /// When it was last seen, and hours in a row since.
    var seen: Instant
    var quietHours = 0

    func encode(into writer: inout ByteWriter) {
        for text in [name.rawValue, feature, segment, source, text] { writer.write(text) }
        writer.write(onset.microseconds)
        writer.write(raised.microseconds)
        writer.write(seen.microseconds)
        writer.write([series, part ?? -1, span, quietHours].map { UInt64(bitPattern: Int64($0)) })
    }

    init(
        name: AlarmName, feature: String, segment: String, text: String, onset: Instant,
        raised: Instant, series: Int, part: Int?, span: Int
    ) {
        (self.name, self.feature, self.segment, self.text) = (name, feature, segment, text)
        (self.onset, self.raised, seen) = (onset, raised, raised)
        (self.series, self.part, self.span) = (series, part, span)
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        guard let name = AlarmName(rawValue: try reader.readText()) else {
            throw ByteFault(offset: reader.offset, expected: "the name of an alarm")
        }
        self.name = name
        (feature, segment) = try (reader.readText(), reader.readText())
        (source, text) = try (reader.readText(), reader.readText())
        onset = Instant(microseconds: try reader.read())
        raised = Instant(microseconds: try reader.read())
        seen = Instant(microseconds: try reader.read())
        let words = try reader.readWords().map { Int(Int64(bitPattern: $0)) }
        guard words.count == 4 else {
            throw ByteFault(offset: reader.offset, expected: "where a finding was made")
        }
        (series, span, quietHours) = (words[0], words[2], words[3])
        part = words[1] < 0 ? nil : words[1]
    }
}

extension StreamMonitor {
    /// What became of a finding.
    package enum Change: Sendable, Equatable {
        case opened(Finding)
        case closed(Finding, at: Instant)
    }

    /// What opened and closed since the last call.
    package mutating func takeChanges() -> [Change] {
        defer { changes = [] }
        return changes
    }

    private static func end(of hour: Int64) -> Instant {
        Instant(microseconds: (hour + 1) * 3_600_000_000)
    }

    /// Whether something was found of a series: its hours are not what is usual.
    func isAlarmed(_ index: Int) -> Bool { findings.contains { isOf($0, index) } }

    func isAlarmed(feature: String) -> Bool { findings.contains { $0.feature == feature } }

    private func isOf(_ finding: Finding, _ index: Int) -> Bool {
        series[index].feature.map { features[$0].name == finding.feature }
            ?? (series[finding.series].kind == series[index].kind)
    }

    /// What was met since a finding began is not learned.
    private mutating func forget(since finding: Finding, at now: Instant) {
        let hours = Int((now - finding.onset).microseconds / Span.hours(1).microseconds)
        for index in series.indices where isOf(finding, index) {
            series[index].forget(newest: 0..<max(1, hours))
        }
    }

    /// Series that are tested by themselves, parts and all of them together.
    package var testedCount: Int { series.reduce(0) { $0 + $1.tested } }

    /// The chance below which a signal is an alarm, so that all tests of a month together come to
    /// what is allowed.
    package var chanceMax: Double {
        let tests = Double(testedCount)
        // Windows that overlap count as two of each length.
        let perSeries = DeviationWindow.spans.reduce(0.0) { $0 + 2 * 720 / Double($1) }
        return min(0.001, settings.falseAlarmsPerMonth / max(tests * perSeries, 1))
    }

    /// After an hour: closes what is over, opens what is new.
    mutating func judge(at hour: Int64) {
        let now = Self.end(of: hour)
        closeFindings(at: now, hour)
        let chanceMax = chanceMax
        var found: [Finding] = []
        for index in series.indices {
            if series[index].kind == .location, let feature = series[index].feature,
                sums[feature].isStuck
            {
                found.append(stuck(index, feature, at: now))
            }
            guard series[index].isLoud else { continue }
            for signal in series[index].signals(chanceMax: chanceMax)
            where !series[index].isSeasonal(signal, at: hour) {
                found.append(finding(index, signal, at: now))
            }
        }
        for finding in found.sorted(by: Self.comesFirst)
        where !isHidden(finding, at: hour) {
            // What is known better now takes the place of what was said of the feature before.
            for other in findings where Self.isWorse(other, than: finding) {
                changes.append(.closed(other, at: now))
            }
            findings.removeAll { Self.isWorse($0, than: finding) }
            findings.append(finding)
            forget(since: finding, at: now)
            changes.append(.opened(finding))
        }
    }

    /// The one that is told rather, and of two alike the one that says where.
    private static func comesFirst(_ one: Finding, _ other: Finding) -> Bool {
        func rank(_ finding: Finding) -> (Int, Int, Int) {
            let isSomewhere = !finding.source.isEmpty || !finding.segment.isEmpty
            return (finding.name.precedence, isSomewhere ? 0 : 1, finding.series)
        }
        return rank(one) < rank(other)
    }

    private mutating func closeFindings(at now: Instant, _ hour: Int64) {
        for index in findings.indices {
            let finding = findings[index]
            let isThere: Bool
            if finding.name == .featureConstant {
                isThere = series[finding.series].feature.map { sums[$0].constantRun > 0 } ?? false
            } else {
                isThere = series[finding.series].persists(part: finding.part, span: finding.span)
            }
            findings[index].quietHours = isThere ? 0 : finding.quietHours + 1
            if isThere { findings[index].seen = now }
        }
        let over = findings.filter { $0.quietHours >= Limits.quietHours }
        findings.removeAll { $0.quietHours >= Limits.quietHours }
        changes += over.map { .closed($0, at: now) }
        if over.contains(where: \.name.isCause) { lastCause = hour }
        ended = ended.filter { now - $0.raised < .days(14) } + over
    }

    /// One alarm a feature, and none for what follows from another.
    private func isHidden(_ finding: Finding, at hour: Int64) -> Bool {
        // A longer window that still holds what was told.
        let isOld = ended.contains { other in
            let isSame = other.feature == finding.feature || isGroup(other, finding)
            return isSame && (!finding.feature.isEmpty || other.name == finding.name)
                && finding.onset < other.seen
        }
        if isOld { return true }
        if !finding.feature.isEmpty {
            return findings.contains { other in
                (other.feature == finding.feature && !Self.isWorse(other, than: finding))
                    || isGroup(other, finding)
            }
        }
        if findings.contains(where: { $0.name == finding.name }) { return true }
        switch finding.name {
        case .labelsLow:
            return findings.contains { $0.name == .volumeLow || $0.name == .volumeHigh }
        case .labelRateChanged, .predictionsShifted:
            // Fewer labels, so far, look like fewer positives.
            if finding.name == .labelRateChanged, areLabelsLow { return true }
            if ended.contains(where: { $0.name == .labelRateChanged }),
                finding.name == .predictionsShifted
            {
                return true
            }
            // By now it may be over, and still be trained.
            return findings.contains { $0.name.explainsOutputs }
                || lastCause.map { hour - $0 < 48 } == true
        default: return false
        }
    }

    /// Fewer labels come than usual, if not by so much that it is an alarm.
    private var areLabelsLow: Bool {
        guard let labels = series.first(where: { $0.kind == .labels }) else { return false }
        return labels.leans(below: -0.3)
    }

    /// A finding that is open, or was of late, explains what the model's own figures show.
    package var explainsOutputs: Bool {
        let now = Self.end(of: hour ?? 0)
        return findings.contains { $0.name.explainsOutputs }
            || ended.contains { $0.name.explainsOutputs && now - $0.seen < .hours(48) }
    }

    private static func isWorse(_ one: Finding, than other: Finding) -> Bool {
        !one.feature.isEmpty && one.feature == other.feature
            && other.name.precedence < one.name.precedence
    }

    /// What begins together has one cause.
    private func isGroup(_ one: Finding, _ other: Finding) -> Bool {
        one.name == other.name && !one.feature.isEmpty && !other.feature.isEmpty
            && (one.onset - other.onset).magnitude <= .hours(3)
    }

    private func stuck(_ index: Int, _ feature: Int, at now: Instant) -> Finding {
        let run = sums[feature].constantRun
        return Finding(
            name: .featureConstant, feature: features[feature].name, segment: "",
            text: "\(features[feature].name) has had the same value for \(run) hours, in "
                + "\(sums[feature].constantCount) examples",
            onset: now - .hours(run), raised: now, series: index, part: nil, span: 2)
    }

    private func finding(
        _ index: Int, _ signal: MonitoredSeries.Signal, at now: Instant
    ) -> Finding {
        let one = series[index]
        let isAlone = signal.part != nil && one.parts.count > 1
        let isSource = one.kind.isBySource
        let part =
            isAlone ? signal.part.map { (isSource ? sources : segments).list[$0].name } ?? "" : ""
        let feature = one.feature.map { features[$0].name } ?? ""
        let (name, words) = words(of: one, signal)
        let place = part.isEmpty ? "" : isSource ? " from \(part)" : " in \(part)"
        let times = FigureText.text(signal.score.magnitude)
        var finding = Finding(
            name: name, feature: feature, segment: isSource ? "" : part,
            text: "\(words)\(place), over \(signal.span) hours: \(times) times what chance does",
            onset: now - .hours(max(signal.onsetHours, 1)), raised: now, series: index,
            part: signal.part, span: signal.span)
        if isSource { finding.source = part }
        return finding
    }

    private func words(
        of one: MonitoredSeries, _ signal: MonitoredSeries.Signal
    ) -> (AlarmName, String) {
        let effect = signal.effect
        let isUp = effect > 0
        let feature = one.feature.map { features[$0].name } ?? ""
        func ratio() -> String { FigureText.text(spindle_exp(effect)) }
        func change() -> String { (isUp ? "+" : "-") + FigureText.percent(effect.magnitude) }
        switch one.kind {
        case .volume, .sourceVolume:
            return (isUp ? .volumeHigh : .volumeLow, "\(ratio()) times the usual examples")
        case .labels:
            return (.labelsLow, "\(ratio()) times the usual labels")
        case .labelDelay: return (.labelDelayChanged, "labels take \(ratio()) times as long")
        case .duplicates:
            return (.duplicatesHigh, "\(change()) of the examples are there already")
        case .labelRate: return (.labelRateChanged, "the share of positives moved by \(change())")
        case .prediction: return (.predictionsShifted, "the mean prediction moved by \(change())")
        case .missing, .sourceMissing:
            return (.featureMissing, "\(feature) is missing in \(change()) more examples")
        case .newCategory:
            let name = one.feature.flatMap { features[$0].commonestNew }.map { " “\($0)”" } ?? ""
            return (.categoryNew, "\(feature) has a new value\(name) in \(change()) of its values")
        case .sourceLocation:
            // The means are those of all sources.
            return (.featureShifted, "\(feature) has other values than usual")
        case .location, .second:
            if let index = one.feature, sums[index].isSuddenlyConstant {
                return (.featureConstant, "\(feature) has the same value everywhere")
            }
            guard let index = one.feature,
                let means = sums[index].rawMeans(hours: signal.span)
            else { return (.featureShifted, "\(feature) has another mix of values than usual") }
            let text =
                "\(feature) has a mean of \(FigureText.text(means.recent)), usually "
                + FigureText.text(means.usual)
            let times = means.recent / means.usual
            // Beyond what its hours ever came to, or so far below.
            let isUnit =
                times.isFinite && times > 0
                && ((times >= 20 && means.recent > 3 * means.most) || times <= 0.05)
            return (isUnit ? .featureUnit : .featureShifted, text)
        }
    }
}

extension AlarmName {
    /// What is said rather than another of the same feature.
    var precedence: Int {
        switch self {
        case .featureMissing: 0
        case .featureConstant: 1
        case .featureUnit: 2
        case .categoryNew: 3
        case .labelRateChanged, .predictionsShifted: 5
        default: 4
        }
    }

    /// What the model's own figures show follows from it.
    var explainsOutputs: Bool { isCause || self == .labelRateChanged }

    /// An input: what comes of it later is not told by itself.
    var isCause: Bool {
        switch self {
        case .volumeLow, .volumeHigh, .labelsLow, .labelDelayChanged,
            .duplicatesHigh, .featureMissing, .featureConstant, .featureUnit, .featureShifted,
            .categoryNew:
            true
        default: false
        }
    }
}
