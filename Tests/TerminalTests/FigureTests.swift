import Bench
import Testing

/// What a screen of 120x40 costs, each in a process of its own, where nothing else runs.
@Suite("What the screen costs", .serialized) struct FigureTests {
    private static func expect(_ figure: ConsoleFigure, _ value: Double) {
        #expect(value <= figure.limit, "\(figure.rawValue) is \(value)")
    }

    @Test("With new data each second at most 5 KiB/s are sent, in at most 1.2 writes a frame")
    func bytes() async {
        await #expect(processExitsWith: .success) {
            let desk = try ConsoleDesk()
            for key in ["1", "2"] {
                desk.show(key)
                let cost = try desk.cost(ofSeconds: 6, isMoving: true)
                #expect((4...7).contains(cost.frames), "\(cost.frames) frames in 6 s")
                FigureTests.expect(.bytes, cost.bytesPerSecond)
                FigureTests.expect(.writes, cost.writesPerFrame)
                // Only what changed: a whole screen a second would be less than the limit.
                let whole = Double(desk.wholeFrameSize)
                #expect(cost.bytesPerSecond < whole / 3, "\(cost.bytesPerSecond) of \(whole)")
            }
            try desk.end()
        }
    }

    @Test("Its threads take at most 0.5 % of a core with new data, and 0.05 % without")
    func load() async {
        await #expect(processExitsWith: .success) {
            let desk = try ConsoleDesk()
            desk.show("2")
            let still = try desk.cost(ofSeconds: 4, isMoving: false)
            FigureTests.expect(.stillLoad, still.cpuPercent)
            FigureTests.expect(.stillBytes, still.bytesPerSecond)
            let busy = try desk.cost(ofSeconds: 6, isMoving: true)
            FigureTests.expect(.load, busy.cpuPercent)
            #expect(busy.cpuPercent > 0)
            try desk.end()
        }
    }

    @Test("A console adds at most 12 MiB to a process, and 10,000 frames nothing to that")
    func memory() async {
        await #expect(processExitsWith: .success) {
            let memory = try ConsoleMemory.measure()
            FigureTests.expect(.memory, memory.total)
            FigureTests.expect(.growth, memory.growth)
        }
    }
}
