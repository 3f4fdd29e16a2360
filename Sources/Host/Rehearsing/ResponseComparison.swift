import Engine
import Learning
import Numerics
import Operation
import Validation
import Vocabulary

extension Estimate {
    /// Nil without examples, or where a loss is no number.
    init?(_ values: [Double], weights: [Double], _ reach: Double) {
        guard !values.isEmpty, values.count == weights.count else { return nil }
        let interval = PairedInterval(values, weights: weights, reach)
        guard interval.low.isFinite, interval.high.isFinite else { return nil }
        self.init(
            mean: interval.mean, low: interval.low, high: interval.high, count: values.count)
    }

    /// Of the differences, example by example.
    init?(_ values: [Double], less others: [Double], weights: [Double], _ reach: Double) {
        guard values.count == others.count else { return nil }
        self.init(zip(values, others).map { $0 - $1 }, weights: weights, reach)
    }
}

/// The golden set, scored with the learner of every cursor.
struct GoldenScores {
    private var rows: [Response: [GoldenRow]] = [:]
    /// Why the set cannot tell; nil if it can.
    private(set) var fault: String?
    private var origin: GoldenFolder.Origin?

    init(_ ground: RehearsalGround, _ cursors: [ThrowawayCursor]) {
        do {
            for cursor in cursors {
                rows[cursor.response] = try ground.golden.score(cursor.learner, nil)
            }
            origin = try ground.golden.origin()
        } catch {
            (rows, fault) = ([:], "\(error)")
            return
        }
        let known = rows[.doNothing] ?? []
        fault = Gate(ground.settings.gate).objection(toGoldenSet: known)
    }

    /// What makes the set doubtful for a window; nil if nothing does.
    func doubt(about window: ExampleSelection) -> String? {
        guard let origin, origin.from < window.to, origin.to >= window.from else { return nil }
        return "the golden set is of \(origin.from.rfc3339) to \(origin.to.rfc3339), a time that "
            + "the window overlaps: it may hold bad examples itself"
    }

    /// In the order of the set; empty where there is none.
    func losses(_ response: Response) -> [Double] {
        (rows[response] ?? []).map { Entropy.nats(of: $0.label, answering: $0.score) }
    }

    var weights: [Double] { (rows[.doNothing] ?? []).map(\.weight) }

    func estimate(_ response: Response, _ reach: Double) -> Estimate? {
        Estimate(losses(response), weights: weights, reach)
    }

    func change(
        _ response: Response, from other: Response, _ reach: Double
    ) -> Estimate? {
        Estimate(losses(response), less: losses(other), weights: weights, reach)
    }

    func calibration(_ response: Response) -> Double? {
        Self.calibration(of: rows[response] ?? [])
    }

    /// Sum of predictions over sum of labels; nil where no row is positive.
    static func calibration(of rows: [GoldenRow]) -> Double? {
        let labels = rows.reduce(0) { $0 + $1.weight * $1.label }
        guard labels > 0 else { return nil }
        return rows.reduce(0) { $0 + $1.weight * $1.score } / labels
    }
}

/// Which responses can be told apart by loss, and which of them is to be preferred.
struct ResponseComparison {
    /// Clean examples behind a window from which on they count for more than the golden set.
    static let forwardCountMin = 200

    private let losses: [Response: [Double]]
    private let weights: [Double]
    private let reach: Double
    /// What the losses are of, in words.
    private let measure: String

    init(
        _ cursors: [ThrowawayCursor], _ reading: LogReading, _ scores: GoldenScores, reach: Double
    ) {
        let hasForward = reading.forwardWeights.count >= Self.forwardCountMin
        let isPast = reading.isPast
        var losses: [Response: [Double]] = [:]
        for cursor in cursors {
            losses[cursor.response] =
                isPast
                ? cursor.losses.all
                : hasForward ? cursor.losses.forward : scores.losses(cursor.response)
        }
        self.init(
            losses,
            weights: isPast
                ? reading.allWeights : hasForward ? reading.forwardWeights : scores.weights,
            measure: isPast
                ? "the event's examples and those behind it"
                : hasForward ? "clean examples behind the window" : "the golden set",
            reach: reach)
    }

    init(
        _ losses: [Response: [Double]], weights: [Double], measure: String, reach: Double
    ) {
        (self.losses, self.weights) = (losses, weights)
        (self.measure, self.reach) = (measure, reach)
    }

