import Launching
import Numerics
import Vocabulary

/// The report of a launch, as a page for those who decide.
extension LaunchReport {
    package var markdown: String {
        guard let last else { return "# Launch\n\nNothing was seen.\n" }
        var lines = ["# Launch since \(start.rfc3339)", ""]
        for metric in last.metrics {
            lines += ["**\(metric.metric.name): \(metric.verdict.text)**", ""]
        }
        lines += last.alarms.map { "- ALARM: \($0)" } + last.notes.map { "- \($0)" }
        lines += last.metrics.compactMap(\.powerNote).map { "- \($0)" }
        if let conflict { lines.append("- CONFLICT: \(conflict)") }
        lines += offline.map { "- log loss \($0.text)" }
        lines += [
            "- \(FigureText.count(exposures)) exposures until \(last.at.rfc3339); the least effect "
                + "is planned for \(FigureText.count(Int(plannedCount))) effective ones",
            "",
        ]
        for (index, metric) in last.metrics.enumerated() {
            lines += Self.arms(metric, last) + [""] + Self.differences(metric) + [""]
            lines += ["```", chart(index), "```", ""]
        }
        lines += Self.mixing(last)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func arms(_ metric: MetricReading, _ reading: LaunchReading) -> [String] {
        var lines = [
            "| arm | share | units | share seen | exposures | \(metric.metric.name) | error |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for (arm, row) in zip(metric.arms, reading.sampleRatio.rows) {
            lines.append(
                "| \(arm.arm) | \(FigureText.percent(row.configured)) "
                    + "| \(FigureText.count(row.count)) "
                    + "| \(row.observed.map(FigureText.percent) ?? "-") "
                    + "| \(FigureText.count(arm.count)) | \(text(arm.value)) | \(text(arm.error)) |"
            )
        }
        return lines
    }

    private static func differences(_ metric: MetricReading) -> [String] {
        var lines = [
            "| difference | estimate and interval | of the reference | so |",
            "| --- | --- | --- | --- |",
        ]
        for (name, difference) in metric.differences {
            guard let difference else {
                lines.append("| \(name) | too few outcomes | - | open |")
                continue
            }
            lines.append(
                "| \(name) | \(difference.text) "
                    + "| \(difference.relative.map(FigureText.percent) ?? "-") "
                    + "| \(difference.direction.rawValue) |")
        }
        return lines
    }

    private static func mixing(_ reading: LaunchReading) -> [String] {
        let arms = reading.mixing.arms
        guard arms.contains(where: { reading.mixing.weight(of: $0) > 0 }) else { return [] }
        var lines = [
            "| learned \\ served | " + arms.map(\.text).joined(separator: " | ") + " |",
            "| --- |" + arms.map { _ in " --- |" }.joined(),
        ]
        for arm in arms {
            let shares = arms.map { other in
                reading.mixing.share(of: arm, servedBy: other).map(FigureText.percent) ?? "-"
            }
            lines.append("| \(arm) | " + shares.joined(separator: " | ") + " |")
        }
        return lines
    }

    private static func text(_ value: Double?) -> String {
        value.map(FigureText.text) ?? "-"
    }

    /// The interval of each difference at each look, as a band in letters around 0.
    package func chart(_ index: Int, width: Int = 61) -> String {
        let metrics = looks.map { $0.metrics[index] }
        let all = metrics.flatMap(\.differences).compactMap(\.difference)
        // Young intervals are wide: the scale is that of the last half.
        let late = metrics.suffix(metrics.count / 2).flatMap(\.differences).compactMap(\.difference)
        guard let most = late.flatMap({ [$0.low.magnitude, $0.high.magnitude] }).max(), most > 0
        else { return "too few outcomes for a chart" }
        precondition(!all.isEmpty, "late differences are among all")
        var lines: [String] = []
        for (place, name) in ["A - C", "B - C", "A - B"].enumerated() {
            lines.append("\(name), -\(FigureText.text(most)) to +\(FigureText.text(most))")
            for (look, metric) in zip(looks, metrics) {
                let day = look.at.rfc3339.prefix(16)
                lines.append(
                    "\(day) " + Self.band(metric.differences[place].difference, most, width))
            }
        }
        return lines.map { line in
            var line = Substring(line)
            while line.last == " " { line.removeLast() }
            return String(line)
        }.joined(separator: "\n")
    }

    private static func band(_ difference: ArmDifference?, _ most: Double, _ width: Int) -> String {
        var cells = [Character](repeating: " ", count: width)
        func column(_ value: Double) -> Int {
            let part = (max(-most, min(most, value)) / most + 1) / 2
            return Int((part * Double(width - 1)).rounded())
        }
        if let difference {
            for cell in column(difference.low)...column(difference.high) { cells[cell] = "=" }
            cells[column(difference.estimate)] = "o"
        }
        if cells[width / 2] != "o" { cells[width / 2] = "|" }
        return String(cells)
    }
}

extension MetricReading {
    /// In the order in which they are read.
    package var differences: [(name: String, difference: ArmDifference?)] {
        [
            ("A - C", candidate), ("B - C", production), ("A - B", between),
            ("C - C before", history),
        ]
    }
}
