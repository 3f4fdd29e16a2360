import Operation
import Vocabulary

/// What does not hold together in a policy: where, and why.
package struct PolicyFault: Error, Equatable {
    /// The field, as in the file: "rules[1].above".
    package var field: String
    package var text: String

    package init(_ field: String, _ text: String) {
        (self.field, self.text) = (field, text)
    }
}

extension CrisisPolicy {
    /// Acts that undo each other: no figure may call for both.
    private static let opposites: [(String, String)] = [
        ("stop", "resume"), ("stop", "push"), ("fallback", "push"), ("hold", "push"),
        ("hold", "approve"), ("rollback", "ride_through"), ("stop", "ride_through"),
    ]

    /// Throws the first contradiction, gap or threshold without a meaning. `people` counts those
    /// who could do an act: nil where they cannot be counted.
    package func check(people: (String) -> Int?) throws(PolicyFault) {
        try checkRoles(people)
        for index in rules.indices { try check(index) }
        for (index, rule) in rules.enumerated() {
            for (other, earlier) in rules[..<index].enumerated() where rule.overlaps(earlier) {
                try check(rule, at: index, beside: earlier, at: other)
            }
        }
    }

    private func checkRoles(_ people: (String) -> Int?) throws(PolicyFault) {
        guard !roles.isEmpty else {
            throw PolicyFault("roles", "expected at least one role: nobody could act")
        }
        for role in roles where role.users.isEmpty && role.groups.isEmpty {
            throw PolicyFault(
                "roles.\(role.name)", "nobody has this role: expected users or groups")
        }
        for (index, act) in nobodyMay.enumerated() where act == "stop" || mayAnybody(act) {
            throw PolicyFault(
                "nobody_may[\(index)]",
                act == "stop"
                    ? "a stop has to be somebody's" : "a contradiction: a role may \(act)")
        }
        for act in Self.everything where !mayAnybody(act) {
            guard !Self.powers.contains(act), !nobodyMay.contains(act) else { continue }
            throw PolicyFault(
                "roles", "a gap: no role may \(act); give it to one, or name it in nobody_may")
        }
        for (index, act) in twoPeople.enumerated() {
            let field = "two_people[\(index)]"
            guard act != "stop" else {
                throw PolicyFault(field, "a stop never needs a second person")
            }
            guard mayAnybody(act) else { throw PolicyFault(field, "a gap: no role may \(act)") }
            if let count = people(act), count < 2 {
                throw PolicyFault(
                    field, "a gap: \(count) person may \(act), which needs two of them")
            }
        }
        for (index, check) in resumeNeeds.enumerated() where !Self.checks.contains(check) {
            let known = Self.checks.joined(separator: ", ")
            throw PolicyFault("resume_needs[\(index)]", "expected one of \(known), found \(check)")
        }
        try checkClock()
    }

    private func checkClock() throws(PolicyFault) {
        try check(
            limits.acknowledgedWithin, "acknowledge_within", isNotAfter: limits.mitigatedWithin,
            "mitigate_within")
        try check(
            limits.mitigatedWithin, "mitigate_within", isNotAfter: limits.resolvedWithin,
            "resolve_within")
        try check(
            limits.acknowledgedWithin, "acknowledge_within", isNotAfter: limits.resolvedWithin,
            "resolve_within")
    }

    private func check(
        _ early: Span?, _ earlyName: String, isNotAfter late: Span?, _ lateName: String
    ) throws(PolicyFault) {
        guard let early, let late, late < early else { return }
        throw PolicyFault("incident.\(lateName)", "a contradiction: it ends before \(earlyName)")
    }

    private func check(_ index: Int) throws(PolicyFault) {
        let rule = rules[index]
        let field = "rules[\(index)]"
        let range = rule.metric.range
        switch rule.bound {
        case .above(let value) where value >= range.upperBound || value < range.lowerBound:
            throw PolicyFault(
                field + ".above",
                "can never tell anything: \(rule.metric.rawValue) is from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        case .below(let value) where value <= range.lowerBound || value > range.upperBound:
            throw PolicyFault(
                field + ".below",
                "can never tell anything: \(rule.metric.rawValue) is from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        case .above, .below: break
        }
        for (kind, acts) in [("requires", rule.requires), ("allows", rule.allows)] {
            for (place, act) in acts.enumerated() where !mayAnybody(act) {
                throw PolicyFault("\(field).\(kind)[\(place)]", "a gap: no role may \(act)")
            }
        }
        if let (one, other) = Self.opposite(rule.requires, rule.requires) {
            throw PolicyFault(
                field + ".requires", "a contradiction: it orders both \(one) and \(other)")
        }
    }

    private static func opposite(_ left: [String], _ right: [String]) -> (String, String)? {
        opposites.first { one, other in
            left.contains(one) && right.contains(other)
                || left.contains(other) && right.contains(one)
        }
    }

    private func check(
        _ rule: PolicyRule, at index: Int, beside other: PolicyRule, at place: Int
    ) throws(PolicyFault) {
        let field = "rules[\(index)]"
        guard rule.name != other.name else {
            throw PolicyFault(field + ".name", "rules[\(place)] has this name too")
        }
        if Self.canBothHold(rule, other),
            let (one, two) = Self.opposite(rule.requires, other.requires)
        {
            throw PolicyFault(
                field + ".requires",
                "a contradiction with rules[\(place)]: together they order \(one) and \(two)")
        }
        guard rule.metric == other.metric, let isStricter = rule.bound.isStricter(than: other.bound)
        else { return }
        guard rule.bound != other.bound else {
            throw PolicyFault(field, "rules[\(place)] has the same threshold")
        }
        let (hard, soft) = isStricter ? (rule, other) : (other, rule)
        let order = AlarmSeverity.allCases
        let isMilder =
            hard.level < soft.level
            || (order.firstIndex(of: hard.severity) ?? 0)
                > (order.firstIndex(of: soft.severity) ?? 0)
        guard !isMilder else {
            throw PolicyFault(
                field,
                "a contradiction with rules[\(place)]: \"\(hard.name)\" has the stricter "
                    + "threshold, \(hard.boundText), and the milder response")
        }
    }

    private static func canBothHold(_ one: PolicyRule, _ other: PolicyRule) -> Bool {
        guard one.metric == other.metric else { return true }
        return switch (one.bound, other.bound) {
        case (.above(let low), .below(let high)), (.below(let high), .above(let low)): low < high
        case (.above, .above), (.below, .below): true
        }
    }
}