    /// Several over different examples, one behind the other.
    init(pooling parts: [ResponseComparison], reach: Double) {
        var losses: [Response: [Double]] = [:]
        for response in Response.allCases where parts.allSatisfy({ $0.losses[response] != nil }) {
            losses[response] = parts.flatMap { $0.losses[response] ?? [] }
        }
        self.init(
            losses, weights: parts.flatMap(\.weights),
            measure: parts.first?.measure ?? "nothing", reach: reach)
    }

    /// Lowest mean loss first.
    var ranked: [(response: Response, loss: Estimate)] {
        Response.allCases.compactMap { response in
            losses[response].flatMap { Estimate($0, weights: weights, reach) }
                .map { (response, $0) }
        }.sorted { ($0.loss.mean, $0.response.rank) < ($1.loss.mean, $1.response.rank) }
    }

    func change(_ response: Response, from other: Response) -> Estimate? {
        guard let values = losses[response], let others = losses[other] else { return nil }
        return Estimate(values, less: others, weights: weights, reach)
    }

    /// Those whose loss cannot be told from that of the best; the best first.
    private var tied: [Response] {
        guard let best = ranked.first?.response else { return [] }
        return ranked.map(\.response).filter { response in
            guard response != best, let change = change(response, from: best) else {
                return response == best
            }
            return change.low <= 0
        }
    }

    func recommendation(
        among rows: [RehearsedResponse], isNarrow: Bool = false, fault: String?
    ) -> Recommendation {
        let ranked = ranked
        let evidence = evidence(ranked)
        guard let best = ranked.first, weights.count >= 2 else {
            let why = fault ?? "there is nothing to measure the responses by"
            return Recommendation(response: nil, text: "cannot tell: \(why)", evidence: [])
        }
        if let fault, measure == "the golden set" {
            return Recommendation(response: nil, text: "cannot tell: \(fault)", evidence: evidence)
        }
        let tied = tied
        if tied.count > 1, tied.contains(.doNothing) {
            let names = tied.map(\.words).joined(separator: ", ")
            return Recommendation(
                response: nil,
                text: "cannot tell: by \(measure), these cannot be told apart: \(names)",
                evidence: evidence)
        }
        guard tied.count > 1 else {
            return Recommendation(
                response: best.response,
                text: "\(best.response.words): the lowest loss on \(measure), beyond chance",
                evidence: evidence)
        }
        return settle(tied, among: rows, isNarrow: isNarrow, evidence)
    }

    /// Of equals by loss, the one that leaves the model the freshest, then loses the fewest
    /// examples. Data that stands out in one part is bad, and not to be learned at all. To have
    /// stopped in time can no longer be done: where a rollback does as well, it is that.
    private func settle(
        _ tied: [Response], among rows: [RehearsedResponse], isNarrow: Bool, _ evidence: [String]
    ) -> Recommendation {
        let isBad = isNarrow && tied.contains(.purge)
        let known = rows.filter { row in
            tied.contains(row.response) && row.fault == nil
                && !(isBad && row.response == .rideThrough)
                && !(tied.contains(.rollBack) && row.response == .stop)
        }
        let chosen = known.min { left, right in
            (left.stalenessSeconds ?? 0, left.examplesLost ?? 0, left.response.rank)
                < (right.stalenessSeconds ?? 0, right.examplesLost ?? 0, right.response.rank)
        }
        guard let chosen else {
            return Recommendation(
                response: nil, text: "cannot tell: none of the best can be done",
                evidence: evidence)
        }
        let others = tied.filter { $0 != chosen.response }.map(\.words).joined(separator: ", ")
        return Recommendation(
            response: chosen.response,
            text: "\(chosen.response.words): by loss on \(measure) it cannot be told from "
                + "\(others); it leaves the model the freshest, and loses "
                + "\(chosen.examplesLost ?? 0) examples",
            evidence: evidence)
    }

    private func evidence(_ ranked: [(response: Response, loss: Estimate)]) -> [String] {
        ranked.map { item in
            var text =
                "\(item.response.words): log loss \(FigureText.text(item.loss.mean)) on "
                + "\(item.loss.count) of \(measure)"
            if item.response != .doNothing,
                let change = change(item.response, from: .doNothing)
            {
                text +=
                    ", \(FigureText.text(change.mean)) against doing nothing "
                    + "(\(FigureText.text(change.low)) to \(FigureText.text(change.high)))"
            }
            return text
        }
    }
}
