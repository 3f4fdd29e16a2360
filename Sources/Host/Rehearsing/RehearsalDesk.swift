import Engine
import Foundation
import Glibc
import Operation
import Synchronization
import Vocabulary
import World

/// Rehearsals beside an engine: one at a time, on a thread of the lowest priority, so that
/// training and serving go on. Whoever asked for one asks after it until it is over.
package final class RehearsalDesk: Sendable {
    /// Counts, and wall times.
    private enum Limits {
        /// Rehearsals that are over, and can still be asked after.
        static let keptMax = 8
        /// One that nobody asks after any more is ended.
        static let patience = Span.seconds(30)
    }

    private struct Job: Sendable {
        var number: Int
        var model: ModelName
        var course: RehearsalCourse
        var askedAt: Span
        var report: RehearsalReport?
        var fault: String?

        var isOver: Bool { report != nil || fault != nil }

        var progress: RehearsalProgress {
            var progress = RehearsalProgress(
                job: number, model: model, share: isOver ? 1 : course.share, step: course.step)
            if !isOver { progress.secondsLeft = course.secondsLeft }
            (progress.report, progress.fault) = (report, fault)
            return progress
        }
    }

    private let path: String
    private let settings: [ModelSettings]
    private let world: HostWorld
    private let jobs = Mutex<[Job]>([])

    init(path: String, settings: [ModelSettings], world: HostWorld) {
        (self.path, self.settings, self.world) = (path, settings, world)
    }

    /// Begins a rehearsal, or says how one stands; throws an `ActRefusal`.
    func answer(
        _ query: RehearsalQuery, of model: ModelName, standing: ModelStanding
    ) throws -> RehearsalProgress {
        if let number = query.job { return try look(number, cancels: query.cancels ?? false) }
        guard let settings = settings.first(where: { $0.name == model }) else {
            let known = settings.map(\.name.text).joined(separator: ", ")
            throw ActRefusal("there is no such model; known: \(known)")
        }
        let job = try begin(of: model)
        let thread = Thread { [self] in
            // Of this thread alone, on this system.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
            run(job, query, settings, standing)
        }
        thread.name = "rehearsal"
        thread.start()
        return job.progress
    }

    private func begin(of model: ModelName) throws -> Job {
        try jobs.withLock { jobs in
            if let busy = jobs.last, !busy.isOver {
                throw ActRefusal(
                    "rehearsal \(busy.number) of \(busy.model) is under way; cancel it, or wait")
            }
            let number = (jobs.last?.number ?? 0) + 1
            let course = RehearsalCourse(clock: world.clock) { [weak self] course in
                self?.endIfForgotten(number, course)
            }
            let job = Job(
                number: number, model: model, course: course, askedAt: world.clock.monotonic())
            jobs = jobs.suffix(Limits.keptMax - 1) + [job]
            return job
        }
    }

    private func look(_ number: Int, cancels: Bool) throws -> RehearsalProgress {
        try jobs.withLock { jobs in
            guard let index = jobs.firstIndex(where: { $0.number == number }) else {
                throw ActRefusal("there is no rehearsal \(number)")
            }
            jobs[index].askedAt = world.clock.monotonic()
            if cancels { jobs[index].course.cancel() }
            return jobs[index].progress
        }
    }

    private func endIfForgotten(_ number: Int, _ course: RehearsalCourse) {
        let askedAt = jobs.withLock { jobs in jobs.first { $0.number == number }?.askedAt }
        if let askedAt, world.clock.monotonic() - askedAt > Limits.patience { course.cancel() }
    }

    private func run(
        _ job: Job, _ query: RehearsalQuery, _ settings: ModelSettings, _ standing: ModelStanding
    ) {
        let outcome = Result {
            try StateReading(path, world: world).rehearse(
                query, settings, standing: standing, course: job.course)
        }
        jobs.withLock { jobs in
            guard let index = jobs.firstIndex(where: { $0.number == job.number }) else { return }
            switch outcome {
            case .success(let report): jobs[index].report = report
            case .failure(let error): jobs[index].fault = "\(error)"
            }
        }
    }
}

extension RehearsalQuery {
    /// Asks after a rehearsal, through `ask`, until it is over or `goesOn` gives false.
    package func follow(
        _ model: ModelName, ask: (RehearsalQuery) throws -> RehearsalProgress,
        goesOn: () -> Bool = { true }, tell: (RehearsalProgress) -> Void
    ) {
        var query = self
        while goesOn() {
            do {
                let progress = try ask(query)
                tell(progress)
                if progress.isOver { return }
                query = RehearsalQuery()
                query.job = progress.job
            } catch {
                var fault = RehearsalProgress(
                    job: query.job ?? 0, model: model, share: 0, step: "refused")
                fault.fault = "\(error)"
                return tell(fault)
            }
            Thread.sleep(forTimeInterval: 0.25)
        }
    }

    /// Throws an `ActRefusal` that names what is wrong.
    init(body: [UInt8]) throws {
        let bytes = Foundation.Data(body.isEmpty ? Array("{}".utf8) : body)
        do {
            self = try JSON.decode(RehearsalQuery.self, from: bytes)
        } catch {
            throw ActRefusal(
                "the body: expected a JSON object with texts (where: a list of them; propose, "
                    + "cancels: true or false; job: a number)")
        }
        let known = [
            "since", "from", "to", "source", "segment", "where", "event", "proposes", "job",
            "cancels", "step_share", "bisects", "good",
        ]
        let object = try JSONSerialization.jsonObject(with: bytes)
        for name in ((object as? [String: Any])?.keys.sorted() ?? []) where !known.contains(name) {
            throw ActRefusal(
                "the body has an unknown field \(name); known: \(known.joined(separator: ", "))")
        }
    }
}
