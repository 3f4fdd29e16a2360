import Drilling
import Launching
import Testing
import Vocabulary

@Suite("Whose doing a difference is")
struct LaunchVerdictTests {
    private func verdict(
        _ candidate: Direction, _ production: Direction, _ baseline: Direction,
        between: Direction = .open, _ kind: BaselineKind = .stopped(since: zero),
        taught: Double? = nil
    ) -> LaunchVerdict {
        LaunchVerdict(
            LaunchVerdict.Evidence(
                candidate: candidate, production: production, baseline: baseline,
                between: between, kind: kind, taughtByCandidate: taught))
    }

    private let parallel = BaselineKind.parallel(since: zero, isSettled: true)

    @Test("Every row of the table of F9 has its words")
    func rows() {
        #expect(verdict(.up, .level, .level).text == "A is better")
        #expect(
            verdict(.up, .up, .level, taught: 0.07).text
                == "B learned from A: both gained, and 7 % of what taught B was served by A")
        #expect(
            verdict(.level, .level, .down).text == "the world moved: all arms got worse alike")
        #expect(verdict(.down, .level, .level).text == "A got worse")
        #expect(verdict(.up, .up, .down, taught: 0.07).cause == .baselineDecays)
        #expect(verdict(.up, .up, .down, parallel, taught: 0.07).cause == .bothGained)
        #expect(verdict(.level, .down, .level).text == "B got worse")
        #expect(verdict(.down, .down, .level).cause == .bothGotWorse)
    }

    @Test("B ahead of a baseline that ages and fell is its age, unless A stayed behind B")
    func age() {
        #expect(verdict(.level, .up, .down).cause == .baselineDecays)
        #expect(verdict(.level, .up, .down, between: .down).cause == .productionBetter)
        #expect(verdict(.level, .up, .down, parallel).cause == .productionBetter)
        #expect(verdict(.level, .up, .level).cause == .productionBetter)
        #expect(verdict(.down, .up, .down).cause == .candidateDownProductionUp)
    }

    @Test("What is open is not called no difference")
    func open() {
        #expect(verdict(.open, .open, .open).cause == .cannotTell)
        #expect(verdict(.open, .level, .level).cause == .cannotTell)
        #expect(verdict(.up, .open, .level, between: .up).cause == .candidateBetter)
        #expect(verdict(.level, .level, .open).cause == .noDifference)
    }

    @Test("Both above C without A in what taught B is not called learning from A")
    func untaught() {
        let text = verdict(.up, .up, .level, parallel, taught: 0).text
        #expect(text == "A and B both gained, and B was not taught by A's traffic")
    }

    @Test("A that is behind only for having learned from little has a handicap, and is not worse")
    func handicap() {
        func cause(_ production: Direction, _ isHandicapped: Bool) -> LaunchVerdict.Cause {
            var evidence = LaunchVerdict.Evidence(
                candidate: .down, production: production, baseline: .level, between: .down,
                kind: .stopped(since: zero))
            evidence.isHandicapped = isHandicapped
            return LaunchVerdict(evidence).cause
        }
        for production in [Direction.level, .open, .up] {
            #expect(cause(production, true) == .candidateHandicapped)
            #expect(cause(production, false) != .candidateHandicapped)
        }
        #expect(cause(.down, true) == .bothGotWorse)
    }

    @Test("Where A moved and the world as well, both are said")
    func both() {
        #expect(
            verdict(.up, .level, .down).text
                == "A is better; beside that, the baseline fell against its own history")
    }

    /// Six scenarios over 20 seeds each: rates of A, B, C, and of C before.
    @Test(
        "Over 20 seeds each scenario has its verdict",
        arguments: [
            ("A better", 0.14, 0.1, 0.1, LaunchVerdict.Cause.candidateBetter),
            ("A worse", 0.07, 0.1, 0.1, .candidateWorse),
            ("B worse", 0.1, 0.07, 0.1, .productionWorse),
            ("both worse", 0.07, 0.07, 0.1, .bothGotWorse),
            ("world", 0.08, 0.08, 0.08, .worldGotWorse),
            ("C decays", 0.1, 0.1, 0.07, .baselineDecays),
        ] as [(String, Double, Double, Double, LaunchVerdict.Cause)])
    func scenarios(
        _ name: String, _ a: Double, _ b: Double, _ c: Double, _ cause: LaunchVerdict.Cause
    ) {
        let reader = LaunchReader(baseline: .stopped(since: zero), plannedCounts: [15_000])
        for seed in UInt64(1)...20 {
            var launch = SimulatedLaunch(
                .init(
                    rates: [.candidate: a, .production: b, .baseline: c], unitSpread: 0.2,
                    leastEffect: 0.05),
                seed: seed)
            launch.remember(60_000, rate: 0.1)
            launch.visit(100_000)
            let verdict = launch.read(reader).metrics[0].verdict
            #expect(verdict.cause == cause, "\(name), seed \(seed): \(verdict.text)")
        }
    }

    @Test("A baseline far away, such as a fallback, is called underpowered until enough was seen")
    func underpowered() throws {
        let reader = LaunchReader(baseline: .fallback, plannedCounts: [100_000])
        let rates: [ArmName: Double] = [.candidate: 0.1, .production: 0.1, .baseline: 0.098]
        var launch = SimulatedLaunch(.init(rates: rates), seed: 9)
        launch.visit(3000)
        let early = launch.read(reader).metrics[0]
        let note = try #require(early.powerNote)
        #expect(note.hasPrefix("underpowered: A - C is known to within "))
        #expect(early.verdict.cause == .cannotTell)
        launch.visit(400_000)
        #expect(launch.read(reader).metrics[0].powerNote == nil)
    }

    @Test("Offline up with business down is a conflict; agreement and open ones are none")
    func conflict() {
        func text(_ loss: ClosedRange<Double>, _ business: Direction) -> String? {
            SignConflict.text(lossDifference: loss, business: business, metric: "bought")
        }
        #expect(text(-0.02 ... -0.01, .down) == "offline up, business down: bought fell")
        #expect(text(0.01...0.02, .up) == "offline down, business up: bought rose")
        #expect(text(-0.02 ... -0.01, .up) == nil)
        #expect(text(-0.02...0.01, .down) == nil)
        #expect(text(-0.02 ... -0.01, .open) == nil)
    }

    @Test("A stopped baseline's difference is corrected by its decay, with the curve's error")
    func decay() throws {
        let curve = DecayCurve([
            .init(hours: 48, drop: 0.02, error: 0.003), .init(hours: 24, drop: 0.012, error: 0.002),
        ])
        let corrected = try #require(
            curve.corrected(0.03, reach: 0.004, atHours: 36, reachOfErrors: 2))
        #expect((corrected.estimate - 0.014).magnitude < 1e-12)
        #expect(corrected.reach > 0.004)
        #expect(curve.corrected(0.03, reach: 0.004, atHours: 72, reachOfErrors: 2) == nil)
    }

    @Test("A tenth of the traffic in A needs a larger effect than a half")
    func detectable() {
        func effect(_ share: Double) -> Double {
            DetectableEffect.atOneLook(
                variance: 0.09, exposures: 20_000, share: share, otherShare: 0.4)
        }
        #expect(effect(0.1) > 1.3 * effect(0.5))
        #expect(effect(0) == .infinity)
        // Two arms of 10,000 at a rate of 0.1: the textbook's 1.19 points.
        let textbook = DetectableEffect.atOneLook(
            variance: 0.09, exposures: 20_000, share: 0.5, otherShare: 0.5)
        #expect((textbook - 0.01189).magnitude < 1e-4)
    }
}
