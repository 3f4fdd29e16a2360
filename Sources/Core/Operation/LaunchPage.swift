import Numerics
import Vocabulary

/// A launch in words: the lines of `launch status`, and its report as a page.
package enum LaunchPage {
    private static func figure(_ value: Double?) -> String {
        value.map(FigureText.text) ?? "-"
    }

    package static func text(_ band: LaunchBand?) -> String {
        guard let band else { return "too few outcomes" }
        return (band.estimate > 0 ? "+" : "") + figure(band.estimate)
            + " (\(figure(band.low)) to \(figure(band.high)))"
    }

    package static func lines(_ status: LaunchStatus) -> [String] {
        var lines = ["\(status.id) \(status.title), since \(status.begun.rfc3339), by \(status.by)"]
        if let ended = status.ended { lines.append("OVER: \(ended)") }
        lines.append(stage(status))
        for metric in status.metrics {
            lines.append("\(metric.name): \(metric.verdict)")
            lines += named(metric.bands).map { "  \($0) \(text($1))" }
            if let note = metric.note { lines.append("  \(note)") }
        }
        lines += status.alarms.map { "ALARM \($0)" }
        if let offline = status.offline { lines += offline.warnings + offline.lines }
        lines += status.notes
        lines += status.arms.map(line)
        lines += status.criteria.map { "\($0.state.rawValue) \($0.name): \($0.text)" }
        return lines
    }

    /// "stage 2 of 4, A answers 5 %, for 3h 10m".
    package static func stage(_ status: LaunchStatus) -> String {
        guard status.stage > 0 else {
            return status.steps.isEmpty
                ? "the candidate catches up, and answers nobody yet"
                : "the candidate answers nobody"
        }
        var text =
            "stage \(status.stage) of \(status.stages.count), A "
            + (status.isUnderWay ? "answers " : "answered ")
            + FigureText.percent(status.stages[status.stage - 1])
        if let seconds = status.stageSeconds {
            text += ", for \(Span.seconds(Int(max(0, seconds))).text)"
        }
        return text
    }

    package static func named(_ bands: LaunchBands) -> [(String, LaunchBand?)] {
        [
            ("A - C", bands.candidate), ("B - C", bands.production), ("A - B", bands.between),
            ("C - C before", bands.history),
        ]
    }

    private static func line(_ arm: LaunchArmReport) -> String {
        var text = "\(arm.arm) \(arm.what), \(FigureText.percent(arm.share)), \(arm.units) units, "
        text += "\(arm.exposures) exposures"
        if let checkpoint = arm.checkpoint { text += ", \(checkpoint)" }
        if let learned = arm.learned { text += ", learned \(learned)" }
        if let limit = arm.text { text += "; \(limit)" }
        return text
    }

    // MARK: the report

    package static func markdown(_ status: LaunchStatus) -> String {
        var lines = ["# Launch \(status.id) \(status.title)", ""]
        lines.append("Begun \(status.begun.rfc3339) by \(status.by): \(status.reason).")
        lines.append(status.ended.map { "Over: \($0)." } ?? "It stands at \(stage(status)).")
        lines.append("")
        for metric in status.metrics { lines += ["**\(metric.name): \(metric.verdict)**", ""] }
        lines += status.alarms.map { "- ALARM: \($0)" }
        lines += (status.offline?.warnings ?? []).map { "- \($0)" }
        lines += status.notes.map { "- \($0)" }
        lines += status.metrics.compactMap(\.note).map { "- \($0)" } + [""]
        lines += armTable(status) + [""]
        for (index, metric) in status.metrics.enumerated() {
            lines += ["| \(metric.name) | estimate and interval |", "| --- | --- |"]
            lines += named(metric.bands).map { "| \($0) | \(text($1)) |" }
            lines += ["", "```"] + chart(status.points, metric: index) + ["```", ""]
        }
        lines += mixingTable(status.arms)
        if let offline = status.offline { lines += offlineTable(offline) }
        if !status.criteria.isEmpty {
            lines += ["", "| criterion | | |", "| --- | --- | --- |"]
            lines += status.criteria.map { "| \($0.name) | \($0.state.rawValue) | \($0.text) |" }
        }
        lines += [""] + status.steps.map { "- \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func armTable(_ status: LaunchStatus) -> [String] {
        let names = status.metrics.map(\.name)
        var lines = [
            (["arm", "what", "share", "units", "exposures"] + names).joined(separator: " | "),
            Array(repeating: "---", count: 5 + names.count).joined(separator: " | "),
        ]
        for arm in status.arms {
            let cells = [
                arm.arm.text, arm.what, FigureText.percent(arm.share), "\(arm.units)",
                "\(arm.exposures)",
            ]
            lines.append((cells + arm.values.map(figure)).joined(separator: " | "))
        }
        return lines.map { "| \($0) |" }
    }

    private static func mixingTable(_ arms: [LaunchArmReport]) -> [String] {
        var lines = [
            "| learned \\ served | " + arms.map(\.arm.text).joined(separator: " | ") + " |",
            "| --- |" + arms.map { _ in " --- |" }.joined(),
        ]
        for arm in arms {
            let shares = arm.taughtBy.map { $0.map(FigureText.percent) } ?? arms.map { _ in "-" }
            lines.append("| \(arm.arm) | " + shares.joined(separator: " | ") + " |")
        }
        return lines
    }

    private static func offlineTable(_ offline: LaunchOffline) -> [String] {
        var lines: [String] = []
        if !offline.gaps.isEmpty {
            lines += [
                "", "| log loss | estimate and interval | without the stopped one's decay |",
                "| --- | --- | --- |",
            ]
            lines += offline.gaps.map { gap in
                let corrected = gap.corrected.map { text($0) } ?? "-"
                return "| \(gap.name) | \(text(gap.band)) | \(corrected) |"
            }
        }
        if !offline.decay.isEmpty {
            lines += ["", "| hours stopped | lost, in log loss | error |", "| --- | --- | --- |"]
            lines += offline.decay.map { age in
                "| \(figure(age.hours)) | \(figure(age.drop)) | \(figure(age.error)) |"
            }
        }
        return lines
    }

    /// The interval of each difference at each look, as a band in letters around 0.
    package static func chart(_ points: [LaunchPoint], metric: Int, width: Int = 61) -> [String] {
        let bands = points.map { point in named(point.metrics[metric]).prefix(3).map(\.1) }
        guard let most = scale(bands) else { return ["too few outcomes for a chart"] }
        var lines: [String] = []
        for (place, name) in ["A - C", "B - C", "A - B"].enumerated() {
            lines.append("\(name), -\(figure(most)) to +\(figure(most))")
            for (point, bands) in zip(points, bands) {
                let day = point.at.rfc3339.prefix(16)
                lines.append("\(day) \(row(bands[place], most: most, width: width))".trimmedEnd)
            }
        }
        return lines
    }

    /// Young intervals are wide: the scale is that of the last half. Nil where there are none.
    package static func scale(_ bands: [[LaunchBand?]]) -> Double? {
        let late = bands.suffix((bands.count + 1) / 2).flatMap { $0 }.compactMap(\.self)
        let most = late.flatMap { [$0.low.magnitude, $0.high.magnitude] }.max() ?? 0
        return most > 0 && most.isFinite ? most : nil
    }

    /// One band in cells: `=` the interval, `o` the estimate, `|` nothing.
    package static func row(_ band: LaunchBand?, most: Double, width: Int) -> String {
        var cells = [Character](repeating: " ", count: width)
        func column(_ value: Double) -> Int {
            let part = (max(-most, min(most, value)) / most + 1) / 2
            return Int((part * Double(width - 1)).rounded())
        }
        if let band {
            for cell in column(band.low)...column(band.high) { cells[cell] = "=" }
            cells[column(band.estimate)] = "o"
        }
        if cells[width / 2] != "o" { cells[width / 2] = "|" }
        return String(cells)
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var line = Substring(self)
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
