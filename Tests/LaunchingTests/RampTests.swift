import Launching
import Testing
import Vocabulary

@Suite("The ramp of a candidate")
struct RampTests {
    private let settings: RampSettings = {
        var settings = RampSettings()
        settings.stages = [
            RampStage(share: 0.1, leastTime: .minutes(2), leastSamples: 200),
            RampStage(share: 0.5, leastTime: .minutes(2), leastSamples: 400),
            RampStage(share: 1, leastTime: .minutes(2), leastSamples: 400),
        ]
        return settings
    }()

    private func ramp(hasControl: Bool = true) throws -> Ramp {
        let name = try #require(ModelName("m"))
        return Ramp(
            candidate: CheckpointID(model: name, number: 7), settings: settings,
            hasControl: hasControl, at: zero)
    }

    /// A ramp with a look each minute and so much traffic a minute; the fault is the canary's, from
    /// a minute on. Gives how it ended, and the stages that it reached.
    private func run(
        seed: UInt64, _ fault: ServedTraffic.Fault = ServedTraffic.Fault(), from begin: Int = 0,
        perMinute: Int = 400, minutes: Int = 120, canaryUntil: Int = .max,
        isHeld: (Int) -> Bool = { _ in false }
    ) throws -> (end: RampDecision?, stages: Int, minute: Int) {
        var ramp = try ramp()
        var traffic = ServedTraffic(seed: seed)
        traffic.errorShare = 0
        var (canary, control) = (ArmStatistics(since: zero), ArmStatistics(since: zero))
        for minute in 1...minutes {
            let now = zero + .minutes(minute)
            let mine = Int(Double(perMinute) * ramp.stage.share)
            if minute <= canaryUntil {
                traffic.serve(mine, &canary, minute > begin ? fault : ServedTraffic.Fault())
            }
            traffic.serve(perMinute - mine, &control)
            let decision = ramp.step(
                at: now, canary: canary, control: control, isHeld: isHeld(minute))
            if case .advance = decision {
                canary = ArmStatistics(since: now)
                control = ArmStatistics(since: now)
            }
            if ramp.end != nil { return (ramp.end, ramp.stageIndex, minute) }
        }
        return (nil, ramp.stageIndex, minutes)
    }

    private func isTakenBack(_ end: RampDecision?) -> Bool {
        if case .giveUp = end { return true }
        return false
    }

    @Test("Of 400 candidates that are like what serves at most one in twenty is taken back")
    func falseAlarms() throws {
        let ends = try (1...400).map { try run(seed: UInt64($0)).end }
        let back = ends.count { isTakenBack($0) }
        #expect(back <= 20, "\(back) of 400")
        #expect(ends.count { $0 == .complete } >= 380)
    }

    @Test("Each stage takes its time and its samples")
    func stages() throws {
        let quick = try run(seed: 1)
        #expect(quick.end == .complete)
        #expect(quick.minute >= 6)
        let slow = try run(seed: 1, perMinute: 40)
        #expect(slow.minute > 40)
    }

    @Test("What is wrong with a canary is found, in most of 40 runs, and never passes them all")
    func faults() throws {
        let faults: [(String, ServedTraffic.Fault)] = [
            ("mean", ServedTraffic.Fault(shift: 0.1)),
            ("spread", ServedTraffic.Fault(stretch: 5)),
            ("errors", ServedTraffic.Fault(errorShare: 0.05)),
            ("numbers", ServedTraffic.Fault(nonFiniteShare: 1)),
            ("outliers", ServedTraffic.Fault(thrownShare: 0.2)),
            ("labels", ServedTraffic.Fault(miscalibration: 1.5)),
        ]
        for (name, fault) in faults {
            let found = try (1...40).count {
                isTakenBack(try run(seed: UInt64(1000 + $0), fault).end)
            }
            #expect(found >= 38, "\(name): \(found) of 40")
        }
    }

    @Test("Rare errors against none are found where there is traffic enough: 1 in 200")
    func rareErrors() throws {
        let found = try (1...20).count {
            isTakenBack(
                try run(
                    seed: UInt64(2000 + $0), ServedTraffic.Fault(errorShare: 0.005),
                    perMinute: 20_000
                ).end)
        }
        #expect(found >= 18, "\(found) of 20")
    }

    @Test("Traffic that stops midway holds, then takes the candidate back; it never goes on")
    func vanishes() throws {
        let end = try run(seed: 3, canaryUntil: 4)
        #expect(isTakenBack(end.end))
        #expect(end.stages < 2)
        #expect(end.minute >= 4 + 15)
    }

    @Test("Held it goes nowhere, however long; a breach while held takes it back at once")
    func held() throws {
        let waiting = try run(seed: 4, minutes: 600) { _ in true }
        #expect(waiting.end == nil)
        #expect(waiting.stages == 0)
        let breach = try run(seed: 4, ServedTraffic.Fault(shift: 0.2), from: 60) { _ in true }
        #expect(isTakenBack(breach.end))
        #expect(breach.minute <= 90)
    }

    @Test("Without a control only what is wrong in itself counts, and no data is never good")
    func alone() throws {
        var ramp = try ramp(hasControl: false)
        var traffic = ServedTraffic(seed: 5)
        traffic.errorShare = 0
        var canary = ArmStatistics(since: zero)
        for minute in 1...60 {
            let now = zero + .minutes(minute)
            traffic.serve(400, &canary)
            if case .advance = ramp.step(at: now, canary: canary, control: nil) {
                canary = ArmStatistics(since: now)
            }
        }
        #expect(ramp.end == .complete)
        var empty = try self.ramp(hasControl: false)
        for minute in 1...60 {
            _ = empty.step(
                at: zero + .minutes(minute), canary: ArmStatistics(since: zero), control: nil)
        }
        #expect(isTakenBack(empty.end))
    }

    @Test("Pushes keep their distance and their number a day")
    func pacing() {
        var settings = RampSettings()
        settings.pushesPerDayMax = 3
        settings.leastPushInterval = .minutes(10)
        var pacing = PushPacing(settings)
        for hour in 0..<3 {
            let now = zero + .hours(hour)
            #expect(pacing.objection(at: now) == nil)
            pacing.note(at: now)
            #expect(pacing.objection(at: now + .minutes(9)) != nil)
        }
        #expect(pacing.objection(at: zero + .hours(3))?.contains("3 pushes in 24 hours") == true)
        #expect(pacing.objection(at: zero + .hours(24) + .minutes(1)) == nil)
    }

    @Test("New weights are an update; any other difference is a launch, in words")
    func changes() {
        let old = ModelDesign(
            architecture: "ftrl, 2^22", hyperparameters: "alpha 0.2", features: "price",
            labels: "wait 6h", build: "0.1.0")
        #expect(ChangeKind(from: old, to: old) == .update)
        var new = old
        new.hyperparameters = "alpha 0.3"
        guard case .launch(let words) = ChangeKind(from: old, to: new) else {
            Issue.record("another rate was no launch")
            return
        }
        #expect(words == ["hyperparameters: was alpha 0.2, is alpha 0.3"])
        #expect(old.digest != new.digest)
    }

    @Test("Stages that make no sense are refused in words")
    func objections() {
        var settings = RampSettings()
        #expect(settings.objection == nil)
        settings.stages = []
        #expect(settings.objection == "a ramp needs a stage")
        settings.stages = [RampStage(share: 0.5, leastTime: .minutes(1), leastSamples: 1)]
        #expect(settings.objection == "the last share of a ramp must be 1")
    }
}
