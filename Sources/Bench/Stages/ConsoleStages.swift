import Glibc

/// What a console costs on a terminal of 120x40: frames, keys, bytes, CPU of its threads.
final class ConsoleStage: Stage {
    static let figures: [ConsoleFigure] = [
        .firstFrame, .busyFirstFrame, .busyEcho, .busyAction, .unreadAction, .stillBytes, .bytes,
        .writes, .stillLoad, .load,
    ]

    private static let keyCount = 200
    private static let loadSize = 1 << 20

    func prepare(_ scratch: Scratch) throws {}

    func measure(_ scratch: Scratch) throws -> Sample {
        var sample = Sample(rows: Self.keyCount)
        let desk = try ConsoleDesk()
        sample.note(.firstFrame, desk.firstFrameMilliseconds)
        var worst = (bytes: 0.0, writes: 0.0, load: 0.0)
        for key in ["1", "2"] {
            desk.show(key)
            let cost = try desk.cost(ofSeconds: 5, isMoving: true)
            worst.bytes = max(worst.bytes, cost.bytesPerSecond)
            worst.writes = max(worst.writes, cost.writesPerFrame)
            worst.load = max(worst.load, cost.cpuPercent)
        }
        sample.note(.bytes, worst.bytes)
        sample.note(.writes, worst.writes)
        sample.note(.load, worst.load)
        let still = try desk.cost(ofSeconds: 4, isMoving: false)
        sample.note(.stillBytes, still.bytesPerSecond)
        sample.note(.stillLoad, still.cpuPercent)
        try desk.end()
        try measureBusy(&sample)
        return sample
    }

    private func measureBusy(_ sample: inout Sample) throws {
        let cores = BusyCores(over: [UInt8](repeating: 7, count: Self.loadSize))
        defer { cores.end() }
        let desk = try ConsoleDesk()
        sample.note(.busyFirstFrame, desk.firstFrameMilliseconds)
        sample.note(.busyEcho, try Self.worst { try desk.turn($0) })
        let action = try Self.worst { _ in
            desk.terminal.read(forMilliseconds: 5)
            return try desk.press()
        }
        sample.note(.busyAction, action)
        sample.note(.unreadAction, try Self.worst { _ in try desk.press() })
        desk.terminal.read(forMilliseconds: 500)
        try desk.end()
    }

    /// The 99th percentile of so many keys' milliseconds.
    private static func worst(_ key: (Int) throws -> Double) throws -> Double {
        var milliseconds: [Double] = []
        for number in 0..<keyCount {
            milliseconds.append(try key(number))
            // Not in step with anything.
            usleep(UInt32(3000 + number * 7919 % 20_000))
        }
        return milliseconds.sorted()[(keyCount * 99 - 1) / 100]
    }
}

/// What a console adds to the memory of a process, before and after 10,000 frames.
final class ConsoleMemoryStage: Stage {
    static let figures: [ConsoleFigure] = [.memory, .growth]

    private static let frameCount = 10_000

    func prepare(_ scratch: Scratch) throws {}

    func measure(_ scratch: Scratch) throws -> Sample {
        let memory = try ConsoleMemory.measure(frameCount: Self.frameCount)
        var sample = Sample(rows: Self.frameCount)
        sample.note(.memory, memory.total)
        sample.note(.growth, memory.growth)
        return sample
    }
}

extension Sample {
    fileprivate mutating func note(_ figure: ConsoleFigure, _ value: Double) {
        figures[figure.rawValue] = value
    }
}
