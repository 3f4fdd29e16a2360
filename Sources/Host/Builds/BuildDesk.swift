import Foundation
import Operation
import Synchronization
import Vocabulary
import World

/// Which build an engine is, and its way to another one. Stages 1 to 3 are done here, on a thread
/// of their own, while the engine goes on; the fourth by `BuildSupervisor`.
package final class BuildDesk: Sendable {
    private struct State {
        var running: (id: BuildID, sha256: String)?
        /// Set where the engine may hand over: what it was started with.
        var arguments: [String]?
        var options: [String] = []
        /// Why it may not.
        var objection = "this engine cannot hand over"
        var isBusy = false
        /// True once somebody asked the engine to end for good.
        var isCancelled = false
        var handOver: HandOver?
    }

    private let path: String
    private let settings: BuildSettings
    private let journal: any JournalBook
    private let shelf: BuildShelf
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "spindle.builds")

    init(_ state: StateFolder, shelf: BuildShelf) {
        path = state.path
        settings = state.configuration.builds
        journal = state.journal
        self.shelf = shelf
    }

    /// This build, once its digest is known.
    package var running: (id: BuildID, sha256: String)? { state.withLock { $0.running } }

    /// The engine may hand over: it is all that its process does.
    ///
    /// `options` are those that name the state directory and the configuration.
    package func allowHandOver(arguments: [String], options: [String]) {
        state.withLock { ($0.arguments, $0.options) = (arguments, options) }
    }

    package func forbidHandOver(because objection: String) {
        state.withLock { ($0.arguments, $0.objection) = (nil, objection) }
    }

    /// Puts this program on the shelf, on another thread. What keeps it from that is journalled,
    /// and keeps nothing else.
    package func keepRunning(_ host: EngineHost, _ program: String = ThisProcess.program) {
        queue.async { [self] in
            do {
                guard let kept = try keepRunning(program) else { return }
                host.note(
                    JournalDraft(
                        kind: .engine,
                        effect: "build \(kept.id) is kept, \(kept.bytes) bytes; to go back to "
                            + "it: spindle builds rollback \(kept.id)"))
            } catch {
                host.note(
                    JournalDraft(
                        kind: .engine,
                        effect: "this build could not be kept, and nothing can go back to it: "
                            + "\(error)"))
            }
        }
    }

    /// Gives the record if it is new.
    private func keepRunning(_ program: String) throws -> BuildRecord? {
        let digest = try shelf.digest(of: program)
        guard let id = BuildID(version: spindleVersion, sha256: digest.sha256) else { return nil }
        state.withLock { $0.running = (id, digest.sha256) }
        let (record, isNew) = try shelf.keep(
            program, digest: digest, formats: .own, isPinned: false, at: WallClock.now())
        var inUse = [id]
        if let choice = try BuildChoice.read(in: path) {
            inUse += [choice.build, choice.insteadOf]
        }
        _ = try shelf.thin(keeping: settings.keptCount, inUse: inUse)
        return isNew ? record : nil
    }

    // MARK: a change

    func submit(
        _ request: ActRequest, _ id: BuildID, of host: EngineHost,
        answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        let objection = state.withLock { state -> String? in
            guard state.arguments != nil else { return state.objection }
            guard !state.isBusy else { return "another change of the build is under way" }
            state.isBusy = true
            return nil
        }
        if let objection { return answer(.refused(objection)) }
        queue.async { [self] in
            let outcome = change(request, to: id, of: host)
            let handsOver = state.withLock { state in
                state.isBusy = state.handOver != nil
                return state.isBusy
            }
            answer(outcome)
            if handsOver { host.end() }
        }
    }

    private func change(
        _ request: ActRequest, to id: BuildID, of host: EngineHost
    ) -> ActOutcome {
        do {
            guard request.isDryRun || !request.reason.allSatisfy(\.isWhitespace) else {
                throw ActRefusal("an act needs a reason")
            }
            guard request.scope == .all else {
                throw ActRefusal("a build runs all models: it is changed for all of them")
            }
            guard let running, let snapshot = host.latest()?.snapshot else {
                throw ActRefusal("the engine is starting")
            }
            guard running.id != id else { throw ActRefusal("build \(id) is running") }
            let record = try shelf.record(of: id)
            let way = BuildWay(from: running.id, to: record, request: request)
            if !request.isDryRun { try journal.append(way.act) }
            let effects = try passStages(way, snapshot)
            if request.isDryRun { return .wouldDo(effects) }
            try agree(way, host)
            return .done(effects)
        } catch {
            return .refused("\(error)")
        }
    }

    /// Every stage, and what it came to, is journalled; but not in a dry run.
    private func passStages(_ way: BuildWay, _ snapshot: Snapshot) throws -> [ActEffect] {
        let reading = try StateReading(path, world: .local)
        var shown: [CheckpointReport] = []
        let stages: [(String, () throws -> String)] = [
            ("compatibility", { try self.checkFormats(way.to, reading) }),
            ("integrity", { try self.checkBinaries(way) }),
            (
                "trial",
                {
                    shown = try self.chosenCheckpoints(reading, snapshot)
                    return try self.tryOut(way.to, on: shown)
                }
            ),
        ]
        for (index, stage) in stages.enumerated() {
            let name = "stage \(index + 1) of 4, \(stage.0)"
            do {
                let text = try stage.1()
                if !way.request.isDryRun { try journal.append(way.entry("\(name): \(text)")) }
            } catch {
                let text = "\(name): refused, build \(way.from) goes on: \(error)"
                if !way.request.isDryRun { try journal.append(way.entry(text)) }
                throw ActRefusal("\(name): \(error)")
            }
        }
        return snapshot.models.map { model in
            let newest = shown.first { $0.id.model == model.name }?.id
            let read = newest.map { "the same learner from \($0)" } ?? "no checkpoint yet"
            return ActEffect(
                model: model.name, act: way.request.act.name, changed: true,
                text: "\(model.name): build \(way.to.id) reads all that is there, and \(read)",
                checkpoint: newest)
        }
    }

    private func checkFormats(_ build: BuildRecord, _ reading: StateReading) throws -> String {
        let held = try reading.heldFormats(writtenBy: BuildFormats.own.formats)
        let objections = held.compactMap { $0.objection(to: build) }
        guard objections.isEmpty else { throw BuildFault(objections.joined(separator: "; ")) }
        return "it reads all \(held.count) formats that are there or will be written"
    }

    /// The way back must be there too.
    private func checkBinaries(_ way: BuildWay) throws -> String {
        if let fault = shelf.verify(way.to) { throw BuildFault(fault) }
        do {
            _ = try keepRunning(ThisProcess.program)
        } catch {
            throw BuildFault("this build is not kept, so nothing could come back to it: \(error)")
        }
        return "its SHA-256 is \(way.to.sha256), as it was kept"
    }

    /// What serves and what is newest.
    private func chosenCheckpoints(
        _ reading: StateReading, _ snapshot: Snapshot
    ) throws -> [CheckpointReport] {
        try snapshot.models.flatMap { model in
            let usable = try reading.checkpoints(of: model.name).filter { $0.verdict != .failed }
            let serving = usable.first { $0.id == model.serving.checkpoint }
            return usable.prefix(1) + [serving].compactMap { $0 }.filter { $0.id != usable[0].id }
        }
    }

    private func tryOut(_ build: BuildRecord, on reports: [CheckpointReport]) throws -> String {
        let trial = BuildTrial(
            program: shelf.program(of: build.id), options: state.withLock { $0.options },
            limit: settings.trialLimit)
        try trial.run(on: reports)
        guard !reports.isEmpty else { return "it reads the configuration; no checkpoint yet" }
        let ids = reports.map(\.id.description).joined(separator: ", ")
        return "it reads the configuration, and the same learners from \(ids)"
    }

    private func agree(_ way: BuildWay, _ host: EngineHost) throws {
        guard !host.isEnding else { throw ActRefusal("the engine is ending") }
        let handOver = HandOver(
            asked: WallClock.now(), from: way.from, to: way.to.id,
            arguments: state.withLock { $0.arguments } ?? [], readyLimit: settings.readyLimit,
            by: way.request.actor.user, origin: way.request.actor.from,
            reason: way.request.reason)
        try handOver.write(in: path)
        try journal.append(way.entry("stage 4 of 4, hand-over: the engine ends, all is kept"))
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.handOver = handOver }
            return state.isCancelled
        }
        guard !isCancelled else { throw ActRefusal("the engine is ending") }
    }

    // MARK: the end

    /// An engine that is asked to end does not hand over.
    package func cancelHandOver() {
        state.withLock { $0.isCancelled = true }
        close(because: "the engine was asked to end before it had handed over")
    }

    /// The engine's end did not go well.
    package func closeHandOver(because fault: any Error) {
        close(because: "the engine did not end well: \(fault)")
    }

    private func close(because text: String) {
        let handOver = state.withLock { state in
            defer { state.handOver = nil }
            return state.handOver
        }
        guard var handOver else { return }
        (handOver.stage, handOver.text) = (.ended, text)
        do {
            try handOver.write(in: path)
        } catch {
            // Whoever waits for it finds out when their patience ends.
        }
    }

    /// The hand-over that the engine has ended for, with what the other build must show; nil if
    /// it has ended for good.
    package func agreed(after last: Snapshot?) throws -> HandOver? {
        guard var handOver = state.withLock({ $0.handOver }) else { return nil }
        handOver.expected = (last?.models ?? []).map { HandOver.Expectation($0) }
        try handOver.write(in: path)
        return handOver
    }
}

/// From which build to which, and who wants it.
struct BuildWay {
    var from: BuildID
    var to: BuildRecord
    var request: ActRequest

    var act: JournalDraft {
        JournalDraft(
            kind: .act, act: request.act.name, by: request.actor.user, from: request.actor.from,
            reason: request.reason, effect: "the engine is to go from build \(from) to \(to.id)")
    }

    func entry(_ text: String) -> JournalDraft {
        JournalDraft(kind: .engine, act: request.act.name, effect: "build \(to.id): \(text)")
    }
}
