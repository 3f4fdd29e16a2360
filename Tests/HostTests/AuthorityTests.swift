import Foundation
import Governing
import Host
import Operation
import Testing
import Vocabulary

/// A state directory with a policy, and people at it.
private final class PolicyBench {
    private let folder: ScratchFolder
    private let model: ModelName

    init(_ policy: String? = nil) throws {
        folder = try ScratchFolder()
        model = try #require(ModelName("m"))
        try FileManager.default.createDirectory(
            atPath: folder.path + "/state", withIntermediateDirectories: true)
        try write(policy ?? Self.policy)
    }

    static let policy = """
        two_people = ["purge", "override"]
        [roles.leader]
        users = ["ana", "kim"]
        may = ["*"]
        [roles.responder]
        groups = ["oncall"]
        may = ["stop", "resume", "purge", "rollback", "incident", "break_glass"]
        """

    func write(_ policy: String) throws {
        _ = try folder.write("state/policy.toml", policy)
    }

    func open() throws -> StateFolder {
        var world = HostWorld.local
        world.directory = PolicyFileTests.directory
        return try StateFolder(folder.path + "/state", world: world, mayCreate: true) { _ in
            try SpindleConfiguration(
                toml: "[models.m]\ncheckpoint_examples = 500", file: "test")
        }
    }

    func act(
        _ act: Act, by user: String, alone: Bool = false, override: Bool = false,
        isDryRun: Bool = false
    ) throws -> ActOutcome {
        var request = ActRequest(
            act: act, scope: .model(model), reason: "why", isDryRun: isDryRun,
            actor: Actor(user: user, from: "tty"))
        (request.breaksGlass, request.overrides) = (alone, override)
        return try Acts.performAtRest(request, on: try open())
    }

    /// Why somebody's act was refused; nil if it was not.
    func refusal(
        _ act: Act, by user: String, alone: Bool = false, override: Bool = false
    ) throws -> String? {
        let outcome = try self.act(act, by: user, alone: alone, override: override)
        if case .refused(let text) = outcome { return text }
        return nil
    }

    func snapshot() throws -> Snapshot { Acts.snapshotAtRest(try open()) }

    func journal() throws -> [JournalEntry] { try open().journal.tail(100).reversed() }

    var purge: Act {
        .purge(
            .leaveOut(
                ExampleSelection(
                    from: Instant(microseconds: 0), to: Instant(microseconds: 1_000_000),
                    source: nil, segment: nil, conditions: [])))
    }
}

@Suite("Authority")
struct AuthorityTests {
    @Test("Who has no such role is refused with the reason, and the journal says so")
    func refusesRoles() throws {
        let bench = try PolicyBench()
        let text = try bench.refusal(.makeGolden, by: "ben")
        #expect(text == "ben is responder and may not golden; leader may")
        #expect(try bench.refusal(.stop, by: "zed")?.contains("has no role") == true)
        let entries = try bench.journal().filter { $0.act == "refuse" }
        #expect(entries.map(\.by) == ["ben", "zed"])
        #expect(entries.first?.effect.contains(text ?? "none") == true)
        #expect(try bench.refusal(.stop, by: "ben") == nil)
    }

