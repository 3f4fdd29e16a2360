import Console
import Host
import Operation
import Vocabulary

/// The model's screen drawn into a canvas, from the snapshot of a real engine.
final class PaintStage: Stage {
    private let size: ScreenSize
    private var link = LinkView(snapshot: nil, age: .zero, isConnected: true, isAttached: true)

    private static let frameCount = 500

    init(width: Int, height: Int) {
        size = ScreenSize(width: width, height: height)
    }

    func prepare(_ scratch: Scratch) throws {
        let folder = try scratch.freshFolder("paint")
        let state = try ScratchEngine.open(
            folder, configuration: ScratchEngine.configuration())
        let engine = EngineHost(state) { _ in }
        let feed = try FileFeed(
            try ScratchEngine.host(state), examples: scratch.path(.examples),
            labels: scratch.path(.labels), isFollowing: false, completesForGood: true, passes: 1)
        try engine.run(state, feeds: [feed])
        link.snapshot = engine.latest()?.snapshot
        guard link.snapshot != nil else { throw BenchFault("the engine showed nothing") }
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        var state = ViewState(actor: Actor(user: "bench", from: "bench"))
        state.screen = .model
        let moment = ConsoleMoment(link: link, now: .zero, size: size)
        let watch = Stopwatch()
        var cellCount = 0
        for _ in 0..<Self.frameCount {
            cellCount += Scene.canvas(of: state, at: moment, charset: .unicode).cells.count
        }
        let seconds = watch.cpuSeconds
        guard cellCount == Self.frameCount * size.width * size.height else {
            throw BenchFault("a canvas has not the size that was asked for")
        }
        var sample = Sample(rows: Self.frameCount, cpuSeconds: seconds)
        sample.figures["microseconds_per_frame"] = seconds * 1e6 / Double(Self.frameCount)
        return sample
    }
}
