import Engine
import Filtering
import Launching
import Monitoring
import Learning
import Numerics
import Operation
import Recording
import Serving
import Validation
import Vocabulary
import World

/// A live launch on the engine's thread: its arms learn behind production's trainer, answer what
/// their checkpoints answer, and are counted.
extension ModelHost {
    /// Batches of a log that the launch reads in one turn.
    private static let batchCount = 8

    /// The launch that is under way by its book, if there is one, goes on.
    func openLaunch() throws {
        guard let entry = launchBook.current else { return }
        let desk = try LaunchDesk(entry, host: self)
        launch = desk
        if desk.lacksStopped {
            launchFault = "the checkpoint of its stopped baseline cannot be read"
        }
        publishLaunch()
    }

    /// One turn of the launch; true if there is more to be done. What fails in it holds up nothing
    /// else: it is noted, and an alarm.
    func advanceLaunch() throws -> Bool {
        // A fault of the disk may have cut its beginning short.
        if launch == nil { try heed { try openLaunch() } }
        return try goOn { launch in
            var hasMore = try launch.learn(self, batchCount: Self.batchCount)
            if try launch.count(batchCount: Self.batchCount) { hasMore = true }
            try enterStage(launch)
            return hasMore
        } ?? false
    }

    /// Nil without a launch, and after a fault of its own: then it stands still.
    private func goOn<Value>(_ work: (LaunchDesk) throws -> Value) throws -> Value? {
        guard let launch else { return nil }
        return try heed { try work(launch) }
    }

    private func heed<Value>(_ work: () throws -> Value) throws -> Value? {
        guard launchFault == nil, let entry = launchBook.current else { return nil }
        do {
            return try work()
        } catch let fault as DiskFault {
            throw fault
        } catch {
            launchFault = "\(error)"
            try note("the launch \(entry.id) stands still: \(error)")
            return nil
        }
    }

    /// The candidate answers once it has caught up, and nobody while it has not.
    private func enterStage(_ launch: LaunchDesk) throws {
        guard engine.clock.now != nil, !engine.trainer.isHeld else { return }
        let next = nextStep(of: launch)
        let isReady = launch.isCaughtUp && launch.served[.candidate] != nil
        let current = launch.entry.current
        var step: LaunchBook.Step?
        if let current, let stage = current.place.stage, launch.arms == nil {
            step = LaunchBook.Step(
                place: .nobody, at: next, since: clock.now(), by: "spindle",
                reason: "the arms learn anew", returnsTo: stage)
        } else if isReady, current == nil || current?.returnsTo != nil {
            step = LaunchBook.Step(
                place: .stage(current?.returnsTo ?? 0), at: next, since: clock.now(),
                by: "spindle", reason: "the candidate has caught up")
        }
        guard let step else { return }
        try enter(step)
        try journal.append(
            JournalDraft(
                kind: .push, model: name,
                effect: "\(launch.entry.id): \(step.reason); \(launch.words(of: step))"))
    }

    /// When a step that is taken now begins, in event time: behind all that came, and behind the
    /// step before, where nothing has come since.
    func nextStep(of launch: LaunchDesk) -> Instant {
        let next = engine.clock.next ?? launch.entry.begun
        guard let last = launch.entry.current else { return next }
        return max(next, last.at + Span(microseconds: 1))
    }

    func enter(_ step: LaunchBook.Step) throws {
        guard let launch else { return }
        var book = launchBook
        book.enter(step)
        try save(book)
        launch.entry = launch.entry.entering(step)
        publishLaunch()
    }

    func save(_ launches: LaunchBook) throws {
        try disk.replace(LaunchBook.path(in: modelFolder), with: try launches.encode())
        launchBook = launches
    }

    /// Requests are answered by the arms as they are now.
    func publishLaunch() {
        let arms = launch?.arms
        desk.change { $0.launch = arms }
    }

    // MARK: with production's checkpoints

    /// The arms' learners as they are between two records, for the file that goes with a
    /// checkpoint; nil where there is none to be written.
    func captureArms(_ number: Int) throws -> ArmCapture? {
        let capture = try goOn { launch -> ArmCapture? in
            guard launch.isCaughtUp else { return nil }
            _ = try launch.learn(self, batchCount: .max)
            return launch.capture(number, self)
        }
        return capture ?? nil
    }

    /// The arms' file is there: they answer with it, unless pushes are frozen.
    func noteArms(_ outcome: Result<ArmFile, any Error>?) throws {
        guard let launch, let outcome else { return }
        switch outcome {
        case .success(let file):
            guard file.head.launch == launch.entry.id, !engine.trainer.isHeld,
                file.head.exclusions == LaunchDesk.digest(engine.trainer.exclusions)
            else { return }
            launch.install(file, self)
            publishLaunch()
        case .failure(let fault):
            try note("the arms of \(launch.entry.id) were not kept: \(fault)")
        }
    }

    /// What is left out has changed: the arms are made anew, and answer nobody until then.
    func restartArms() throws {
        guard let launch else { return }
        try launch.restart()
        publishLaunch()
    }

    // MARK: the golden set

    /// What the golden set says of a candidate beside production: why it may not answer, nil if it
    /// may; and its log loss less production's, three standard errors wide. Nothing where there is
    /// no golden set.
    func goldenJudgement(
        ofCandidate model: ServedModel, margin: Double
    ) -> (fault: String?, gap: ClosedRange<Double>?) {
        do {
            guard let stable = desk.current.stable, try golden.exists() else { return (nil, nil) }
            let rows = try golden.score(model.learner, stable.learner)
            let others = rows.map { row in
                var row = row
                row.score = row.reference ?? row.score
                return row
            }
            let differences = zip(rows, others).map { mine, theirs in
                Entropy.nats(of: mine.label, answering: mine.score)
                    - Entropy.nats(of: theirs.label, answering: theirs.score)
            }
            let interval = PairedInterval(differences, weights: rows.map(\.weight), 3)
            let isKnown = interval.low.isFinite && interval.high.isFinite
            let gap = isKnown ? interval.low...interval.high : nil
            guard let mine = Gate.logLoss(of: rows), let theirs = Gate.logLoss(of: others),
                mine > theirs * (1 + margin)
            else { return (nil, gap) }
            let fault =
                "\(model.checkpoint) has a golden log loss of \(FigureText.text(mine)), "
                + "production \(FigureText.text(theirs)), margin \(FigureText.percent(margin))"
            return (fault, gap)
        } catch {
            return ("the golden set cannot be used: \(error)", nil)
        }
    }

    // MARK: what it keeps

    /// Where the logs have to begin for the launch to be made anew after a start.
    func launchFloor(of log: LogFolder) throws -> UInt64 {
        guard let entry = launchBook.current else { return .max }
        let first = log.kind == .raw ? entry.begun - entry.terms.history : entry.begun
        return try log.seek(time: first) ?? .max
    }

    /// Nil after a fault, which is noted.
    func attempt<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let fault as DiskFault {
            throw fault
        } catch {
            try note("\(error)")
            return nil
        }
    }
}

/// The learners of a launch's arms on their way to a file.
struct ArmCapture: Sendable {
    var folder: ArmFolder
    var head: ArmFile.Head
    var learners: [LearnerSnapshot]
    var measures: ControlMeasures

    func save() -> Result<ArmFile, any Error> {
        Result { try folder.save(self) }
    }
}
