import Numerics
import Operation

/// The checks of a checkpoint that need its parameters and the golden set.
///
/// Each gives a verdict of three: a check without its data cannot tell, and so lets nothing pass.
package struct Gate: Sendable {
    private let settings: GateSettings

    package init(_ settings: GateSettings) {
        self.settings = settings
    }

    /// Parameters that are no numbers.
    package func nonFinite(_ figures: LearnerFigures) -> GateCheck {
        figures.nonFiniteCount > 0
            ? GateCheck(
                .nonFinite, .failed, "\(figures.nonFiniteCount) parameters are not finite")
            : GateCheck(
                .nonFinite, .passed, "\(figures.nonZeroCount) weights in use, all finite")
    }

    /// Weights that explode. A learner that has met many times more may have grown so much too.
    package func norms(_ figures: LearnerFigures, reference: LearnerFigures?) -> GateCheck {
        let shown =
            "norm \(FigureText.text(figures.norm)), "
            + "largest weight \(FigureText.text(figures.largest))"
        guard figures.norm.isFinite, figures.largest <= settings.weightMax else {
            return GateCheck(
                .norms, .failed, "\(shown): beyond \(FigureText.text(settings.weightMax))")
        }
        guard let reference, reference.norm > 0 else {
            return GateCheck(.norms, .passed, shown + ", nothing to compare with")
        }
        let schooling = max(1, figures.exampleCount / max(1, reference.exampleCount))
        let limit = settings.growthMax * schooling
        let growth = max(
            figures.norm / reference.norm,
            reference.largest > 0 ? figures.largest / reference.largest : 1)
        let text = "\(shown), \(FigureText.text(growth)) times the last good"
        return growth <= limit
            ? GateCheck(.norms, .passed, text)
            : GateCheck(.norms, .failed, "\(text): at most \(FigureText.text(limit))")
    }

    /// A learner that meets examples and stays as it is. `before` is the checkpoint before it.
    package func learning(
        _ figures: LearnerFigures, before: LearnerFigures?, change: LearnerChange?
    ) -> GateCheck {
        guard figures.exampleCount > 0 else {
            return GateCheck(.learning, .inconclusive, "nothing was learned yet")
        }
        guard let before, let change else {
            return GateCheck(.learning, .passed, "no checkpoint before it to compare with")
        }
        let met = figures.exampleCount - before.exampleCount
        let text =
            "\(FigureText.text(met)) examples since the checkpoint before, \(change.changedCount) "
            + "weights changed, by \(FigureText.text(change.sum)) together"
        guard met >= settings.stuckCountMin else {
            return GateCheck(.learning, .passed, text)
        }
        let isStuck = change.changedCount == 0 || !(change.sum > 1e-9 * max(1, before.norm))
        return isStuck
            ? GateCheck(.learning, .failed, "learning has stopped: \(text)")
            : GateCheck(.learning, .passed, text)
    }

    /// Why a golden set cannot tell anything; nil if it can.
    package func objection(toGoldenSet rows: [GoldenRow]) -> String? {
        let positives = rows.count { $0.label >= 0.5 }
        let negatives = rows.count - positives
        guard !rows.isEmpty else { return "the golden set is empty" }
        guard positives > 0, negatives > 0 else {
            return "the golden set is of one class: \(positives) positives of \(rows.count) rows"
        }
        guard rows.count >= settings.rowCountMin, positives >= settings.classCountMin,
            negatives >= settings.classCountMin
        else {
            return "the golden set is too small: \(rows.count) rows with \(positives) positives, "
                + "needs \(settings.rowCountMin) with \(settings.classCountMin) of each class"
        }
        return nil
    }

    /// All that the golden set says. `sliceName` gives the name of a slice, for the operator.
    package func golden(
        _ rows: [GoldenRow], sliceName: (UInt64) -> String = { String($0, radix: 16) }
    ) -> [GateCheck] {
        if let objection = objection(toGoldenSet: rows) {
            return [GateCheck(.goldenSet, .inconclusive, objection)]
        }
        let broken = rows.count { !($0.score >= 0 && $0.score <= 1) }
        guard broken == 0 else {
            return [
                GateCheck(
                    .goldenSet, .failed, "\(broken) of \(rows.count) scores are no probabilities")
            ]
        }
        let positives = rows.count { $0.label >= 0.5 }
        let set = GateCheck(
            .goldenSet, .passed, "\(rows.count) rows, \(positives) positives, all scored")
        let usable = rows.allSatisfy { row in row.reference.map { $0 >= 0 && $0 <= 1 } ?? false }
        guard usable else { return [set, absoluteLoss(rows)] }
        return [set, loss(rows), slices(rows, sliceName), calibration(rows), shift(rows)]
    }

    /// Mean log loss of a golden set's scores, weighted; nil without rows.
    package static func logLoss(of rows: [GoldenRow]) -> Double? {
        guard !rows.isEmpty else { return nil }
        let loss = mean(rows) { Entropy.nats(of: $0.label, answering: $0.score) }
        return loss.isFinite ? loss : nil
    }

    // MARK: against nothing

    private func absoluteLoss(_ rows: [GoldenRow]) -> GateCheck {
        let rate = Self.mean(rows) { $0.label }
        let losses = rows.map { Entropy.nats(of: $0.label, answering: $0.score) }
        let plain = rows.map { Entropy.nats(of: $0.label, answering: rate) }
        let interval = PairedInterval(
            zip(losses, plain).map { $0 - $1 }, weights: rows.map(\.weight), settings.reach)
        let text =
            "log loss \(FigureText.text(Self.mean(rows, losses))) against "
            + "\(FigureText.text(Self.mean(rows, plain))) of the base rate alone"
        return interval.low > settings.lossMargin * Self.mean(rows, plain)
            ? GateCheck(.loss, .failed, "\(text): worse than knowing nothing")
            : GateCheck(.loss, .passed, text + ", no last good to compare with")
    }

    static func mean(_ rows: [GoldenRow], _ value: (GoldenRow) -> Double) -> Double {
        mean(rows, rows.map(value))
    }

    static func mean(_ rows: [GoldenRow], _ values: [Double]) -> Double {
        let weight = rows.reduce(0) { $0 + $1.weight }
        return zip(rows, values).reduce(0) { $0 + $1.0.weight * $1.1 } / weight
    }
}

