import Governing
import Operation
import Testing
import Vocabulary

@Suite("What was agreed beforehand")
struct PolicyTests {
    /// A policy that holds together: q1 and q2 on quality, and half a day of age.
    static func policy() -> CrisisPolicy {
        var policy = CrisisPolicy()
        policy.roles = [
            RoleReport(name: "leader", users: ["ana", "kim"], groups: [], may: ["*"]),
            RoleReport(name: "responder", users: ["ben"], groups: ["oncall"], may: ["stop"]),
        ]
        policy.twoPeople = ["resume"]
        var first = PolicyRule(name: "q1", metric: .quality, bound: .below(0.2))
        first.requires = ["fallback"]
        var second = PolicyRule(name: "q2", metric: .quality, bound: .below(0))
        second.wakes = ["leader"]
        second.severity = .critical
        let age = PolicyRule(name: "age", metric: .staleness, bound: .above(43_200))
        policy.rules = [age, first, second]
        return policy
    }

    private func fault(_ change: (inout CrisisPolicy) -> Void) -> PolicyFault? {
        var policy = Self.policy()
        change(&policy)
        do throws(PolicyFault) {
            try policy.check { _ in 2 }
            return nil
        } catch {
            return error
        }
    }

    @Test("What holds together is taken")
    func takes() {
        #expect(fault { _ in } == nil)
    }

    @Test("The stricter threshold with the milder response is a contradiction")
    func findsMilder() {
        let swapped = fault { policy in
            (policy.rules[1].bound, policy.rules[2].bound) =
                (policy.rules[2].bound, policy.rules[1].bound)
        }
        #expect(swapped?.field == "rules[2]" && swapped?.text.contains("milder") == true)
        let soft = fault { $0.rules[2].severity = .notice }
        #expect(soft?.text.contains("milder") == true)
        let same = fault { $0.rules[2].bound = $0.rules[1].bound }
        #expect(same?.text.contains("same threshold") == true)
    }

    @Test("Two rules that can both hold order no opposite acts")
    func findsOpposites() {
        let between = fault { policy in
            policy.rules[0].requires = ["push"]
        }
        #expect(between?.field == "rules[1].requires")
        let within = fault { $0.rules[1].requires = ["stop", "resume"] }
        #expect(within?.text.contains("both stop and resume") == true)
        // Not of one figure that is never high and low at once.
        #expect(
            fault { policy in
                policy.rules[0] = PolicyRule(name: "good", metric: .quality, bound: .above(0.5))
                policy.rules[0].requires = ["push"]
            } == nil)
    }

    @Test("A threshold that tells nothing, a gap and a role of nobody are refused, by their field")
    func findsGaps() {
        #expect(fault { $0.rules[1].bound = .below(-2e6) }?.field == "rules[1].below")
        #expect(fault { $0.rules[0].bound = .above(-1) }?.field == "rules[0].above")
        #expect(fault { $0.roles[0].may = ["stop", "resume"] }?.text.contains("a gap") == true)
        #expect(
            fault {
                $0.roles[1].users = []; $0.roles[1].groups = []
            }?.field
                == "roles.responder")
        #expect(fault { $0.twoPeople = ["stop"] }?.field == "two_people[0]")
        #expect(fault { $0.nobodyMay = ["purge"] }?.field == "nobody_may[0]")
        #expect(fault { $0.roles = [] }?.field == "roles")
        #expect(fault { $0.resumeNeeds = ["luck"] }?.field == "resume_needs[0]")
        #expect(
            fault {
                $0.limits.acknowledgedWithin = .hours(2)
                $0.limits.resolvedWithin = .hours(1)
            }?.field == "incident.resolve_within")
        let policy = Self.policy()
        #expect(throws: PolicyFault.self) { try policy.check { _ in 1 } }
        #expect(throws: Never.self) { try policy.check { _ in nil } }
    }

    private func model(quality: Double?, at time: Instant) throws -> ModelReport {
        let name = try #require(ModelName("shop"))
        var metrics = ModelMetrics()
        metrics.logLoss = quality.map { 0.5 * (1 - $0) }
        metrics.baseRateEntropy = 0.5
        return ModelReport(
            name: name,
            training: TrainingReport(
                state: .running, since: time, by: "", reason: "", cursor: 0, behind: 0),
            pushing: .open, serving: ServingReport(mode: .model, checkpoint: nil, arms: [:]),
            stalenessSeconds: 60, stalenessLimitSeconds: 7200, metrics: metrics,
            counts: StreamCounts(), eventTime: time, labelWatermark: nil, alarms: [],
            checkpoints: [], series: [])
    }

    @Test("A rule holds once its figure has lain beyond for long enough, and pre-approves its acts")
    func holds() throws {
        var policy = Self.policy()
        policy.rules[1].lasts = .minutes(5)
        var watch = RuleWatch()
        let start = Instant(microseconds: 1_790_000_000_000_000)
        let name = try #require(ModelName("shop"))
        func look(_ quality: Double?, _ minute: Int) throws -> [RuleReport] {
            let now = start + .minutes(minute)
            return watch.look(policy, [try model(quality: quality, at: now)], at: now)
        }
        #expect(try look(0.1, 0).allSatisfy { !$0.holds })
        #expect(try look(0.1, 4).allSatisfy { !$0.holds })
        // A figure that cannot be told ends nothing.
        #expect(try look(nil, 5).map(\.holds) == [false, true, false])
        let reports = try look(0.1, 6)
        #expect(reports.map(\.holds) == [false, true, false])
        #expect(reports[1].since == start)
        #expect(CrisisPolicy.preapproval(of: "fallback", on: name, by: reports) == "q1")
        #expect(CrisisPolicy.preapproval(of: "purge", on: name, by: reports) == nil)
        #expect(policy.alarm(of: reports[1], owner: "")?.text.contains("orders: fallback") == true)
        #expect(try look(0.3, 7).allSatisfy { !$0.holds })
        #expect(try look(-0.5, 8).map(\.holds) == [false, false, true])
    }

    @Test("Who may: by user, by group, not at all; and the owner may always stop")
    func knowsRoles() {
        var report = AuthorityReport(owner: "spindle")
        #expect(report.objection(to: "purge", by: "spindle") { [] } == nil)
        #expect(report.objection(to: "purge", by: "root") { [] } == nil)
        #expect(report.objection(to: "stop", by: "eve") { [] } == "eve may look, not act")
        report.policy = PolicyReport(
            file: "f", digest: "", since: Instant(microseconds: 0), roles: Self.policy().roles,
            twoPeople: [], limits: IncidentLimits())
        #expect(report.objection(to: "purge", by: "ana") { [] } == nil)
        #expect(report.objection(to: "stop", by: "eve") { ["oncall"] } == nil)
        let text = report.objection(to: "purge", by: "eve") { ["oncall"] }
        #expect(text == "eve is responder and may not purge; leader may")
        #expect(report.objection(to: "purge", by: "spindle") { [] } != nil)
        #expect(report.objection(to: "stop", by: "spindle") { [] } == nil)
    }
}
