import Vocabulary

/// People who may do the same, by Unix users and groups.
package struct RoleReport: Codable, Sendable, Equatable {
    package var name: String
    package var users: [String]
    package var groups: [String]
    /// Names of acts, `override`, `break_glass`; `*` for all.
    package var may: [String]

    package init(name: String, users: [String], groups: [String], may: [String]) {
        (self.name, self.users, self.groups, self.may) = (name, users, groups, may)
    }

    package func allows(_ power: String) -> Bool { may.contains("*") || may.contains(power) }
}

/// A rule of the policy, and how it stands with one model.
package struct RuleReport: Codable, Sendable, Equatable {
    package var rule: String
    package var model: ModelName
    package var metric: String
    /// Nil where the figure cannot be told.
    package var value: Double?
    package var unit: String
    /// In words: "above 12h 00m".
    package var bound: String
    package var holds: Bool
    /// Event time; nil while it does not hold.
    package var since: Instant?
    package var requires: [String]
    package var allows: [String]
    package var wakes: [String]

    package init(
        rule: String, model: ModelName, metric: String, value: Double?, unit: String,
        bound: String, requires: [String], allows: [String], wakes: [String]
    ) {
        (self.rule, self.model, self.metric, self.value) = (rule, model, metric, value)
        (self.unit, self.bound, self.holds) = (unit, bound, false)
        (self.requires, self.allows, self.wakes) = (requires, allows, wakes)
    }
}

/// The policy that is in force.
package struct PolicyReport: Codable, Sendable, Equatable {
    package var file: String
    /// SHA-256 of its text, in hex.
    package var digest: String
    /// Wall time since which it is in force.
    package var since: Instant
    package var roles: [RoleReport]
    /// Acts that need two people.
    package var twoPeople: [String]
    package var limits: IncidentLimits
    /// Why the file as it is now is not in force; nil if it is.
    package var pending: String?
    package var rules: [RuleReport] = []

    package init(
        file: String, digest: String, since: Instant, roles: [RoleReport], twoPeople: [String],
        limits: IncidentLimits
    ) {
        (self.file, self.digest, self.since) = (file, digest, since)
        (self.roles, self.twoPeople, self.limits) = (roles, twoPeople, limits)
    }
}

/// An act that waits for a second person.
package struct ProposalReport: Codable, Sendable, Equatable {
    package var id: String
    package var act: String
    package var models: [ModelName]
    package var by: String
    package var reason: String
    /// What it would do, as it was previewed.
    package var text: String
    package var at: Instant
    package var expires: Instant

    package init(
        id: String, act: String, models: [ModelName], by: String, reason: String, text: String,
        at: Instant, expires: Instant
    ) {
        (self.id, self.act, self.models, self.by) = (id, act, models, by)
        (self.reason, self.text, self.at, self.expires) = (reason, text, at, expires)
    }
}

/// An act of two people that one did alone.
package struct GlassReport: Codable, Sendable, Equatable {
    package var id: String
    package var act: String
    package var model: ModelName
    package var by: String
    package var reason: String
    package var at: Instant

    package init(
        id: String, act: String, model: ModelName, by: String, reason: String, at: Instant
    ) {
        (self.id, self.act, self.model) = (id, act, model)
        (self.by, self.reason, self.at) = (by, reason, at)
    }
}

/// One thing to look at before training goes on.
package struct PreflightCheck: Codable, Sendable, Equatable {
    /// Not knowing is a state of its own.
    package enum State: String, Codable, Sendable {
        case good
        case open
        case unknown
    }

    /// "data", "cause", "detectors", "people".
    package var name: String
    package var state: State
    package var text: String
    /// True where training must not go on before it is good.
    package var blocks: Bool

    package init(name: String, state: State, text: String, blocks: Bool = false) {
        (self.name, self.state, self.text, self.blocks) = (name, state, text, blocks)
    }
}

/// Who may do what, and what is under way about it.
package struct AuthorityReport: Codable, Sendable, Equatable {
    /// The user who owns the engine.
    package var owner: String
    /// Nil without a policy: then the owner and root may do everything, and nobody else anything.
    package var policy: PolicyReport?
    package var proposals: [ProposalReport] = []
    /// Not reviewed yet.
    package var glass: [GlassReport] = []
    /// The open ones, oldest first.
    package var incidents: [Incident] = []

    package init(owner: String) {
        self.owner = owner
    }

    /// The roles that somebody has, by name.
    package static func roles(
        of user: String, in groups: () -> [String], among roles: [RoleReport]
    ) -> [RoleReport] {
        var known: [String]?
        return roles.filter { role in
            if role.users.contains(user) { return true }
            guard !role.groups.isEmpty else { return false }
            let mine = known ?? groups()
            known = mine
            return role.groups.contains { mine.contains($0) }
        }
    }

    /// Why somebody may not do an act, or has no such power; nil if they may.
    package func objection(
        to power: String, by user: String, in groups: () -> [String]
    ) -> String? {
        let isOwner = user == owner || user == "root"
        guard let policy else { return isOwner ? nil : "\(user) may look, not act" }
        // Who owns the process can end it: the red button is no more than that.
        if power == "stop", isOwner { return nil }
        let mine = Self.roles(of: user, in: groups, among: policy.roles)
        // A second person has to be one who may do the act itself: that is asked of the act.
        if power == "countersign", !mine.isEmpty { return nil }
        if mine.contains(where: { $0.allows(power) }) { return nil }
        let who = mine.isEmpty ? "has no role" : "is \(mine.map(\.name).joined(separator: ", "))"
        let able = policy.roles.filter { $0.allows(power) }.map(\.name)
        let others = able.isEmpty ? "nobody may" : "\(able.joined(separator: ", ")) may"
        return "\(user) \(who) and may not \(power); \(others)"
    }
}
