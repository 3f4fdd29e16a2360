import Operation
import Vocabulary

extension ViewState {
    /// Marks the chosen checkpoint, so that others are shown beside it; or unmarks it.
    mutating func markForComparison(_ link: LinkView) {
        guard screen == .checkpoints else {
            let key = keyMap.key(for: .checkpointsScreen)
            note = Note(text: "checkpoints are compared on their screen: \(key)", role: .plain)
            return
        }
        let ids = shownCheckpoints(link).map(\.id)
        guard let id = ids.first(where: { $0 == selectedCheckpoint }) ?? ids.first else { return }
        comparedCheckpoint = comparedCheckpoint == id ? nil : id
        let text = comparedCheckpoint == nil ? "\(id) is no longer marked" : "\(id) is marked: "
        note = Note(
            text: text + (comparedCheckpoint == nil ? "" : "choose another to see how it differs"),
            role: .plain)
    }
}

/// One checkpoint in full.
extension Scene {
    /// Verdict with its evidence, lineage, what it served when, and how it differs from the marked
    /// one; as much as there are rows.
    mutating func drawDetail(
        of item: CheckpointReport, among all: [CheckpointReport], in area: Area
    ) {
        guard area.height >= 2 else { return }
        let base = all.first { $0.id == state.comparedCheckpoint && $0.id != item.id }
        let title = base.map { "\(item.id), against \($0.id)" } ?? item.id.description
        drawRule(title, row: area.row, in: area)
        let verdict = Words.verdict(item.verdict)
        let reasons =
            item.reasons.isEmpty ? "no reasons given" : item.reasons.joined(separator: "; ")
        var lines: [Line] = "\(verdict.text): \(reasons)".wrapped(area.width - 2).prefix(2)
            .map { ($0, .plain) }
        if let base { lines += Self.differences(item, base).map { ($0, .strong) } }
        let made = "made \(Figure.daySecond(item.created)) UTC"
        let newest = item.eventTime.map { "; newest example \(Figure.daySecond($0)) UTC" } ?? ""
        lines.append((made + Self.lineage(of: item, among: all) + newest, .plain))
        if let push = item.push {
            let stages = push.stages.map { stage in
                "\(Figure.short(stage.share * 100)) %: \(stage.samples) samples"
            }
            lines.append(("push: " + ([push.text] + stages).joined(separator: "; "), .plain))
            if let served = Self.served(push) { lines.append((served, .plain)) }
        }
        lines.append(("learner \(item.learnerDigest)", .plain))
        if !item.exclusions.isEmpty {
            let names = item.exclusions.map(\.description).joined(separator: ", ")
            lines.append(("leaves out \(names)", .plain))
        }
        for check in item.checks ?? [] {
            let words = Words.verdict(check.verdict)
            let text = "\(words.text.padded(14)) \(check.subject.rawValue): \(check.text)"
            lines.append((text, words.role == .good ? .plain : words.role))
        }
        let inside = Area(
            row: area.row + 1, column: 1, width: area.width - 2, height: area.height - 1)
        drawLines(lines, in: inside)
    }

    /// Its parents, as far as they are kept.
    private static func lineage(
        of item: CheckpointReport, among all: [CheckpointReport]
    ) -> String {
        guard let parent = item.parent else { return ", the first" }
        var text = ", after \(parent)"
        var (next, count) = (parent, 1)
        while let known = all.first(where: { $0.id == next }), let older = known.parent {
            (next, count) = (older, count + 1)
            if count <= 3 { text += " ← \(older)" }
            guard count < all.count else { break }
        }
        return count > 3 ? text + " ← \(count - 3) more" : text
    }

    /// In event time, when it had which share of the traffic.
    private static func served(_ push: PushReport) -> String? {
        guard !push.stages.isEmpty else { return nil }
        let stages = push.stages.map { stage in
            "\(Figure.dayMinute(stage.since)) to \(Figure.dayMinute(stage.until)) "
                + "\(Figure.short(stage.share * 100)) %"
        }
        let last = push.outcome == .live ? "; then all of it" : ""
        return "served: " + stages.joined(separator: "; ") + last
    }

    /// What one checkpoint has that the other has not.
    static func differences(_ item: CheckpointReport, _ base: CheckpointReport) -> [String] {
        func change(_ value: Double?, _ other: Double?, _ decimals: Int) -> String {
            guard let value, let other else { return "not known" }
            let step = value - other
            let sign = step > 0 ? "+" : ""
            return "\(Figure.fixed(value, decimals)) (\(sign)\(Figure.fixed(step, decimals)))"
        }
        let examples = Int64(clamping: item.cursor) - Int64(clamping: base.cursor)
        var time = ""
        if let newest = item.eventTime, let other = base.eventTime {
            let span = newest - other
            time = ", \(span.magnitude.text) \(span < .zero ? "older" : "newer") by event time"
        }
        let word = examples < 0 ? "fewer" : "more"
        var lines = [
            "\(Figure.grouped(abs(examples))) \(word) ex trained\(time)",
            "log loss \(change(item.metrics.logLoss, base.metrics.logLoss, 4)) nats; calibration "
                + "\(change(item.metrics.calibration, base.metrics.calibration, 3)) x; AUC "
                + change(item.metrics.auc, base.metrics.auc, 3),
        ]
        if item.learnerDigest == base.learnerDigest {
            lines.append("the same learner, bit for bit")
        }
        let (own, others) = (item.exclusions, base.exclusions)
        let more = own.filter { !others.contains($0) }.map(\.description)
        let fewer = others.filter { !own.contains($0) }.map(\.description)
        if !more.isEmpty { lines.append("leaves out besides: " + more.joined(separator: ", ")) }
        if !fewer.isEmpty { lines.append("met again: " + fewer.joined(separator: ", ")) }
        return lines
    }
}
