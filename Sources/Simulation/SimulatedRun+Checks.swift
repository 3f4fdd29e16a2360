import Engine
import Host
import Joining
import Learning
import Operation
import Recording
import Serving
import Vocabulary

extension SimulatedRun {
    /// What must hold after every move.
    func check() throws {
        guard let process else { return }
        try checkIdentities(process.engine)
        // A guard of a ride stops by itself.
        if process.engine.trainer.hold?.from == "ride-through" { held = .inDoubt }
        for report in process.host.checkpoints where kept[report.id] != report.created {
            // A number whose checkpoint was never acknowledged may be given again.
            kept[report.id] = report.created
            digests[report.id] = report.learnerDigest
        }
        try checkServing(process)
    }

    private func isFlipped(_ checkpoint: CheckpointID) -> Bool {
        world.disk.isFlipped("\(SimulatedProcess.checkpoints)/\(checkpoint).spindle")
    }

    /// Every record is somewhere, and only there.
    private func checkIdentities(_ engine: ModelEngine) throws {
        let (counts, join) = (engine.counts, engine.joinCounts)
        let sum =
            join.joined + join.pending + join.unlabelled + join.duplicates
            + counts.quarantinedExamples
        guard counts.examples == sum else {
            throw violation("every example is counted once", "\(counts.examples)", "\(sum)")
        }
        guard join.joined == join.positives + join.negatives else {
            throw violation(
                "what is joined is positive or negative", "\(join.joined)",
                "\(join.positives) + \(join.negatives)")
        }
        guard engine.trainer.cursor.sequence <= engine.trainingCount else {
            throw violation(
                "a cursor lies in its log", "at most \(engine.trainingCount)",
                "\(engine.trainer.cursor.sequence)")
        }
    }

    /// Only a checkpoint that is what it was, and passed, answers requests.
    private func checkServing(_ process: SimulatedProcess) throws {
        guard let served = process.engine.serving, served.checkpoint != lastServed else { return }
        lastServed = served.checkpoint
        guard !isFlipped(served.checkpoint) else {
            throw violation(
                "no checkpoint with a flipped bit serves", "another one", "\(served.checkpoint)")
        }
        let digest = served.learner.encode().digest
        guard digests[served.checkpoint] ?? digest == digest else {
            throw violation(
                "what serves is what was kept", digests[served.checkpoint] ?? "", digest)
        }
        let verdict = process.host.checkpoints.first { $0.id == served.checkpoint }?.verdict
        guard verdict == .passed else {
            throw violation(
                "nothing unvalidated serves", "passed",
                verdict?.rawValue ?? "no report of \(served.checkpoint)")
        }
    }

    /// What must hold when a process has taken up what another one left.
    func checkRecovery() throws {
        guard let process else { return }
        let engine = process.engine
        lastServed = nil
        guard engine.rawEnd.sequence >= acknowledged else {
            throw violation(
                "no acknowledged record is lost", "at least \(acknowledged) records",
                "\(engine.rawEnd.sequence)")
        }
        let lines = RunOutcome.hashes(world.disk, .raw)
        guard expectedLines.starts(with: lines) else {
            let same = zip(lines, expectedLines).prefix { $0 == $1 }.count
            throw violation(
                "records are there once, in their order", "the lines of the undisturbed run",
                "another line at \(same) of \(lines.count)")
        }
        if let base = engine.lastCheckpoint?.id, isFlipped(base) {
            throw violation(
                "no checkpoint with a flipped bit is recovered from", "another one", "\(base)")
        }
        switch held {
        case .yes where !process.isHeld:
            throw violation("the latch outlives the process", "held", "not held")
        case .no where process.isHeld:
            throw violation(
                "a release outlives the process", "not held",
                "held: \(process.engine.trainer.hold?.reason ?? "")")
        case .yes, .no, .inDoubt: held = process.isHeld ? .yes : .no
        }
        try checkPurges(engine)
        if let promoted, engine.settings.learner != promoted {
            throw violation(
                "a promotion outlives the process", "\(promoted)", "\(engine.settings.learner)")
        }
        let known = engine.trainer.rides.map(\.id)
        guard rides.allSatisfy(known.contains) else {
            throw violation("a ride outlives the process", "\(rides)", "\(known)")
        }
    }

    private func checkPurges(_ engine: ModelEngine) throws {
        let active = engine.trainer.exclusions
        for (id, selection) in purges where !undoneInDoubt.contains(id) {
            guard active.contains(Exclusion(id: id, what: .examples(selection))) else {
                throw violation("a purge outlives the process", "\(id)", "\(active.map(\.id))")
            }
        }
        // What was in doubt is what an operator finds from now on.
        for id in undoneInDoubt where !active.contains(where: { $0.id == id }) { purges[id] = nil }
        undoneInDoubt = []
        note("  left out: \(active.map { "\($0.id): \($0.text)" })")
        for exclusion in active where purges[exclusion.id] == nil {
            // A launch keeps an arm's traffic apart.
            if case .examples(let selection) = exclusion.what, selection.arm != nil { continue }
            guard case .examples(let selection) = exclusion.what,
                purgesInDoubt.contains(selection)
            else {
                throw violation("nothing is left out unasked", "none", exclusion.text)
            }
            purges[exclusion.id] = selection
        }
        purgesInDoubt = []
    }

    /// A launch's numbers are made from what is on the disk: whoever opens it finds the same.
    func checkLaunch(_ process: SimulatedProcess) throws {
        while try process.work() {}
        guard let before = process.launch else { return }
        report.launches += 1
        world.disk.cut(.killed)
        world.disk.start()
        let next = try SimulatedProcess(world, plan.settings)
        while try next.work() {}
        let after = next.launch
        // A stopped baseline whose checkpoint cannot be read is none, and the launch stands still.
        if after?.criteria.first?.state == .failed { return }
        func counts(_ status: LaunchStatus?) -> [String] {
            (status?.arms ?? []).map { arm in
                "\(arm.arm) of \(arm.units) units, \(arm.exposures) exposures, values "
                    + "\(arm.values), learned \(arm.learned ?? 0) by \(arm.taughtBy ?? [])"
            }
        }
        let steps = after?.steps ?? []
        guard steps.starts(with: before.steps) else {
            throw violation("a launch's steps outlive the process", "\(before.steps)", "\(steps)")
        }
        // A candidate that answered nobody yet may do so now.
        guard steps.count == before.steps.count else { return }
        guard counts(before) == counts(after) else {
            throw violation(
                "a launch's numbers outlive the process", "\(counts(before))", "\(counts(after))")
        }
        let (old, new) = (before.metrics.map(\.bands), after?.metrics.map(\.bands) ?? [])
        guard old == new else {
            throw violation("a launch's differences outlive the process", "\(old)", "\(new)")
        }
    }

    /// What is left at the end is what an undisturbed run would have left.
    func checkOutcome(_ process: SimulatedProcess, _ reference: Reference) throws {
        try checkPurges(process.engine)
        try reference.leaveOut(process.engine.trainer.exclusions)
        let outcome = try RunOutcome(process, world)
        if let found = reference.outcome.difference(from: outcome) {
            throw violation(
                "the end is that of an undisturbed run: \(found.name)", found.expected,
                found.found)
        }
    }
}
