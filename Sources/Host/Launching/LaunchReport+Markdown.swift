import Launching
import Numerics
import Operation
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

    private func chart(_ index: Int) -> String {
        let points = looks.map { LaunchPoint($0, stage: 0) }
        return LaunchPage.chart(points, metric: index).joined(separator: "\n")
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
