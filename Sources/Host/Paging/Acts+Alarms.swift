import Monitoring
import Operation
import Paging
import Vocabulary
import World

extension Acts {
    /// An acknowledgement or a silence, for each model of its scope; whatever the engine's thread
    /// does. What the journal cannot take is handed to `keep`.
    static func changePaging(
        _ request: ActRequest, models: [ModelName], book: PagingBook, journal: any JournalBook,
        keep: ((JournalDraft) -> Void)? = nil
    ) -> ActOutcome {
        guard request.isDryRun || !request.reason.allSatisfy(\.isWhitespace) else {
            return .refused("an act needs a reason")
        }
        if case .silence(.begin(let match, _, _)) = request.act, let name = match.name,
            AlarmName(rawValue: name) == nil, !AlarmCatalogue.ofPagers.contains(name)
        {
            let known = AlarmName.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            return .refused("there is no alarm \(name); known: \(known)")
        }
        let covered = models.filter { request.scope.covers($0) }
        guard !covered.isEmpty else { return .refused("there is no such model") }
        var effects: [ActEffect] = []
        var refusal = ""
        do {
            for model in covered {
                switch try change(request, model, book) {
                case .done(let text, let changed):
                    effects.append(
                        ActEffect(
                            model: model, act: request.act.name, changed: changed, text: text))
                case .refused(let text): refusal = text
                }
            }
        } catch {
            return .refused("nothing has changed: \(error)")
        }
        // Of all models it is enough if one has such an alarm.
        guard !effects.isEmpty else { return .refused(refusal) }
        if request.isDryRun { return .wouldDo(effects) }
        for index in effects.indices {
            effects[index].text += note(effects[index], request, journal, keep)
        }
        return .done(effects)
    }

    private static func change(
        _ request: ActRequest, _ model: ModelName, _ book: PagingBook
    ) throws -> PagingDesk.Answer {
        let now = WallClock.now()
        return try book.change(isDryRun: request.isDryRun) { desk in
            switch request.act {
            case .acknowledge(let alarm):
                return desk.acknowledge(
                    alarm, of: model, by: request.actor.user, reason: request.reason, at: now,
                    policy: book.policy)
            case .silence(.end(let id)): return desk.endSilence(id, of: model)
            case .silence(.begin(var match, let owner, let end)):
                match.model = model
                return desk.silence(
                    match, owner: owner, reason: request.reason, at: now, until: end)
            default: return .refused("no act on alarms")
            }
        }
    }
}
