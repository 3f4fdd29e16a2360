import Governing
import Operation
import Synchronization
import Vocabulary
import World

/// Acts on incidents, on broken glass and on the policy itself: none of them needs an engine.
extension Authority {
    func own(
        _ request: ActRequest, _ stage: Stage, _ answer: @Sendable (ActOutcome) -> Void
    ) {
        var isStep = false
        if case .incident(.step) = request.act { isStep = true }
        guard isStep || request.isDryRun || !request.reason.allSatisfy(\.isWhitespace) else {
            return answer(.refused("an act needs a reason"))
        }
        let covered = models.filter { request.scope.covers($0) }
        guard let first = covered.first else {
            let known = models.map(\.text).joined(separator: ", ")
            return answer(.refused("there is no such model; known: \(known)"))
        }
        let now = WallClock.now()
        do {
            let (text, models, changed): (String, [ModelName], Bool)
            switch request.act {
            case .incident(let order):
                (text, models) = try changeIncident(order, request, covered, at: now)
                changed = true
            case .review(let id):
                (text, models) = try review(id, request)
                changed = true
            default:
                (text, changed) = try reload(isDryRun: request.isDryRun, at: now)
                models = [first]
            }
            let effects = models.map { model in
                ActEffect(model: model, act: request.act.name, changed: changed, text: text)
            }
            if request.isDryRun { return answer(.wouldDo(effects)) }
            for effect in effects { stage.note(JournalDraft(request, effect)) }
            answer(.done(effects))
        } catch {
            refuse(request, "\(error)", stage, answer)
        }
    }

    private func changeIncident(
        _ order: IncidentOrder, _ request: ActRequest, _ covered: [ModelName], at now: Instant
    ) throws -> (String, [ModelName]) {
        if case .step(let step) = order { try check(step) }
        return try change { content in
            var copy = content
            let answer = copy.incidents.change(
                order, request.reason, covered, by: request.actor.user, at: now)
            guard case .done(let text) = answer else {
                if case .refused(let text) = answer { throw ActRefusal(text) }
                return ("", [])
            }
            var about = covered
            switch order {
            case .open, .step: break
            case .note(let id, _), .close(let id):
                about = copy.incidents.incidents.first { $0.id == id }?.models ?? covered
            }
            // An incident is about models that there are no more, perhaps.
            if about.isEmpty { about = covered }
            guard !request.isDryRun else { return (text, about) }
            if let fault = save(&copy) { throw fault }
            content = copy
            return (text, about)
        }
    }

    private func review(_ id: String, _ request: ActRequest) throws -> (String, [ModelName]) {
        try change { content in
            var copy = content
            let (report, text) = copy.kept.desk.review(id, by: request.actor.user)
            guard let report else { throw ActRefusal(text) }
            guard !request.isDryRun else { return (text, [report.model]) }
            if let fault = save(&copy) { throw fault }
            content = copy
            return (text, [report.model])
        }
    }
}
