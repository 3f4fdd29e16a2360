import Checkpointing
import Engine
import Foundation
import Launching
import Monitoring
import Operation
import Serving
import Vocabulary
import World

/// What is written down of pushes, and taken up again after a start.
extension ModelHost {
    /// The `serving` file as it was left; one that cannot be read counts as none, and is noted.
    static func servingState(
        at path: String, _ settings: RampSettings, disk: any Disk
    ) throws -> (state: ServingState, fault: String?) {
        guard try disk.exists(path) else { return (ServingState(settings), nil) }
        let bytes = try disk.read(path)
        do {
            return (try ServingState(bytes, settings), nil)
        } catch {
            return (ServingState(settings), "\(path): expected what serves, as JSON: \(error)")
        }
    }

    /// One line of the journal, with the next writing.
    func record(_ id: CheckpointID, _ text: String) {
        push.unwritten.append(
            JournalDraft(kind: .push, model: name, effect: "\(id) \(text)"))
        notePush(of: id)
    }

    func notePush(of id: CheckpointID) {
        if !push.changedReports.contains(id) { push.changedReports.append(id) }
        push.isChanged = true
    }

    /// How a push ended, in the checkpoint's report.
    func settlePush(
        of candidate: ServedCandidate, _ outcome: PushReport.Outcome, _ text: String
    ) {
        var report = (push.candidate?.id == candidate.id ? push.candidate : candidate) ?? candidate
        report.push.outcome = outcome
        report.push.text = text
        folder.note(report.id, push: report.push)
        notePush(of: report.id)
    }

    /// Brings to the disk what has changed; after a fault it is tried again at the next turn.
    func writePush() throws {
        while let draft = push.unwritten.first {
            try journal.append(draft)
            push.unwritten.removeFirst()
        }
        guard push.isChanged else { return }
        for candidate in [push.waiting, push.candidate].compactMap({ $0 }) {
            folder.note(candidate.id, push: candidate.push)
        }
        while let id = push.changedReports.first {
            try folder.rewrite(id)
            push.changedReports.removeFirst()
        }
        try disk.replace(servingPath, with: [UInt8](try JSON.encode(push.state)))
        push.isChanged = false
    }

    /// Takes up what served, and what was on its way; what cannot be loaded any more is passed
    /// over for the newest that came to all of the traffic before it.
    func serveAgain() throws {
        if let fault = servingFault { try note(fault) }
        for id in stableCandidates {
            guard let served = try load(toServe: id) else { continue }
            desk.change { $0.stable = served }
            engine.serve(served)
            push.state.stable = id
            break
        }
        if desk.current.stable == nil { push.state.stable = nil }
        for id in blessed where id != push.state.stable {
            guard let served = try load(toServe: id) else { continue }
            desk.change { $0.lastGood = served }
            push.state.lastGood = id
            break
        }
        try resumePush()
    }

    /// Where pushes ramp, what served before, then what came to all of the traffic; elsewhere the
    /// newest that passed, unless pushes are frozen.
    private var stableCandidates: [CheckpointID] {
        let saved = push.state.stable.map { [$0] } ?? []
        if ramps { return saved + blessed.filter { $0 != push.state.stable } }
        let passed = checkpoints.filter { $0.verdict == .passed }.map(\.id)
        guard engine.trainer.isHeld else { return passed }
        return saved.filter(passed.contains) + passed.filter { $0 != push.state.stable }
    }

    /// Fully blessed, newest first: passed, and came to all of the traffic where there is a ramp.
    private var blessed: [CheckpointID] {
        checkpoints.filter { report in
            guard report.verdict == .passed else { return false }
            return report.push.map { $0.outcome == .live } ?? !ramps
        }.map(\.id)
    }

    private func resumePush() throws {
        let (ramp, waiting) = (push.state.ramp, push.state.waiting)
        (push.state.ramp, push.state.waiting) = (nil, nil)
        guard ramps, let now = engine.clock.now else { return }
        if var ramp, let served = try load(toServe: ramp.candidate) {
            ramp.restartStage(at: now)
            push.state.ramp = ramp
            push.candidate = ServedCandidate(model: served, push: pushReport(ramp.candidate))
            desk.change { plan in
                plan.canary = Canary(
                    model: served, share: ramp.stage.share, stage: ramp.stageIndex)
            }
            push.restartArms(at: now)
        }
        if let waiting, let served = try load(toServe: waiting) {
            push.waiting = ServedCandidate(model: served, push: pushReport(waiting))
            push.state.waiting = waiting
        }
    }

    private func pushReport(_ id: CheckpointID) -> PushReport {
        checkpoints.first { $0.id == id }?.push
            ?? PushReport(outcome: .waiting, since: nil, text: "validated")
    }

    private func load(toServe id: CheckpointID) throws -> ServedModel? {
        guard checkpoints.contains(where: { $0.id == id && $0.verdict != .failed }) else {
            return nil
        }
        do {
            return try folder.load(id).checkpoint.served
        } catch {
            try note("cannot serve \(id): \(error)")
            return nil
        }
    }
}
