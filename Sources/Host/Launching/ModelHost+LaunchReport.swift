import Engine
import Launching
import Monitoring
import Numerics
import Operation
import Serving
import Vocabulary

/// What is to be seen of a launch: its criteria, its alarms, and all of it as operators see it.
extension ModelHost {
    /// Looks that go with a snapshot; the report has all.
    private static let pointCount = 120

    // MARK: criteria

    /// What the launch has to show before it may go up, in order.
    func launchCriteria(_ launch: LaunchDesk, at now: Instant) -> [LaunchCriterion] {
        [caughtUp(launch)] + stageCriteria(launch, at: now)
            + [soundness(launch), offline(launch)] + harm(launch) + [quiet]
    }

    private func caughtUp(_ launch: LaunchDesk) -> LaunchCriterion {
        if let launchFault { return LaunchCriterion("cursors", .failed, launchFault) }
        if let fault = launch.trainers.lazy.compactMap(\.fault).first {
            return LaunchCriterion("cursors", .failed, fault)
        }
        let behind =
            launch.trainers.map { trainer in
                trainer.delay > .zero
                    ? 0
                    : engine.trainer.cursor.sequence
                        - min(
                            engine.trainer.cursor.sequence, trainer.state.sequence)
            }.max() ?? 0
        return launch.isCaughtUp
            ? LaunchCriterion("cursors", .met, "the arms have learned all that production has")
            : LaunchCriterion("cursors", .open, "\(behind) examples behind production")
    }

    private func stageCriteria(_ launch: LaunchDesk, at now: Instant) -> [LaunchCriterion] {
        guard let step = launch.entry.current, let index = step.place.stage else {
            return [LaunchCriterion("stage", .open, "the candidate answers nobody")]
        }
        let stage = launch.terms.stages[index]
        let (spent, count) = (now - step.at, launch.course?.count(of: .candidate) ?? 0)
        return [
            LaunchCriterion(
                "time", spent >= stage.leastTime ? .met : .open,
                "\(max(.zero, spent).text) of \(stage.leastTime.text) in this stage"),
            LaunchCriterion(
                "exposures", count >= stage.leastExposures ? .met : .open,
                "\(FigureText.count(count)) of \(FigureText.count(stage.leastExposures)) of A "
                    + "with an outcome"),
        ]
    }

    private func soundness(_ launch: LaunchDesk) -> LaunchCriterion {
        guard let course = launch.course, let reading = course.readings.first else {
            return LaunchCriterion("sound", .open, "there was no look at this stage yet")
        }
        return reading.alarms.first.map { LaunchCriterion("sound", .failed, $0) }
            ?? LaunchCriterion("sound", .met, "sample ratio, routing and isolation hold")
    }

    private func offline(_ launch: LaunchDesk) -> LaunchCriterion {
        if let fault = launch.goldenFault { return LaunchCriterion("golden set", .failed, fault) }
        guard let gap = launch.goldenGap else {
            return LaunchCriterion("golden set", .met, "there is none to be held against")
        }
        return LaunchCriterion(
            "golden set", .met,
            "A's log loss less B's is \(FigureText.text(gap.lowerBound)) to "
                + FigureText.text(gap.upperBound))
    }

    /// One for each metric.
    private func harm(_ launch: LaunchDesk) -> [LaunchCriterion] {
        launch.terms.metrics.indices.map { index in
            let metric = launch.terms.metrics[index]
            guard let reading = launch.course?.readings.first?.metrics[index] else {
                return LaunchCriterion(metric.name, .open, "no look yet")
            }
            if let words = Self.harm(reading) {
                return LaunchCriterion(metric.name, .failed, words)
            }
            let between = reading.between.map { "A - B \($0.text)" } ?? "A - B not known yet"
            if reading.verdict.cause == .candidateHandicapped {
                return LaunchCriterion(metric.name, .open, "\(between); \(reading.verdict.text)")
            }
            return LaunchCriterion(
                metric.name, reading.between == nil ? .open : .met,
                "\(between); \(reading.verdict.text)")
        }
    }

    /// That the candidate does harm, in words; nil while it is not known to.
    private static func harm(_ reading: MetricReading) -> String? {
        switch reading.verdict.cause {
        case .candidateWorse, .candidateDownProductionUp, .bothGotWorse:
            return reading.verdict.text
        case .candidateHandicapped: return nil
        case .withheld, .cannotTell, .noDifference, .candidateBetter, .productionBetter,
            .productionWorse, .candidateUpProductionDown, .bothGained, .baselineDecays,
            .worldGotWorse, .worldGotBetter:
            break
        }
        let direction = reading.between.map { between in
            reading.metric.isHigherBetter ? between.direction : between.direction.reversed
        }
        guard direction == .down, case .withheld = reading.verdict.cause else {
            return direction == .down ? "A is worse than B: \(reading.between?.text ?? "")" : nil
        }
        return nil
    }

