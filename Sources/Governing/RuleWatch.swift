import Operation
import Vocabulary

/// Holds a policy's rules against the figures, and knows since when each one holds.
package struct RuleWatch: Sendable, Equatable {
    private struct Beyond: Sendable, Equatable {
        /// Event time since which the figure lies beyond the threshold.
        var since: Instant
    }

    /// By rule and model.
    private var beyond: [String: Beyond] = [:]

    package init() {}

    /// Every rule with every model that it is for, as it stands now.
    package mutating func look(
        _ policy: CrisisPolicy, _ models: [ModelReport], at now: Instant
    ) -> [RuleReport] {
        var reports: [RuleReport] = []
        var known: [String: Beyond] = [:]
        for rule in policy.rules {
            for model in models where rule.covers(model.name) {
                let key = "\(rule.name)/\(model.name)"
                let value = rule.metric.value(of: model, at: now)
                let time = model.eventTime ?? now
                var report = RuleReport(
                    rule: rule.name, model: model.name, metric: rule.metric.rawValue,
                    value: value, unit: rule.metric.unit, bound: rule.boundText,
                    requires: rule.requires, allows: rule.allows, wakes: rule.wakes)
                // A figure that cannot be told says nothing: what held before holds on.
                let isBeyond = value.map { rule.bound.isMet(by: $0) } ?? (beyond[key] != nil)
                if isBeyond {
                    let start = beyond[key] ?? Beyond(since: time)
                    known[key] = start
                    if time - start.since >= rule.lasts {
                        report.holds = true
                        report.since = start.since
                    }
                }
                reports.append(report)
            }
        }
        beyond = known
        return reports
    }
}

extension CrisisPolicy {
    /// The alarm of a rule that holds.
    package func alarm(of report: RuleReport, owner: String) -> AlarmReport? {
        guard report.holds, let since = report.since,
            let rule = rules.first(where: { $0.name == report.rule })
        else { return nil }
        let figure = report.value.map { rule.metric.words($0) } ?? "not known now"
        var text = "\(rule.name): \(rule.metric.rawValue) is \(figure), \(rule.boundText)"
        if !rule.requires.isEmpty {
            text += "; the policy orders: \(rule.requires.joined(separator: ", "))"
        }
        if !rule.allows.isEmpty {
            text += "; it allows one person: \(rule.allows.joined(separator: ", "))"
        }
        if !rule.wakes.isEmpty { text += "; it wakes \(rule.wakes.joined(separator: ", "))" }
        var alarm = AlarmReport(
            id: "\(report.model)-policy-\(Self.slug(rule.name))-\(since.microseconds / 1_000_000)",
            name: "policy_rule", text: text, since: since, severity: rule.severity, owner: owner)
        alarm.feature = rule.name
        alarm.wakes = rule.pages.isEmpty ? nil : rule.pages
        return alarm
    }

    private static func slug(_ name: String) -> String {
        String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" }.prefix(40))
    }

    /// The rule, if any, by which one person may do an act on a model now.
    package static func preapproval(
        of act: String, on model: ModelName, by reports: [RuleReport]
    ) -> String? {
        reports.first { report in
            report.holds && report.model == model
                && (report.requires.contains(act) || report.allows.contains(act))
        }?.rule
    }

    /// The most of a figure that a rule calls fine, in that a smaller one raises nothing.
    package func agreed(_ metric: PolicyMetric, of model: ModelName) -> Double? {
        rules.compactMap { rule in
            guard rule.metric == metric, rule.covers(model), case .above(let value) = rule.bound
            else { return nil }
            return value
        }.min()
    }
}
