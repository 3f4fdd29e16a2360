import Foundation
import Operation
import Vocabulary

/// An act as the body of a request: `POST /v1/models/MODEL:stop {"reason":"…"}`.
package struct ActBody: Codable, Sendable {
    package var reason: String?
    package var dryRun: Bool?
    /// The answer comes before the act has taken its full effect.
    package var noWait: Bool?
    /// For a rollback, a checkpoint's id; for a purge, the RFC 3339 time at which the window ends.
    package var to: String?
    /// For a rollback: an RFC 3339 time.
    package var before: String?
    /// For a rollback: what was learned since is passed over.
    package var keepCursor: Bool?
    /// For a purge: the RFC 3339 time at which the window begins.
    package var from: String?
    package var source: String?
    package var segment: String?
    /// For a purge: the arm of a launch that served what is left out.
    package var arm: String?
    /// For a purge: each `NAME=VALUE`.
    package var `where`: [String]?
    /// For a purge: the one to undo.
    package var undo: String?
    /// For a pin: the checkpoint.
    package var checkpoint: String?
    /// For a pin, a fallback, a hold or a fault: it is to end.
    package var off: Bool?
    /// For a change of the build: the one to hand over to.
    package var build: String?
    /// For a fallback: the tier that is to answer.
    package var tier: String?
    /// For an injection: the fault.
    package var fault: String?
    /// For an acknowledgement: the alarm's id; all that are open without one.
    package var alarm: String?
    /// For a silence: what alarms it is for, beside the segment, whose it is, and the RFC 3339
    /// time at which it ends; or the one to end.
    package var name: String?
    package var feature: String?
    package var owner: String?
    package var until: String?
    package var silence: String?
    /// For an event: its text, with `from` and `to`; with `off` its id.
    package var event: String?
    /// For a ride: `event` and `until`, or `for`, a span such as `12h`; the share of each step; and
    /// the limits of its guards. With `off` it ends.
    package var `for`: String?
    package var stepShare: Double?
    package var lossRise: Double?
    package var goldenRise: Double?
    package var calibrationRatio: Double?
    /// For a launch: what is to be done about it.
    package var launch: String?
    /// For an incident: its id, where it is not a new one, and what is to be marked; with `off` it
    /// is closed.
    package var incident: String?
    package var mark: String?
    /// For a step of the playbook: the page, the step's number and its words, and with `alarm` the
    /// alarm beside which it was read; with `off` it is not done after all.
    package var page: String?
    package var step: Int?
    package var text: String?
    /// For a countersignature: the proposal; with `off` it is declined.
    package var proposal: String?
    /// For a review: the broken glass.
    package var glass: String?
    /// An act of two is done alone; an order of steps is gone against.
    package var breakGlass: Bool?
    package var override: Bool?
    /// For a note: words to find it by, and a screen as text.
    package var tags: [String]?
    package var picture: String?
    /// For a note: `open` where it is an idea; the idea that it closes, with the `launch` that
    /// tried it.
    package var idea: String?
    /// For a release: sequences of records in quarantine.
    package var records: [String]?
    /// Where the operator sits: their SSH connection or terminal.
    package var origin: String?

    package init(_ request: ActRequest) {
        reason = request.reason
        dryRun = request.isDryRun ? true : nil
        noWait = request.waits ? nil : true
        origin = request.actor.from
        breakGlass = request.breaksGlass ? true : nil
        override = request.overrides ? true : nil
        switch request.act {
        case .stop, .resume, .approve, .makeGolden, .reloadPolicy: break
        case .incident(let order):
            (incident, mark, off) = Self.fields(of: order)
            if case .step(let done) = order {
                (page, step, text, alarm) = (done.page, done.step, done.text, done.alarm)
            }
        case .countersign(let id, let isGranted): (proposal, off) = (id, isGranted ? nil : true)
        case .review(let id): glass = id
        case .note(let order):
            (tags, picture) = (order.tags.isEmpty ? nil : order.tags, order.picture)
            idea = order.idea.map { $0.closes ?? "open" }
            launch = order.idea?.launch?.description
        case .push(let id): checkpoint = id.description
        case .acknowledge(let id): alarm = id
        case .silence(.end(let id)): silence = id
        case .event(.remove(let id)): (event, off) = (id, true)
        case .event(.add(let text, let from, let to)):
            (event, self.from, self.to) = (text, from.rfc3339, to.rfc3339)
        case .silence(.begin(let match, let owner, let until)):
            (name, feature, segment) = (match.name, match.feature, match.segment)
            (self.owner, self.until) = (owner, until.rfc3339)
        case .fallback(let isOn, let tier): (off, self.tier) = (isOn ? nil : true, tier?.rawValue)
        case .hold(let isOn): off = isOn ? nil : true
        case .inject(let fault, let isOn): (self.fault, off) = (fault.rawValue, isOn ? nil : true)
        case .rollback(let target, let keepsCursor):
            keepCursor = keepsCursor ? true : nil
            switch target {
            case .checkpoint(let id): to = id.description
            case .before(let time): before = time.rfc3339
            case .lastHealthy: to = Self.lastHealthy
            }
        case .rideThrough(let order): take(order)
        case .launch(let act): launch = act.rawValue
        case .build(let id): build = id.text
        case .release(let sequences): records = sequences.map(String.init)
        case .pin(let id, let isPinned): (checkpoint, off) = (id.description, !isPinned)
        case .purge(.undo(let id)): undo = id.description
        // Whose they are is never sent: an engine that runs refuses it.
        case .purge(.erase): break
        case .purge(.leaveOut(let selection)):
            from = selection.from.rfc3339
            to = selection.to.rfc3339
            source = selection.source
            segment = selection.segment
            arm = selection.arm?.text
            let conditions = selection.conditions.map { "\($0.name)=\($0.value)" }
            `where` = conditions.isEmpty ? nil : conditions
        }
    }

    /// Throws an `ActRefusal` that names a field without a meaning: a mistyped `dry_run` must not
    /// carry an act out.
    static func checkFields(of body: [UInt8]) throws {
        let known = [
            "reason", "dry_run", "no_wait", "to", "before", "keep_cursor", "from", "source",
            "segment", "arm", "launch", "where", "undo", "checkpoint", "off", "tier", "fault",
            "build", "origin", "alarm", "name", "feature", "owner", "until", "silence",
            "for", "step_share", "loss_rise", "golden_rise", "calibration_ratio",
            "event", "incident", "mark", "page", "step", "text", "proposal", "glass", "break_glass",
            "override", "records", "tags", "picture", "idea",
        ]
        let object = try JSONSerialization.jsonObject(with: Foundation.Data(body))
        let names = (object as? [String: Any])?.keys.sorted() ?? []
        for name in names where !known.contains(name) {
            throw ActRefusal(
                "the body has an unknown field \(name); known: \(known.joined(separator: ", "))")
        }
    }

    /// The act that a request asks for; throws an `ActRefusal` that says what is missing.
    func request(_ actName: String, _ scope: ActScope, user: String) throws -> ActRequest {
        let act: Act
        switch actName {
        case "stop": act = .stop
        case "resume": act = .resume
        case "rollback":
            act = .rollback(
                to: try Self.target(to: to, before: before), keepsCursor: keepCursor ?? false)
        case "purge": act = .purge(try purgeOrder())
        case "erase": throw ActRefusal(ErasureOrder.needsRest)
        case "ride_through", "ride-through": act = .rideThrough(try rideOrder())
        case "launch":
            guard let known = LaunchAct(rawValue: launch ?? "") else {
                let names = LaunchAct.allCases.map(\.rawValue).joined(separator: ", ")
                throw ActRefusal("launch: expected \(names), found \(launch ?? "nothing")")
            }
            act = .launch(known)
        case "release": act = .release(try sequences())
        case "pin":
            act = .pin(try Self.checkpoint(checkpoint ?? ""), isPinned: !(off ?? false))
        case "build":
            guard let id = BuildID(build ?? "") else {
                throw ActRefusal("build: expected a build's id, found \(build ?? "nothing")")
            }
            act = .build(id)
        case "fallback": act = .fallback(isOn: !(off ?? false), tier: try Self.tier(tier))
        case "hold": act = .hold(isOn: !(off ?? false))
        case "approve": act = .approve
        case "inject": act = .inject(try Self.fault(fault ?? ""), isOn: !(off ?? false))
        case "golden": act = .makeGolden
        case "push": act = .push(try Self.checkpoint(checkpoint ?? ""))
        case "acknowledge": act = .acknowledge(alarm: alarm)
        case "silence": act = .silence(try silenceOrder(by: user))
        case "event": act = .event(try calendarOrder())
        case "incident": act = .incident(try incidentOrder())
        case "note":
            act = .note(NoteOrder(tags: tags ?? [], picture: picture, idea: try ideaStep()))
        case "countersign":
            act = .countersign(
                try Self.named(proposal, "proposal"), isGranted: !(off ?? false))
        case "review": act = .review(try Self.named(glass, "glass"))
        case "policy": act = .reloadPolicy
        default:
            throw ActRefusal(
                "unknown act \(actName); known: \(Act.names.joined(separator: ", "))")
        }
        // The red button is never refused for want of words.
        let given = reason ?? ""
        let isSilentStop = act == .stop && given.allSatisfy(\.isWhitespace)
        var request = ActRequest(
            act: act, scope: scope, reason: isSilentStop ? "no reason given" : given,
            isDryRun: dryRun ?? false, waits: !(noWait ?? false),
            actor: Actor(user: user, from: origin ?? "control socket"))
        (request.breaksGlass, request.overrides) = (breakGlass ?? false, override ?? false)
        return request
    }

    private func ideaStep() throws -> IdeaStep? {
        guard let idea else { return nil }
        guard idea != "open" else { return IdeaStep() }
        let launch = try launch.map { text in
            guard let id = LaunchID(text) else {
                throw ActRefusal("launch: expected an id such as shop-l0001, found \(text)")
            }
            return id
        }
        return IdeaStep(closes: idea, launch: launch)
    }

    private func sequences() throws -> [UInt64] {
        try (records ?? []).map { text in
            guard let sequence = UInt64(text) else {
                throw ActRefusal("records: expected sequences of records, found \(text)")
            }
            return sequence
        }
    }

    /// From inclusive, to exclusive.
    private func window(_ what: String) throws -> (Instant, Instant) {
        guard let from, let to else { throw ActRefusal("\(what) needs a window: from and to") }
        guard let start = Instant(text: from) else {
            throw ActRefusal("from: expected RFC 3339 or seconds since 1970, found \(from)")
        }
        guard let end = Instant(text: to) else {
            throw ActRefusal("to: expected RFC 3339 or seconds since 1970, found \(to)")
        }
        guard start < end else {
            throw ActRefusal("expected a window that ends after it begins: \(from) to \(to)")
        }
        return (start, end)
    }

    /// What a calendar is to change; throws an `ActRefusal` that says what is missing.
    package func calendarOrder() throws -> CalendarOrder {
        guard let event else { throw ActRefusal("event: expected a text, or with off an id") }
        if off == true { return .remove(event) }
        let (start, end) = try window("an event")
        return .add(text: event, from: start, to: end)
    }

    package init(event: String, from: String, to: String) {
        (self.event, self.from, self.to) = (event, from, to)
    }

    /// What a silence is to change; throws an `ActRefusal` that says what is missing. It is whose
    /// who asks, if nobody else is named.
    package func silenceOrder(by user: String) throws -> SilenceOrder {
        if let silence {
            guard [name, feature, segment, owner, until].allSatisfy({ $0 == nil }) else {
                throw ActRefusal("a silence that is to end needs nothing but its id")
            }
            return .end(silence)
        }
        guard let until, let end = Instant(text: until) else {
            throw ActRefusal(
                "until: expected RFC 3339 or seconds since 1970, found \(until ?? "nothing")")
        }
        return .begin(
            AlarmMatch(name: name, feature: feature, segment: segment), owner: owner ?? user,
            until: end)
    }

    package init(name: String?, feature: String?, segment: String?, owner: String?, until: String) {
        (self.name, self.feature, self.segment) = (name, feature, segment)
        (self.owner, self.until) = (owner, until)
    }

    /// What a purge is to change; throws an `ActRefusal` that says what is missing.
    package func purgeOrder() throws -> PurgeOrder {
        if let undo {
            guard [from, to, source, segment, arm].allSatisfy({ $0 == nil }), `where` == nil else {
                throw ActRefusal("undo takes back a purge as it was made: no window with it")
            }
            guard let id = ExclusionID(undo) else {
                throw ActRefusal("expected a purge's id such as shop-p0001, found \(undo)")
            }
            return .undo(id)
        }
        let (start, end) = try window("a purge")
        let conditions = try (`where` ?? []).map { text in
            guard let condition = FeatureCondition(text: text) else {
                throw ActRefusal("where: expected NAME=VALUE, found \(text)")
            }
            return condition
        }
        let served = try arm.map { text in
            guard let arm = ArmName(text), arm.code > 0 else {
                let known = ArmName.coded.map(\.text).joined(separator: ", ")
                throw ActRefusal("arm: expected one of \(known), found \(text)")
            }
            return arm
        }
        return .leaveOut(
            ExampleSelection(
                from: start, to: end, source: source, segment: segment, arm: served,
                conditions: conditions))
    }

    package init(
        from: String?, to: String?, source: String?, segment: String?, arm: String? = nil,
        where conditions: [String], undo: String?
    ) {
        (self.from, self.to, self.undo) = (from, to, undo)
        (self.source, self.segment, self.arm) = (source, segment, arm)
        `where` = conditions.isEmpty ? nil : conditions
    }

    /// The tier that a text names; a model's own tier is no fallback.
    package static func tier(_ text: String?) throws -> ServingTier? {
        guard let text else { return nil }
        guard let tier = ServingTier(rawValue: text), tier != .model else {
            throw ActRefusal("tier: expected last_good, table or constant, found \(text)")
        }
        return tier
    }

    package static func fault(_ text: String) throws -> FaultName {
        guard let fault = FaultName(rawValue: text) else {
            let known = FaultName.allCases.map(\.rawValue).joined(separator: ", ")
            throw ActRefusal("fault: expected one of \(known), found \(text)")
        }
        return fault
    }

    private static func checkpoint(_ text: String) throws -> CheckpointID {
        guard let id = CheckpointID(text) else {
            throw ActRefusal("expected a checkpoint's id such as shop-000042, found \(text)")
        }
        return id
    }

    /// How a rollback names the newest checkpoint from before all that is wrong.
    package static let lastHealthy = "last-healthy"

    /// A rollback's target from the two ways to name one.
    package static func target(to: String?, before: String?) throws -> RollbackTarget {
        switch (to, before) {
        case (lastHealthy?, nil): return .lastHealthy
        case (let to?, nil):
            return .checkpoint(try checkpoint(to))
        case (nil, let before?):
            guard let time = Instant(text: before) else {
                throw ActRefusal("expected RFC 3339 or seconds since 1970, found \(before)")
            }
            return .before(time)
        case (nil, nil), (_?, _?):
            throw ActRefusal("a rollback needs a checkpoint or a time to go back before")
        }
    }
}

/// The answer to an act.
package struct ActReply: Codable, Sendable {
    /// "done", "would_do", "proposed" where it waits for a second person, or "refused".
    package var outcome: String
    package var effects: [ActEffect]
    package var message: String?

    package init(_ outcome: ActOutcome) {
        switch outcome {
        case .done(let effects):
            let isProposed = effects.contains { $0.isProposed == true }
            self.outcome = isProposed ? "proposed" : "done"
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
        case "done", "proposed": .done(effects)
        case "would_do": .wouldDo(effects)
        default: .refused(message ?? "the engine gave no reason")
        }
    }
}