    private var quiet: LaunchCriterion {
        if incidentSince != nil { return LaunchCriterion("quiet", .failed, "an incident is open") }
        if engine.trainer.isHeld { return LaunchCriterion("quiet", .failed, "training is stopped") }
        if desk.current.firstTier != .model {
            return LaunchCriterion("quiet", .failed, "a fallback answers")
        }
        if push.state.hold != nil { return LaunchCriterion("quiet", .failed, "pushes are held") }
        return LaunchCriterion("quiet", .met, "no incident, no stop, no fallback, no hold")
    }

    // MARK: alarms

    /// What makes the launch's numbers worthless; nil if nothing does.
    var launchUnsound: String? {
        guard let launch else { return nil }
        if let launchFault { return "\(launch.entry.id) stands still: \(launchFault)" }
        if let fault = launch.trainers.lazy.compactMap(\.fault).first {
            return "\(launch.entry.id): \(fault)"
        }
        let alarms = launch.course?.readings.flatMap(\.alarms) ?? []
        // That an arm settles is no fault.
        return alarms.first { !$0.contains("settling") }.map { "\(launch.entry.id): \($0)" }
    }

    /// That the candidate does harm, in words; nil while it is not known to.
    var launchWorse: String? {
        guard let launch, launch.entry.current?.place.stage != nil,
            let reading = launch.course?.readings.first
        else { return nil }
        let found = reading.metrics.lazy.compactMap { metric in
            Self.harm(metric).map { "\(metric.metric.name): \($0)" }
        }.first
        return (found ?? conflict(launch)).map { "\(launch.entry.id), \($0)" }
    }

    /// Better offline and worse for the business, or the other way round. Offline, as the golden
    /// set has it, else as the cursors have it.
    private func conflict(_ launch: LaunchDesk) -> String? {
        let beside = LossGap(
            launch.controls.measures.candidate, plannedCount: LaunchControls.plannedCount)
        guard let gap = launch.goldenGap ?? beside.map({ $0.low...$0.high }),
            let reading = launch.course?.readings.first
        else { return nil }
        return reading.metrics.lazy.compactMap { metric in
            guard let between = metric.between else { return nil }
            return SignConflict.text(
                lossDifference: gap,
                business: metric.metric.isHigherBetter
                    ? between.direction : between.direction.reversed,
                metric: metric.metric.name)
        }.first
    }

    // MARK: as operators see it

    /// The launch under way, or the last one; nil before the first.
    var launchStatus: LaunchStatus? { launchStatus(pointCount: Self.pointCount) }

    func launchStatus(pointCount: Int) -> LaunchStatus? {
        guard let entry = launch?.entry ?? launchBook.entries.last else { return nil }
        var status = LaunchStatus(
            id: entry.id, title: entry.terms.title, by: entry.by, reason: entry.reason,
            since: entry.since, begun: entry.begun,
            stage: entry.current?.place.stage.map { $0 + 1 } ?? 0,
            stages: entry.terms.stages.map(\.share))
        status.steps = entry.steps.map { step in
            let words =
                step.place.stage.map { stage in
                    "stage \(stage + 1), A answers "
                        + FigureText.percent(entry.terms.stages[stage].share)
                } ?? "A answers nobody"
            return "\(step.at.rfc3339) \(words), by \(step.by): \(step.reason)"
        }
        status.ended = entry.end.map { "\($0.at.rfc3339) by \($0.by): \($0.text)" }
        guard let launch, let now = engine.clock.now else { return status }
        status.stageSeconds = entry.current.map { (now - $0.at).seconds }
        status.criteria = launchCriteria(launch, at: now)
        status.arms = armReports(launch, at: now)
        status.points = Array(launch.points.suffix(pointCount))
        status.offline = offlineReport(launch)
        guard let reading = launch.course?.readings.first else { return status }
        status.alarms = launch.course?.readings.flatMap(\.alarms) ?? []
        status.notes = reading.notes
        if launch.lostCount > 0 {
            status.notes.append(
                "\(FigureText.count(launch.lostCount)) exposures were passed over: too many waited")
        }
        status.metrics = reading.metrics.map { metric in
            var report = LaunchMetricReport(
                name: metric.metric.name, isHigherBetter: metric.metric.isHigherBetter,
                verdict: metric.verdict.text, cause: metric.verdict.cause.rawValue,
                bands: LaunchBands(metric))
            report.note = metric.powerNote
            return report
        }
        return status
    }

