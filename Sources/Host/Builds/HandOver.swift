import Foundation
import Operation
import Vocabulary
import World

/// An engine on its way from one build to another: `builds/handover.json`, which the engine that
/// ends writes, the supervisor reads and finishes, and the command that asked waits for.
package struct HandOver: Codable, Sendable, Equatable {
    /// How far it has come.
    package enum Stage: String, Codable, Sendable {
        /// The engine ends, with everything kept.
        case ending
        /// The other build was started, and is not ready yet.
        case starting
        case done
        /// The build that it came from goes on.
        case failed
        /// The engine was asked to end for good meanwhile, or could not end well: nothing runs.
        case ended
    }

    /// What one model must be like for the other build to be ready.
    package struct Expectation: Codable, Sendable, Equatable {
        package var model: ModelName
        package var isStopped: Bool
        package var by: String
        package var isServing: Bool
        /// Entries of the training log that the learner had met; nil while it was catching up.
        package var cursor: UInt64?
    }

    /// Wall time at which it was asked for; no two of one directory have the same.
    package var asked: Instant
    package var from: BuildID
    package var to: BuildID
    package var stage = Stage.ending
    /// Why it has failed, or what has come of it.
    package var text = ""
    /// What the engine was started with.
    package var arguments: [String]
    package var readyLimit: Span
    package var by: String
    package var origin: String
    package var reason: String
    package var expected: [Expectation] = []

    package static func path(in state: String) -> String { state + "/builds/handover.json" }

    /// Nil if there never was one.
    package static func read(in state: String) throws -> HandOver? {
        let path = path(in: state)
        guard try LocalDisk().exists(path) else { return nil }
        return try JSON.decode(
            HandOver.self, from: Foundation.Data(try LocalDisk().read(path)))
    }

    package func write(in state: String) throws {
        try LocalDisk().replace(Self.path(in: state), with: [UInt8](try JSON.encode(self)))
    }

    /// Nil if a snapshot shows what is expected; else what is not so yet.
    package func objection(to snapshot: Snapshot) -> String? {
        guard snapshot.engine.build == to else {
            let found = snapshot.engine.build?.text ?? snapshot.engine.version
            return "the engine that answers is build \(found)"
        }
        for one in expected {
            guard let model = snapshot.models.first(where: { $0.name == one.model }) else {
                return "it has no model \(one.model)"
            }
            let isStopped = model.training.state == .stopped
            if one.isStopped, !isStopped || model.training.by != one.by {
                return "\(one.model) had been stopped by \(one.by), and it does not say so"
            }
            if model.training.state == .failed {
                return "training of \(one.model) failed: \(model.training.reason)"
            }
            if let cursor = one.cursor, model.training.cursor < cursor {
                return "\(one.model) stands at cursor \(model.training.cursor), it had met "
                    + "\(cursor)"
            }
            if one.isServing, model.serving.checkpoint == nil {
                return "no checkpoint of \(one.model) serves"
            }
        }
        return nil
    }
}

extension HandOver.Expectation {
    init(_ model: ModelReport) {
        self.init(
            model: model.name, isStopped: model.training.state == .stopped,
            by: model.training.by, isServing: model.serving.checkpoint != nil,
            cursor: model.training.state == .catchingUp ? nil : model.training.cursor)
    }
}

/// Which build an operator chose over the one that is installed: `builds/choice.json`.
///
/// Where the installed build is started again, after a boot for instance, it makes place for the
/// chosen one. Any other build, being newly installed, runs.
package struct BuildChoice: Codable, Sendable, Equatable {
    package var build: BuildID
    package var insteadOf: BuildID

    static func path(in state: String) -> String { state + "/builds/choice.json" }

    package static func read(in state: String) throws -> BuildChoice? {
        let path = path(in: state)
        guard try LocalDisk().exists(path) else { return nil }
        return try JSON.decode(
            BuildChoice.self, from: Foundation.Data(try LocalDisk().read(path)))
    }

    /// Takes note of a hand-over that was done.
    static func note(_ handOver: HandOver, in state: String) throws {
        let installed = try read(in: state)?.insteadOf ?? handOver.from
        guard installed != handOver.to else { return try LocalDisk().remove(path(in: state)) }
        let choice = BuildChoice(build: handOver.to, insteadOf: installed)
        try LocalDisk().replace(path(in: state), with: [UInt8](try JSON.encode(choice)))
    }
}
