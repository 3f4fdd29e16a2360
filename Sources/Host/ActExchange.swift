import Operation
import Vocabulary

/// An act as the body of a request: `POST /v1/models/MODEL:stop {"reason":"…"}`.
package struct ActBody: Codable, Sendable {
    package var reason: String?
    package var dryRun: Bool?
    /// For a rollback: a checkpoint's id.
    package var to: String?
    /// For a rollback: an RFC 3339 time.
    package var before: String?
    /// Where the operator sits: their SSH connection or terminal.
    package var from: String?

    package init(_ request: ActRequest) {
        reason = request.reason
        dryRun = request.isDryRun ? true : nil
        from = request.actor.from
        switch request.act {
        case .stop, .resume: break
        case .rollback(.checkpoint(let id)): to = id.description
        case .rollback(.before(let time)): before = time.rfc3339
        }
    }

    /// The act that a request asks for; throws an `ActRefusal` that says what is missing.
    func request(_ actName: String, _ scope: ActScope, user: String) throws -> ActRequest {
        let act: Act
        switch actName {
        case "stop": act = .stop
        case "resume": act = .resume
        case "rollback": act = .rollback(to: try Self.target(to: to, before: before))
        default: throw ActRefusal("unknown act \(actName); known: stop, resume, rollback")
        }
        // The red button is never refused for want of words.
        let given = reason ?? ""
        let isSilentStop = act == .stop && given.allSatisfy(\.isWhitespace)
        return ActRequest(
            act: act, scope: scope, reason: isSilentStop ? "no reason given" : given,
            isDryRun: dryRun ?? false,
            actor: Actor(user: user, from: from ?? "control socket"))
    }

    /// A rollback's target from the two ways to name one.
    package static func target(to: String?, before: String?) throws -> RollbackTarget {
        switch (to, before) {
        case (let to?, nil):
            guard let id = CheckpointID(to) else {
                throw ActRefusal("expected a checkpoint's id such as shop-000042, found \(to)")
            }
            return .checkpoint(id)
        case (nil, let before?):
            guard let time = Instant(rfc3339: before) else {
                throw ActRefusal("expected an RFC 3339 time, found \(before)")
            }
            return .before(time)
        case (nil, nil), (_?, _?):
            throw ActRefusal("a rollback needs a checkpoint or a time to go back before")
        }
    }
}

/// The answer to an act.
package struct ActReply: Codable, Sendable {
    /// "done", "would_do" or "refused".
    package var outcome: String
    package var effects: [ActEffect]
    package var message: String?

    package init(_ outcome: ActOutcome) {
        switch outcome {
        case .done(let effects):
            self.outcome = "done"
            self.effects = effects
        case .wouldDo(let effects):
            self.outcome = "would_do"
            self.effects = effects
        case .refused(let text):
            self.outcome = "refused"
            effects = []
            message = text
        }
    }

    package var asOutcome: ActOutcome {
        switch outcome {
        case "done": .done(effects)
        case "would_do": .wouldDo(effects)
        default: .refused(message ?? "the engine gave no reason")
        }
    }
}