    private func offlineReport(_ launch: LaunchDesk) -> LaunchOffline {
        let (controls, measures) = (launch.controls, launch.controls.measures)
        var report = LaunchOffline()
        let curve = measures.decay.curve
        report.stopped = launch.terms.arm(of: .stopped)
        let name = report.stopped?.text ?? "C"
        let pairs = [
            ("\(name) - A", measures.stoppedLessCandidate),
            ("\(name) - B", measures.stoppedLessProduction),
        ]
        report.gaps = pairs.compactMap { name, tally in
            guard var gap = OfflineGap(name, tally, plannedCount: LaunchControls.plannedCount)
            else { return nil }
            if let hours = measures.decay.meanHours { gap.correct(by: curve, hours: hours) }
            return LaunchOffline.Gap(gap)
        }
        report.decay = curve.points.map {
            LaunchOffline.Age(hours: $0.hours, drop: $0.drop, error: $0.error)
        }
        report.handicap = controls.handicap.map { handicap in
            LaunchOffline.Handicap(
                cause: handicap.cause.rawValue, text: handicap.text,
                candidate: LaunchBand(handicap.candidate), matched: LaunchBand(handicap.matched))
        }
        report.unsupported = measures.support.unsupportedShare
        report.conflict = conflict(launch)
        return report
    }

    private func armReports(_ launch: LaunchDesk, at now: Instant) -> [LaunchArmReport] {
        let terms = launch.terms
        let arms = [ArmName.candidate, .production] + terms.baselines.map(\.arm)
        let shares = launch.arms?.shares
        let reading = launch.course?.readings.first
        return arms.map { arm in
            let design = terms.baselines.first { $0.arm == arm }?.design
            let kind = design?.kind(since: launch.entry.begun, isSettled: launch.isSettled(arm))
            var report = LaunchArmReport(
                arm: arm,
                what: kind?.name ?? (arm == .candidate ? "candidate" : "production"),
                share: shares?[arm] ?? (arm == .production ? 1 : 0))
            report.checkpoint =
                arm == .production
                ? desk.current.stable?.checkpoint : launch.served[arm]?.checkpoint
            report.text = kind?.limit(at: now)
            if let trainer = launch.trainers.first(where: { $0.arm == arm }) {
                report.learned = trainer.state.learned
                report.text = trainer.fault ?? report.text
            }
            if arm == .production { report.learned = engine.trainer.cursor.sequence }
            let taught = arms.map { launch.mixingMatrix.share(of: arm, servedBy: $0) }
            if !taught.contains(nil) { report.taughtBy = taught.compactMap { $0 } }
            report.units = reading?.sampleRatio.rows.first { $0.arm == arm }?.count ?? 0
            report.exposures = launch.course?.count(of: arm) ?? 0
            report.values =
                reading?.metrics.map { $0.arms.first { $0.arm == arm }?.value } ?? []
            return report
        }
    }
}

extension LaunchDesk {
    /// Exposures that nobody knows the outcome of for want of room.
    var lostCount: Int { ledgerLostCount }

    func words(of step: LaunchBook.Step) -> String {
        step.place.stage.map { stage in
            "stage \(stage + 1) of \(terms.stages.count), A answers "
                + "\(FigureText.percent(terms.stages[stage].share)) of the units"
        } ?? "A answers nobody"
    }
}

extension LaunchBand {
    init?(_ difference: ArmDifference?) {
        guard let difference else { return nil }
        self.init(estimate: difference.estimate, low: difference.low, high: difference.high)
    }
}

extension LaunchBand {
    init(_ gap: LossGap) {
        self.init(estimate: gap.estimate, low: gap.low, high: gap.high)
    }
}

extension LaunchOffline.Gap {
    init(_ gap: OfflineGap) {
        self.init(
            gap.name, LaunchBand(estimate: gap.estimate, low: gap.low, high: gap.high),
            corrected: gap.corrected.map { corrected in
                LaunchBand(
                    estimate: corrected.estimate, low: corrected.low, high: corrected.high)
            })
    }
}

extension LaunchBands {
    init(_ reading: MetricReading) {
        self.init()
        candidate = LaunchBand(reading.candidate)
        production = LaunchBand(reading.production)
        between = LaunchBand(reading.between)
        history = LaunchBand(reading.history)
    }
}

extension LaunchPoint {
    init(_ reading: LaunchReading, stage: Int) {
        self.init(at: reading.at, stage: stage, metrics: reading.metrics.map { LaunchBands($0) })
    }
}
