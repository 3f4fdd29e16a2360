import Governing
import Operation
import Paging
import TOMLKit
import Vocabulary

/// Reads a policy file against what there is to have a policy on.
package struct PolicyFile: Sendable {
    private let models: [ModelName]
    private let paging: EscalationPolicy
    /// Nil where users and groups are taken as they are: of a file that was taken over already.
    private let directory: UnixDirectory?

    package init(
        models: [ModelName], paging: EscalationPolicy, directory: UnixDirectory?
    ) {
        (self.models, self.paging, self.directory) = (models, paging, directory)
    }

    /// Throws a `ConfigurationFault` that names the file with its line, and the field.
    package func read(_ text: String, file: String) throws -> CrisisPolicy {
        let table = try TOMLReader(toml: text, file: file)
        let lines = TOMLLines(text)
        do {
            let policy = try policy(table)
            try policy.check { people(who: $0, policy) }
            return policy
        } catch let fault as PolicyFault {
            throw lines.located(
                ConfigurationFault(file: file, key: fault.field, text: fault.text))
        } catch let fault as ConfigurationFault {
            throw lines.located(fault)
        }
    }

    private func policy(_ reader: TOMLReader) throws -> CrisisPolicy {
        var reader = reader
        var policy = CrisisPolicy()
        for (name, section) in try reader.tables("roles") {
            policy.roles.append(try role(name, section))
        }
        policy.twoPeople = try Self.names(&reader, "two_people", of: CrisisPolicy.everything)
        policy.nobodyMay = try Self.names(&reader, "nobody_may", of: CrisisPolicy.everything)
        if let lasts = try Self.limit(&reader, "proposal_lasts") { policy.proposalLasts = lasts }
        policy.resumeNeeds = try reader.strings("resume_needs") ?? policy.resumeNeeds
        if var section = try reader.table("incident") {
            policy.limits.acknowledgedWithin = try Self.limit(&section, "acknowledge_within")
            policy.limits.mitigatedWithin = try Self.limit(&section, "mitigate_within")
            policy.limits.resolvedWithin = try Self.limit(&section, "resolve_within")
            try section.finish()
        }
        for section in try reader.list("rules") {
            policy.rules.append(try rule(section, policy.roles))
        }
        try reader.finish()
        return policy
    }

    /// A duration of more than nothing.
    private static func limit(_ section: inout TOMLReader, _ key: String) throws -> Span? {
        guard let span = try section.span(key) else { return nil }
        guard span > .zero else { throw section.fault(key, "more than nothing") }
        return span
    }

    private static func names(
        _ section: inout TOMLReader, _ key: String, of known: [String]
    ) throws -> [String] {
        let names = try section.strings(key) ?? []
        for (index, name) in names.enumerated() {
            guard known.contains(name) else {
                throw section.fault(
                    "\(key)[\(index)]",
                    "one of \(known.joined(separator: ", ")), found \"\(name)\"")
            }
            guard !names[..<index].contains(name) else {
                throw section.fault("\(key)[\(index)]", "each once, found \"\(name)\" again")
            }
        }
        return names
    }

    private func role(_ name: String, _ section: TOMLReader) throws -> RoleReport {
        var section = section
        let role = RoleReport(
            name: name, users: try section.strings("users") ?? [],
            groups: try section.strings("groups") ?? [],
            may: try Self.names(&section, "may", of: CrisisPolicy.everything + ["*"]))
        try section.finish()
        guard !role.may.isEmpty else { throw section.fault("may", "at least one act") }
        guard let directory else { return role }
        for (index, user) in role.users.enumerated() where !directory.hasUser(user) {
            throw section.fault("users[\(index)]", "a user of this machine, found \"\(user)\"")
        }
        for (index, group) in role.groups.enumerated() where !directory.hasGroup(group) {
            throw section.fault("groups[\(index)]", "a group of this machine, found \"\(group)\"")
        }
        return role
    }

    private func rule(_ section: TOMLReader, _ roles: [RoleReport]) throws -> PolicyRule {
        var section = section
        guard let name = try section.string("name"), !name.isEmpty, name.count <= 80 else {
            throw section.fault("name", "a name of at most 80 letters")
        }
        let metricName = try section.string("metric") ?? ""
        guard let metric = PolicyMetric(rawValue: metricName) else {
            let known = PolicyMetric.allCases.map(\.rawValue).joined(separator: ", ")
            throw section.fault("metric", "one of \(known), found \"\(metricName)\"")
        }
        let above = try threshold(&section, "above", metric)
        let below = try threshold(&section, "below", metric)
        let bound: PolicyRule.Bound
        switch (above, below) {
        case (let above?, nil): bound = .above(above)
        case (nil, let below?): bound = .below(below)
        case (nil, nil), (_?, _?): throw section.fault("", "either above or below")
        }
        var rule = PolicyRule(name: name, metric: metric, bound: bound)
        if let text = try section.string("model") {
            guard let model = models.first(where: { $0.text == text }) else {
                throw section.fault("model", "a model that there is, found \"\(text)\"")
            }
            rule.model = model
        }
        if let lasts = try section.span("for") { rule.lasts = lasts }
        rule.requires = try Self.names(&section, "requires", of: Act.powerNames)
        rule.allows = try Self.names(&section, "allows", of: Act.powerNames)
        try readWakes(&rule, &section, roles)
        if let text = try section.string("severity") {
            guard let severity = AlarmSeverity(rawValue: text) else {
                throw section.fault("severity", "critical, warning or notice, found \"\(text)\"")
            }
            rule.severity = severity
        }
        try section.finish()
        return rule
    }

    private func readWakes(
        _ rule: inout PolicyRule, _ section: inout TOMLReader, _ roles: [RoleReport]
    ) throws {
        rule.wakes = try section.strings("wakes") ?? []
        for (index, name) in rule.wakes.enumerated() {
            let isPaged =
                paging.receivers[name] != nil || paging.people[name] != nil
                || paging.rotas[name] != nil
            if isPaged {
                rule.pages.append(name)
            } else if let role = roles.first(where: { $0.name == name }) {
                rule.pages += role.users.filter { paging.people[$0] != nil }
            } else {
                throw section.fault(
                    "wakes[\(index)]",
                    "a role, or a rota, person or receiver of [paging], found \"\(name)\"")
            }
        }
        rule.severity = rule.wakes.isEmpty ? .warning : .critical
    }

    /// A number, or a duration where the figure is one.
    private func threshold(
        _ section: inout TOMLReader, _ key: String, _ metric: PolicyMetric
    ) throws -> Double? {
        if metric.isDuration { return try section.span(key).map(\.seconds) }
        return try section.number(key, -1e15...1e15)
    }

    /// How many people could do an act; nil where a group's members cannot be listed.
    private func people(who power: String, _ policy: CrisisPolicy) -> Int? {
        guard let directory else { return nil }
        var found: Set<String> = []
        for role in policy.roles where role.allows(power) {
            found.formUnion(role.users)
            for group in role.groups {
                let members = directory.members(group)
                // Directories over the network list nobody.
                if members.isEmpty { return nil }
                found.formUnion(members)
            }
        }
        return found.count
    }
}