    @Test("Without a policy the owner may do everything, and nobody else anything")
    func ownerAlone() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600)
        #expect(try bench.refusal(.stop) == nil)
        var request = bench.request(.resume)
        request.actor = Actor(user: "eve", from: "tty", groups: [])
        let outcome = try Acts.performAtRest(request, on: try bench.open())
        #expect(outcome == .refused("eve may look, not act"))
    }

    @Test("An act of two waits for another person: the same one twice is refused")
    func needsTwo() throws {
        let bench = try PolicyBench()
        let outcome = try bench.act(bench.purge, by: "ben")
        #expect(outcome.effects.first?.isProposed == true)
        #expect(try bench.snapshot().models[0].exclusions.isEmpty)
        let sign = Act.countersign("p1", isGranted: true)
        #expect(try bench.refusal(sign, by: "ben")?.contains("not the same one twice") == true)
        #expect(try bench.refusal(sign, by: "zed") != nil)
        #expect(try bench.refusal(sign, by: "kim") == nil)
        #expect(try bench.snapshot().models[0].exclusions.count == 1)
        let done = try bench.journal().last { $0.act == "purge" }
        #expect(done?.by == "ben" && done?.reason == "why (countersigned by kim: why)")
        #expect(try bench.refusal(sign, by: "ana") == "there is no proposal p1")
    }

    @Test("A proposal is stale once what it was previewed on has changed")
    func refusesStale() throws {
        let bench = try PolicyBench()
        _ = try bench.act(bench.purge, by: "ben")
        #expect(try bench.refusal(.stop, by: "lou") == nil)
        let text = try bench.refusal(.countersign("p1", isGranted: true), by: "kim")
        #expect(text?.contains("p1 is stale: m: then training is not stopped") == true)
        #expect(try bench.snapshot().models[0].exclusions.isEmpty)
        #expect(try bench.snapshot().authority?.proposals.isEmpty == true)
    }

    @Test("Glass that was broken alarms, beyond a restart, until somebody else has reviewed it")
    func breaksGlass() throws {
        let bench = try PolicyBench()
        #expect(try bench.refusal(bench.purge, by: "ben", alone: true) == nil)
        #expect(try bench.snapshot().models[0].exclusions.count == 1)
        let alarms = { try bench.snapshot().models[0].alarms.map(\.name) }
        #expect(try alarms().contains("glass_broken"))
        #expect(try bench.journal().contains { $0.act == "break_glass" && $0.by == "ben" })
        #expect(try bench.refusal(.review("g1"), by: "ben") != nil)
        #expect(try alarms().contains("glass_broken"))
        #expect(try bench.refusal(.review("g1"), by: "ana") == nil)
        #expect(try !alarms().contains("glass_broken"))
        // Who has broken it does not review it, whatever their role.
        #expect(try bench.refusal(bench.purge, by: "ana", alone: true) == nil)
        #expect(try bench.refusal(.review("g2"), by: "ana")?.contains("somebody else") == true)
    }

    @Test("A resume before a purge that is proposed or needed is refused; authority overrides")
    func keepsTheOrder() throws {
        let bench = try PolicyBench(
            PolicyBench.policy.replacingOccurrences(of: ", \"override\"]", with: "]"))
        #expect(try bench.refusal(.stop, by: "ben") == nil)
        _ = try bench.act(bench.purge, by: "ben")
        let text = try bench.refusal(.resume, by: "ben")
        #expect(text?.contains("the purge p1 is proposed") == true)
        #expect(try bench.act(.countersign("p1", isGranted: false), by: "ben").effects.count == 1)
        _ = try bench.act(.incident(.open), by: "ben")
        _ = try bench.act(.incident(.note("i1", .purgeNeeded)), by: "ben")
        let dry = try bench.act(.resume, by: "ben", isDryRun: true)
        let checks = dry.effects.first?.checks ?? []
        #expect(checks.map(\.name) == ["data", "cause", "detectors", "people"])
        #expect(checks.first?.blocks == true)
        #expect(try bench.refusal(.resume, by: "ben")?.contains("needs a purge first") == true)
        #expect(
            try bench.refusal(.resume, by: "ben", override: true)
                == "ben is responder and may not override; leader may")
        let asked = try bench.act(.resume, by: "ben", override: true, isDryRun: true)
        #expect(asked == .refused("ben is responder and may not override; leader may"))
        #expect(try bench.refusal(.resume, by: "ana", override: true) == nil)
        let resumed = try bench.journal().last { $0.act == "resume" }
        #expect(resumed?.reason.contains("against the order of steps") == true)
        // Declared unneeded, it is in order.
        #expect(try bench.refusal(.stop, by: "ben") == nil)
        _ = try bench.act(.incident(.note("i1", .purgeUnneeded)), by: "ben")
        #expect(try bench.refusal(.resume, by: "ben") == nil)
    }

    @Test("A policy that is edited during an incident waits for its end, or for an authority")
    func holdsEditsBack() throws {
        let bench = try PolicyBench()
        _ = try bench.act(.incident(.open), by: "ben")
        try bench.write(
            PolicyBench.policy.replacingOccurrences(of: "\"incident\", ", with: "\"golden\", "))
        let report = try bench.snapshot().authority
        #expect(report?.policy?.pending?.contains("was edited") == true)
        #expect(report?.policy?.roles.last?.may.contains("golden") == false)
        #expect(try bench.snapshot().models[0].alarms.map(\.name).contains("policy_pending"))
        #expect(try bench.refusal(.reloadPolicy, by: "ben")?.contains("may not policy") == true)
        #expect(try bench.refusal(.reloadPolicy, by: "ana") == nil)
        #expect(try bench.snapshot().authority?.policy?.pending == nil)
        #expect(try bench.snapshot().authority?.policy?.roles.last?.may.contains("golden") == true)
        // Also nonsense waits, and is refused by itself.
        try bench.write("nonsense = 1")
        #expect(try bench.refusal(.reloadPolicy, by: "ana")?.contains("nonsense") == true)
        #expect(try bench.snapshot().authority?.policy?.roles.count == 2)
        _ = try bench.act(.incident(.close("i1")), by: "ana")
        #expect(throws: ConfigurationFault.self) { _ = try bench.open() }
    }

    @Test("An engine does not start with a policy that cannot be used; file, line, field are told")
    func refusesAtStart() throws {
        let bench = try PolicyBench(
            "two_people = [\"stop\"]\n[roles.a]\nusers = [\"ana\"]\nmay = [\"*\"]")
        do {
            _ = try bench.open()
            Issue.record("it started")
        } catch let fault as ConfigurationFault {
            #expect(fault.file.hasSuffix("/policy.toml:1"))
            #expect(fault.key == "two_people[0]")
        }
    }
}
