import Numerics
import Vocabulary

/// How versions of a model, checkpoints of other ages, predict the same stretch of its past that
/// none of them has learned from, beside a learner that went on learning it.
package struct VersionReport: Codable, Sendable, Equatable {
    /// One version, as it was, over the whole stretch.
    package struct Version: Codable, Sendable, Equatable {
        package var checkpoint: CheckpointID
        /// Event time of the newest example that it has learned.
        package var learnedUntil: Instant
        /// Event time from there to the end of the stretch.
        package var ageSeconds: Double
        /// By the launch whose candidate it was.
        package var launch: LaunchID?
        package var figures: Figures
        /// Log loss less that of the learner that went on, example by example, in nats.
        package var excess: Estimate?
    }

    /// Of one learner over the whole stretch.
    package struct Figures: Codable, Sendable, Equatable {
        /// In nats, weighted.
        package var logLoss: Double
        /// Sum of predictions over sum of labels; nil where no label is positive.
        package var calibration: Double?
        /// Log loss on the golden set, in nats; nil without a set that can be read.
        package var goldenLoss: Double?

        package init(logLoss: Double, calibration: Double?, goldenLoss: Double?) {
            (self.logLoss, self.calibration, self.goldenLoss) = (logLoss, calibration, goldenLoss)
        }
    }

    /// A part of the stretch, the same for all.
    package struct Part: Codable, Sendable, Equatable {
        package var from: Instant
        package var examples: Int
        /// Of the learner that went on; nil without examples.
        package var goingOn: Double?
        /// Of each version, in the order of `versions`.
        package var versions: [Double?]

        package init(from: Instant, examples: Int, goingOn: Double?, versions: [Double?]) {
            (self.from, self.examples) = (from, examples)
            (self.goingOn, self.versions) = (goingOn, versions)
        }
    }

    package var model: ModelName
    /// Event times of the stretch; the end is not part of it.
    package var from: Instant
    package var to: Instant
    /// Those whose labels are all in, and which training does not leave out.
    package var examples: Int
    /// What a model that answers always with the rate of positives would come to.
    package var baseRateEntropy: Double
    /// Scored each example before it learned it.
    package var goingOn: Figures
    /// Those that learned longest first.
    package var versions: [Version]
    package var parts: [Part]

    package init(
        model: ModelName, from: Instant, to: Instant, examples: Int, baseRateEntropy: Double,
        goingOn: Figures, versions: [Version], parts: [Part]
    ) {
        (self.model, self.from, self.to, self.examples) = (model, from, to, examples)
        (self.baseRateEntropy, self.goingOn) = (baseRateEntropy, goingOn)
        (self.versions, self.parts) = (versions, parts)
    }

    /// What going on with learning has brought, in a sentence.
    package var verdict: String {
        guard let newest = versions.first else { return "there is no version to compare with" }
        let named = "\(newest.checkpoint), which learned until \(newest.learnedUntil.rfc3339),"
        guard let excess = newest.excess else {
            return "too little is known to hold \(named) against going on"
        }
        func share(_ value: Double) -> String {
            goingOn.logLoss > 0
                ? " (\(FigureText.percent(abs(value) / goingOn.logLoss)) of its log loss)" : ""
        }
        if excess.low > 0 {
            return "going on with learning was worth \(FigureText.text(excess.mean)) nats an "
                + "example\(share(excess.mean)) against \(named) and at least "
                + FigureText.text(excess.low)
        }
        if excess.high < 0 {
            return "going on with learning did harm: \(named) was better by "
                + "\(FigureText.text(-excess.mean)) nats an example\(share(excess.mean))"
        }
        return "no difference can be told between \(named) and going on: "
            + "\(FigureText.text(excess.low)) to \(FigureText.text(excess.high)) nats an example"
    }
}

extension VersionReport.Version {
    package init(
        _ report: CheckpointReport, learnedUntil: Instant, until end: Instant,
        figures: VersionReport.Figures, excess: Estimate?
    ) {
        (checkpoint, self.learnedUntil, launch) = (report.id, learnedUntil, report.launch)
        ageSeconds = (end - learnedUntil).seconds
        (self.figures, self.excess) = (figures, excess)
    }
}