extension Gate {
    // MARK: against the last good one

    private func loss(_ rows: [GoldenRow]) -> GateCheck {
        let (losses, references) = Self.losses(rows)
        let reference = Self.mean(rows, references)
        let interval = PairedInterval(
            zip(losses, references).map { $0 - $1 }, weights: rows.map(\.weight), settings.reach)
        let text =
            "log loss \(FigureText.text(Self.mean(rows, losses))) "
            + "against \(FigureText.text(reference)) of "
            + "the last good: \(FigureText.text(interval.low)) to \(FigureText.text(interval.high))"
        let margin = settings.lossMargin * reference
        if interval.low > margin {
            return GateCheck(.loss, .failed, "\(text), beyond \(FigureText.text(margin))")
        }
        // So wide that harm many times the margin could hide in it.
        if interval.high > 10 * margin, interval.mean > margin {
            return GateCheck(
                .loss, .inconclusive, "\(text): too wide to tell, margin \(FigureText.text(margin))"
            )
        }
        return GateCheck(.loss, .passed, text)
    }

    private func slices(_ rows: [GoldenRow], _ name: (UInt64) -> String) -> GateCheck {
        let bySlice = Dictionary(grouping: rows, by: \.slice)
        var judged = 0
        for slice in bySlice.keys.sorted() {
            let part = bySlice[slice] ?? []
            let positives = part.count { $0.label >= 0.5 }
            guard positives >= settings.classCountMin,
                part.count - positives >= settings.classCountMin
            else { continue }
            judged += 1
            let (losses, references) = Self.losses(part)
            // Many slices are looked at: wider than for the whole.
            let interval = PairedInterval(
                zip(losses, references).map { $0 - $1 }, weights: part.map(\.weight),
                settings.reach + 1)
            let margin = settings.sliceMargin * Self.mean(part, references)
            guard interval.low > margin else { continue }
            return GateCheck(
                .slices, .failed,
                "slice \(name(slice)), \(part.count) rows: log loss "
                    + "\(FigureText.text(Self.mean(part, losses))) against "
                    + "\(FigureText.text(Self.mean(part, references))), beyond the margin")
        }
        return GateCheck(
            .slices, .passed,
            judged == 0
                ? "no slice is large enough to be judged"
                : "\(judged) slice\(judged == 1 ? "" : "s") judged, none worse")
    }

    private func calibration(_ rows: [GoldenRow]) -> GateCheck {
        let labels = rows.reduce(0) { $0 + $1.weight * $1.label }
        let ratio = rows.reduce(0) { $0 + $1.weight * $1.score } / labels
        let before = rows.reduce(0) { $0 + $1.weight * ($1.reference ?? 0) } / labels
        func distance(_ ratio: Double) -> Double { ratio > 0 ? max(ratio, 1 / ratio) : .infinity }
        let text =
            "predictions \(FigureText.text(ratio)) times the labels, the last good "
            + "\(FigureText.text(before))"
        // What chance does to the count of labels is no fault of the model's.
        let positives = Double(rows.count { $0.label >= 0.5 })
        let noise = 1 + settings.reach / positives.squareRoot()
        let limit = max(distance(before), noise) * settings.calibrationRatioMax
        return distance(ratio) <= limit
            ? GateCheck(.calibration, .passed, text)
            : GateCheck(
                .calibration, .failed, "\(text): at most \(FigureText.text(limit)) times off")
    }

    private func shift(_ rows: [GoldenRow]) -> GateCheck {
        let index = StabilityIndex(
            reference: rows.compactMap(\.reference), other: rows.map(\.score))
        let text = "scores moved by PSI \(FigureText.text(index.value)) against the last good"
        if index.value <= settings.shiftMax { return GateCheck(.scoreShift, .passed, text) }
        // A last good that has grown bad must not keep a better one out.
        let (losses, references) = Self.losses(rows)
        let interval = PairedInterval(
            zip(losses, references).map { $0 - $1 }, weights: rows.map(\.weight), settings.reach)
        return interval.high < 0
            ? GateCheck(.scoreShift, .passed, "\(text), to a lower log loss")
            : GateCheck(
                .scoreShift, .failed, "\(text): at most \(FigureText.text(settings.shiftMax))")
    }

    private static func losses(_ rows: [GoldenRow]) -> ([Double], [Double]) {
        (
            rows.map { Entropy.nats(of: $0.label, answering: $0.score) },
            rows.map { Entropy.nats(of: $0.label, answering: $0.reference ?? 0) }
        )
    }
}
