import Operation
import Vocabulary

/// An act that one person asked for and a second one has yet to countersign.
package struct Proposal: Codable, Sendable, Equatable {
    package var id: String
    package var request: ActRequest
    /// What it would do, as it was previewed.
    package var effects: [ActEffect]
    /// What it was previewed on.
    package var ground: [ProposalGround]
    package var at: Instant
    package var expires: Instant

    package var report: ProposalReport {
        ProposalReport(
            id: id, act: request.act.name, models: effects.map(\.model), by: request.actor.user,
            reason: request.reason, text: effects.map(\.text).joined(separator: "; "), at: at,
            expires: expires)
    }
}

/// What of a model matters to an act: if it changes, the act is another one.
package struct ProposalGround: Codable, Sendable, Equatable {
    package var model: ModelName
    /// "stopped since 2026-11-26T10:00:00Z by ana", "trains".
    package var training: String
    /// Purges in force.
    package var exclusions: [String]
    /// "the model answers", or the fallback.
    package var serving: String
    /// Where the act lands: a checkpoint, or a purge.
    package var lands: String
    /// Where the trainer stands, while it stands; of one that moves, moving is no change.
    package var cursor: UInt64?

    package init(_ model: ModelReport, _ effect: ActEffect) {
        self.model = model.name
        let training = model.training
        let isStopped = training.state == .stopped
        self.training =
            isStopped
            ? "training is stopped since \(training.since.rfc3339) by \(training.by)"
            : "training is not stopped"
        exclusions = model.exclusions.map(\.id.description)
        serving =
            model.serving.fallback == nil ? "the model answers" : "a fallback answers"
        lands = [
            effect.changed ? "it changes something" : "it changes nothing",
            effect.checkpoint.map { "lands on \($0)" } ?? "",
        ].filter { !$0.isEmpty }.joined(separator: ", ")
        cursor = isStopped ? training.cursor : nil
    }

    /// What is not any more what it was; nil if it all is.
    package func change(to now: ProposalGround) -> String? {
        if training != now.training { return "\(model): then \(training); now \(now.training)" }
        if exclusions != now.exclusions {
            return "\(model): other purges are in force than when it was previewed"
        }
        if serving != now.serving { return "\(model): then \(serving); now \(now.serving)" }
        if lands != now.lands { return "\(model): then it \(lands); now it \(now.lands)" }
        if let before = cursor, let cursor = now.cursor, before != cursor {
            return "\(model): the trainer stood at \(before) and is at \(cursor) now"
        }
        return nil
    }
}

/// What waits for a second person, and what one person did alone; kept whole.
package struct ProposalDesk: Codable, Sendable, Equatable {
    /// More are refused.
    private static let countMax = 32

    package private(set) var proposals: [Proposal] = []
    package private(set) var glass: [GlassReport] = []
    private var proposalCount = 0
    private var glassCount = 0

    package init() {}

    /// What a second person's word came to.
    package enum Answer: Sendable, Equatable {
        case found(Proposal)
        case refused(String)
    }

    /// Nil if too many wait already.
    package mutating func propose(
        _ request: ActRequest, _ effects: [ActEffect], _ ground: [ProposalGround], at now: Instant,
        lasts: Span
    ) -> Proposal? {
        guard proposals.count < Self.countMax else { return nil }
        proposalCount += 1
        let proposal = Proposal(
            id: "p\(proposalCount)", request: request, effects: effects, ground: ground, at: now,
            expires: now + lasts)
        proposals.append(proposal)
        return proposal
    }

    /// The proposal that somebody wants to countersign, or to decline.
    package func find(_ id: String, by user: String, isGranted: Bool, at now: Instant) -> Answer {
        guard let proposal = proposals.first(where: { $0.id == id }) else {
            return .refused("there is no proposal \(id)")
        }
        guard isGranted else { return .found(proposal) }
        guard proposal.expires > now else {
            return .refused("\(id) has expired at \(proposal.expires.rfc3339): propose it anew")
        }
        guard proposal.request.actor.user != user else {
            return .refused(
                "\(id) is \(user)'s own: it needs a second person, not the same one twice")
        }
        return .found(proposal)
    }

    package mutating func remove(_ id: String) {
        proposals.removeAll { $0.id == id }
    }

    /// Those whose time is over, taken out.
    package mutating func expire(at now: Instant) -> [Proposal] {
        let over = proposals.filter { $0.expires <= now }
        proposals.removeAll { $0.expires <= now }
        return over
    }

    package mutating func breakGlass(
        _ request: ActRequest, on model: ModelName, at now: Instant
    ) -> GlassReport {
        glassCount += 1
        let report = GlassReport(
            id: "g\(glassCount)", act: request.act.name, model: model, by: request.actor.user,
            reason: request.reason, at: now)
        glass.append(report)
        return report
    }

    /// What was not done after all needs no review.
    package mutating func mend(_ id: String) {
        glass.removeAll { $0.id == id }
    }

    /// The one that was reviewed, taken out; or why not.
    package mutating func review(_ id: String, by user: String) -> (GlassReport?, String) {
        guard let report = glass.first(where: { $0.id == id }) else {
            return (nil, "there is nothing \(id) to review")
        }
        guard report.by != user else {
            return (nil, "\(id) is \(user)'s own: somebody else has to review it")
        }
        glass.removeAll { $0.id == id }
        return (report, "\(id): \(report.act) of \(report.model) by \(report.by) is reviewed")
    }
}
