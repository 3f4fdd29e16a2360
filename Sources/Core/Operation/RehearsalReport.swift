import Vocabulary

/// What may be done about an incident, as a rehearsal tries it.
package enum Response: String, Codable, Sendable, CaseIterable {
    /// As it is now.
    case doNothing = "do_nothing"
    /// Training had stopped before the first bad example.
    case stop
    /// Back to the last healthy checkpoint from before.
    case rollBack = "rollback"
    /// The window is purged, and everything else learned.
    case purge
    /// The window is learned with smaller steps.
    case rideThrough = "ride_through"

    /// As operators read it.
    package var words: String {
        switch self {
        case .doNothing: "do nothing"
        case .stop: "stop"
        case .rollBack: "roll back"
        case .purge: "purge"
        case .rideThrough: "ride through"
        }
    }

    /// The less it does, the lower.
    package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A mean over examples, with an interval that leaves out one in a hundred.
package struct Estimate: Codable, Sendable, Equatable {
    package var mean: Double
    package var low: Double
    package var high: Double
    package var count: Int

    package init(mean: Double, low: Double, high: Double, count: Int) {
        (self.mean, self.low, self.high, self.count) = (mean, low, high, count)
    }
}

/// What one response leads to.
package struct RehearsedResponse: Codable, Sendable, Equatable {
    package var response: Response
    /// In words: what it goes back to, learns, leaves out.
    package var text: String
    /// Why it cannot be done, or ends early; nil if nothing keeps it.
    package var fault: String?
    /// What it lands on, or goes back to first.
    package var checkpoint: CheckpointID?
    /// Entries of the training log that its learner has met at the end.
    package var cursor: UInt64?
    package var learnerDigest: String?
    /// Log loss on the golden set, in nats; nil without a usable set.
    package var golden: Estimate?
    /// The same less that of doing nothing, row by row.
    package var goldenChange: Estimate?
    /// Sum of predictions over sum of labels, on the golden set.
    package var calibration: Double?
    /// Log loss on the window's own examples, each scored before it is learned.
    package var during: Estimate?
    /// Log loss on the clean examples behind the window, each scored before it is learned.
    package var forward: Estimate?
    package var forwardChange: Estimate?
    /// Trained examples that its learner lacks against doing nothing.
    package var examplesLost: UInt64?
    /// Event time between the newest example of the log and the newest that it has met.
    package var stalenessSeconds: Double?
    /// Wall time until it is there, by the pace of the rehearsal itself.
    package var secondsToGetThere: Double?

    package init(_ response: Response, text: String) {
        (self.response, self.text) = (response, text)
    }
}

/// Which response, and what that rests on.
package struct Recommendation: Codable, Sendable, Equatable {
    /// Nil where the figures cannot tell.
    package var response: Response?
    package var text: String
    package var evidence: [String]

    package init(response: Response?, text: String, evidence: [String]) {
        (self.response, self.text, self.evidence) = (response, text, evidence)
    }
}

/// Where the cause of an incident lies.
package enum Cause: String, Codable, Sendable, CaseIterable {
    case code
    case data
    /// What was learned, whatever brought that about.
    case model
    case world
    case cannotTell = "cannot_tell"
}

/// One thing that was looked at, and what it speaks for; `cannotTell` where it speaks for nothing.
package struct Evidence: Codable, Sendable, Equatable {
    package var subject: String
    package var speaksFor: Cause
    package var text: String

    package init(_ subject: String, _ speaksFor: Cause, _ text: String) {
        (self.subject, self.speaksFor, self.text) = (subject, speaksFor, text)
    }
}

/// Code, data or the world: each has its own remedy.
package struct Triage: Codable, Sendable, Equatable {
    package var verdict: Cause
    package var text: String
    package var evidence: [Evidence]

    package init(verdict: Cause, text: String, evidence: [Evidence]) {
        (self.verdict, self.text, self.evidence) = (verdict, text, evidence)
    }
}

/// A window of examples that look unlike those before, and why.
package struct WindowProposal: Codable, Sendable, Equatable {
    /// Nil where there is none that stands out.
    package var window: ExampleSelection?
    /// Trained examples in it.
    package var examples: UInt64
    /// True where every source and segment looks alike in it: then it may be the world.
    package var isWide: Bool
    package var text: String
    package var evidence: [String]

    package init(
        window: ExampleSelection?, examples: UInt64 = 0, isWide: Bool = false, text: String,
        evidence: [String] = []
    ) {
        (self.window, self.examples, self.isWide) = (window, examples, isWide)
        (self.text, self.evidence) = (text, evidence)
    }
}

/// All responses over one window.
package struct RehearsedWindow: Codable, Sendable, Equatable {
    package var window: ExampleSelection
    /// Event time at which it began to go wrong.
    package var onset: Instant
    /// Of the calendar, where it is a past event's.
    package var event: CalendarEvent?
    /// Trained examples that a purge of the window leaves out.
    package var examples: UInt64
    /// The share of a step that riding through takes.
    package var stepShare: Double
    /// In the order of `Response`; for past events the lowest loss first.
    package var responses: [RehearsedResponse]
    package var recommendation: Recommendation

    package init(
        window: ExampleSelection, onset: Instant, examples: UInt64, stepShare: Double,
        responses: [RehearsedResponse], recommendation: Recommendation
    ) {
        (self.window, self.onset, self.examples) = (window, onset, examples)
        (self.stepShare, self.responses) = (stepShare, responses)
        self.recommendation = recommendation
    }

    package subscript(response: Response) -> RehearsedResponse? {
        responses.first { $0.response == response }
    }
}

/// What a rehearsal came to.
package struct RehearsalReport: Codable, Sendable, Equatable {
    package var model: ModelName
    /// Where the onset and the window come from.
    package var basis: String
    /// The incident so far; nil where past events were asked for, or no window stands out.
    package var incident: RehearsedWindow?
    /// Past events with the same words, in order of time.
    package var events: [RehearsedWindow]?
    /// Over all of those events together.
    package var overall: Recommendation?
    package var proposal: WindowProposal?
    package var triage: Triage?
    /// Where it was asked which examples turned the model bad.
    package var bisection: BisectionReport?
    /// Wall time that it took.
    package var seconds: Double

    package init(model: ModelName, basis: String) {
        (self.model, self.basis, seconds) = (model, basis, 0)
    }
}

/// What is asked of a rehearsal, or of one that is under way.
package struct RehearsalQuery: Codable, Sendable, Equatable {
    /// When it began to go wrong; else the onset of the oldest alarm that is open.
    package var since: Instant?
    /// The window to purge; else the one that stands out.
    package var from: Instant?
    package var to: Instant?
    package var source: String?
    package var segment: String?
    /// Each `NAME=VALUE`.
    package var `where`: [String]?
    /// The share of a step that riding through takes; a tenth, if it isn't said.
    package var stepShare: Double?
    /// An event's id, or words: rehearsed over past events of the calendar.
    package var event: String?
    /// Only looks for the window.
    package var proposes: Bool?
    /// Only asks which examples turned the model bad.
    package var bisects: Bool?
    /// The checkpoint that a bisection takes for good; else the newest from before the onset, or,
    /// where no onset is known, the last one that the golden set finds no worse than the oldest.
    package var good: String?
    /// The one that is under way, to be asked after.
    package var job: Int?
    /// That one is to end.
    package var cancels: Bool?

    package init() {}
}

/// How a rehearsal stands.
package struct RehearsalProgress: Codable, Sendable, Equatable {
    package var job: Int
    package var model: ModelName
    /// From 0 to 1.
    package var share: Double
    /// Wall time that is left; nil while that is not known.
    package var secondsLeft: Double?
    /// What it is at, in words.
    package var step: String
    /// Once it is done.
    package var report: RehearsalReport?
    /// Why there is no report, and will be none.
    package var fault: String?

    package init(job: Int, model: ModelName, share: Double, step: String) {
        (self.job, self.model, self.share, self.step) = (job, model, share, step)
    }

    package var isOver: Bool { report != nil || fault != nil }
}
