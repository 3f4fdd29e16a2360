import Engine
import Foundation
import Host
import Ingestion
import Operation
import Recording
import Serving
import Testing
import Vocabulary
import World

/// The embedded shop with traffic, stepped by hand: each checkpoint is validated in this process,
/// ramps, and serves.
final class ShopDay {
    let folder: ScratchFolder
    let state: StateFolder
    private var turn: EngineTurn

    var model: ModelHost { state.models[0] }
    var serving: CheckpointID? { model.desk.current.stable?.checkpoint }

    /// `changes` replaces texts of the embedded configuration. Without requests nothing ramps, as
    /// in a replay.
    init(
        in folder: ScratchFolder? = nil, changes: [(String, String)] = [],
        answersRequests: Bool = true
    ) throws {
        let folder = try folder ?? ScratchFolder()
        self.folder = folder
        var text = SpindleConfiguration.embedded.replacingOccurrences(
            of: "speed = 720", with: "speed = 0")
        for (old, new) in changes {
            precondition(text.contains(old), "the embedded configuration has no \(old)")
            text = text.replacingOccurrences(of: old, with: new)
        }
        var world = HostWorld.local
        world.answersRequests = answersRequests
        world.checkpointTiming = .atOnce
        state = try StateFolder(folder.path + "/state", world: world, mayCreate: true) { _ in
            try SpindleConfiguration(toml: text, file: "test")
        }
        turn = EngineTurn(
            state,
            feeds: [
                try ShopFeed(
                    state.models[0], settings: try #require(state.configuration.shop),
                    statePath: folder.path + "/state/shop.state")
            ])
    }

    /// Plays on until something is so; a shop that takes longer than so many minutes fails.
    func play(minutes: Int = 4000, until isDone: (ShopDay) throws -> Bool) throws {
        for _ in 0..<minutes {
            while try turn.work() {}
            if try isDone(self) { return }
            _ = try turn.pump()
        }
        throw Overdue(minutes: minutes)
    }

    /// Plays on for a while.
    func play(minutes: Int) throws {
        for _ in 0..<minutes {
            while try turn.work() {}
            _ = try turn.pump()
        }
    }

    struct Overdue: Error {
        var minutes: Int
    }

    /// Plays on until a checkpoint has all of the traffic.
    func playUntilServed() throws {
        try play { $0.serving != nil }
    }

    @discardableResult
    func perform(_ act: Act, reason: String = "a test") -> ActOutcome {
        Acts.perform(
            ActRequest(
                act: act, scope: .all, reason: reason, isDryRun: false,
                actor: Actor(user: "tester", from: "here")), on: state)
    }

    func report(_ id: CheckpointID) -> CheckpointReport? {
        model.checkpoints.first { $0.id == id }
    }

    func journal(_ count: Int = 200) throws -> [JournalEntry] { try state.journal.tail(count) }

    /// Takes in one more example, beside the shop's own.
    func take(example line: String) throws {
        let bytes = Array(line.utf8) + [UInt8](repeating: 0, count: LinePadding.size)
        let source = model.engine.sourceIndex(
            of: "by hand", fingerprint: Fingerprint(hash: 0, size: 0))
        let parser = RecordParser(keepsFeatures: true, rules: model.engine.recordRules)
        // What the parser made is valid as long as it is.
        try withExtendedLifetime(parser) {
            try bytes.withUnsafeBytes { bytes in
                let record = UnsafeRawBufferPointer(rebasing: bytes[..<line.utf8.count])
                try model.engine.take(
                    parser.line(record, stream: .examples, number: 1), source: source)
            }
        }
    }

    func leave() throws { try turn.finish() }
}
