import Engine
import Host
import Operation
import Vocabulary
import World

/// One life of an engine's process in a simulated world: a state directory, its model, and the
/// feed of both streams.
final class SimulatedProcess {
    static let folder = "/disk/state"
    static let model = folder + "/models/m"
    static let checkpoints = model + "/checkpoints"
    static let examplesPath = "/disk/examples"
    static let labelsPath = "/disk/labels"

    let state: StateFolder
    let host: ModelHost
    private var turn: EngineTurn
    /// All that the streams have was taken in.
    private(set) var hasEnded = false
    /// Something could not be written: nothing is taken in until it is.
    private var isTroubled = false

    init(_ world: SimulatedWorld, _ settings: ModelSettings) throws {
        let configuration = SpindleConfiguration(models: [settings], text: "# simulated")
        state = try StateFolder(Self.folder, world: world.host, mayCreate: true) { _ in
            configuration
        }
        host = state.models[0]
        let feed = try FileFeed(
            host, examples: Self.examplesPath, labels: Self.labelsPath, isFollowing: false,
            completesForGood: true, passes: 1)
        turn = EngineTurn(state, feeds: [feed])
    }

    var engine: ModelEngine { host.engine }

    /// Takes in what is due; a fault here is the end of this process.
    func pump() throws {
        guard !isTroubled, !hasEnded else { return }
        if case .ended = try turn.pump() { hasEnded = true }
    }

    /// What an engine does besides, and tries again after a fault; true if there is more of it.
    @discardableResult
    func work() throws -> Bool {
        isTroubled = true
        let hasMore = try turn.work()
        isTroubled = false
        return hasMore
    }

    func finish() throws {
        isTroubled = true
        try turn.finish()
        isTroubled = false
    }

    func perform(_ act: Act, overrides: Bool = false) -> ActOutcome {
        var request = ActRequest(
            act: act, scope: .all, reason: "simulated", isDryRun: false, waits: false,
            actor: Actor(user: "simulator", from: "seed"))
        request.overrides = overrides
        return Acts.perform(request, on: state)
    }

    var isHeld: Bool { state.latch.isAnyHeld }

    /// What is to be seen of the launch that is under way; nil without one.
    var launch: LaunchStatus? {
        let status = Acts.snapshotAtRest(state).models.first?.launch
        return status?.isUnderWay == true ? status : nil
    }
}
