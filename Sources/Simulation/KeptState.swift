import Engine
import Host
import Learning
import Numerics
import Operation
import Serving
import Vocabulary
import World

/// A state directory as a short undisturbed run leaves it, to be opened again with something
/// broken.
package struct KeptState {
    /// What an engine makes of it.
    package enum Opening: Equatable {
        case refused(String)
        case opened(Opened)
    }

    /// What an engine has after an opening.
    package struct Opened: Equatable {
        package var learnerDigest: String
        /// The checkpoint that it began at.
        package var base: String?
        package var served: String?
        package var isHeld: Bool
        package var journal: [String]
    }

    package private(set) var files: [String: [UInt8]]
    private let settings: ModelSettings

    /// With `isHeld`, it ends stopped; with `isPurged`, something was left out.
    package init(seed: UInt64, isHeld: Bool = false, isPurged: Bool = false) throws {
        let plan = RunPlan(short: seed)
        let streams = SimulatedStreams(plan.shape, plan.random.forked(part: 2))
        let world = SimulatedRun.world(plan, streams)
        world.disk.start()
        settings = plan.settings
        let process = try SimulatedProcess(world, settings)
        while !process.hasEnded {
            try process.pump()
            try process.work()
        }
        if isPurged {
            let everything = ExampleSelection(
                from: .earliest, to: .distantFuture,
                conditions: [FeatureCondition(name: "colour", value: "red")])
            _ = process.perform(.purge(.leaveOut(everything)))
        }
        repeat { try process.work() } while process.engine.wantsCatchUp
        if isHeld { _ = process.perform(.stop) }
        try process.finish()
        files = world.disk.contents
    }

    package func paths(of folder: String, _ suffix: String = "") -> [String] {
        let prefix = SimulatedProcess.folder + "/" + folder
        return files.keys.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }.sorted()
    }

    package mutating func remove(_ folder: String) {
        for path in paths(of: folder) { files[path] = nil }
    }

    /// Opens it with one file changed; `after` is what an operator does then.
    package func open(
        changing path: String? = nil, _ change: (inout [UInt8]) -> Void = { _ in },
        after acts: [Act] = []
    ) -> Opening {
        let world = SimulatedWorld(seed: 1)
        for (path, bytes) in files { world.disk.place(path, bytes) }
        if let path, var bytes = files[path] {
            change(&bytes)
            world.disk.place(path, bytes)
        }
        world.disk.start()
        do {
            let process = try SimulatedProcess(world, settings)
            for act in acts {
                if case .refused(let text) = process.perform(act) { return .refused(text) }
            }
            while process.engine.wantsCatchUp { try process.work() }
            let engine = process.engine
            return .opened(
                Opened(
                    learnerDigest: engine.trainer.learner.encode().digest,
                    base: engine.lastCheckpoint?.id.description,
                    served: engine.serving?.checkpoint.description, isHeld: process.isHeld,
                    journal: world.journal.entries.map(\.effect)))
        } catch {
            return .refused("\(error)")
        }
    }
}
