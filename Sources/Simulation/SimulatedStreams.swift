import Numerics

/// Two streams as text: good and bad records, duplicates, orphans, disorder, heartbeats.
struct SimulatedStreams {
    /// What the streams are made of: shares of all examples, and seconds.
    struct Shape {
        var count = 100
        var labelledShare = 0.5
        var badShare = 0.04
        var duplicateShare = 0.04
        var orphanShare = 0.03
        var earlyShare = 0.05
        var heartbeatShare = 0.03
        /// Labels that come out of order in their file.
        var swapShare = 0.05
        var stepSeconds = 30
        var lagSeconds = 900
        /// Who may have served an example; with any, some say so, and for which unit.
        var arms: [String] = []

        static func drawn(_ random: inout SeededRandom) -> Shape {
            var shape = Shape()
            shape.count = 20 + random.below(random.pick([60, 200, 400]))
            shape.labelledShare = random.pick([0.2, 0.5, 1])
            shape.badShare = random.pick([0, 0.03, 0.2])
            shape.duplicateShare = random.pick([0, 0.05, 0.3])
            shape.earlyShare = random.pick([0, 0.05, 0.5])
            shape.swapShare = random.pick([0, 0.05, 0.3])
            shape.stepSeconds = random.pick([2, 30, 300])
            shape.lagSeconds = random.pick([60, 900, 9000])
            return shape
        }
    }

    static let start = 1_700_000_000

    private(set) var examples: [UInt8] = []
    private(set) var labels: [UInt8] = []
    /// Event time of the last example, in seconds.
    private(set) var end = start
    private var labelLines: [(time: Int, line: String)] = []
    private var random: SeededRandom
    private let arms: [String]

    init(_ shape: Shape, _ seed: SeededRandom) {
        random = seed
        arms = shape.arms
        for index in 0..<shape.count {
            end += random.below(shape.stepSeconds)
            if random.chance(shape.badShare) { addExample(bad(index)) }
            addExample(example("e\(index)"))
            if random.chance(shape.duplicateShare) {
                addExample(example("e\(random.below(index + 1))"))
            }
            addLabels(index, shape)
        }
        for line in ordered(shape.swapShare) { labels += Array(line.utf8) + [0x0A] }
        labelLines = []
    }

    private mutating func addLabels(_ index: Int, _ shape: Shape) {
        if random.chance(shape.heartbeatShare) {
            labelLines.append((end, "{\"heartbeat\":\(end - random.below(600))}"))
        }
        if random.chance(shape.orphanShare) {
            labelLines.append((end, "{\"id\":\"no-\(index)\",\"ts\":\(end),\"label\":1}"))
        }
        if random.chance(shape.badShare) { labelLines.append((end, bad(index))) }
        guard random.chance(shape.labelledShare) else { return }
        let isEarly = random.chance(shape.earlyShare)
        let time = end + (isEarly ? -random.below(200) : random.below(shape.lagSeconds))
        let value = random.pick(["1", "0", "1", "0.25"])
        let line = "{\"id\":\"e\(index)\",\"ts\":\(time),\"label\":\(value)}"
        labelLines.append((time, line))
        if random.chance(shape.duplicateShare) { labelLines.append((time + 1, line)) }
    }

    /// By time, then as they were made; but for some that change places with the next.
    private mutating func ordered(_ swapShare: Double) -> [String] {
        var lines = labelLines.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }.map(\.element.line)
        for index in lines.indices.dropLast() where random.chance(swapShare) {
            lines.swapAt(index, index + 1)
        }
        return lines
    }

    private mutating func addExample(_ line: String) {
        examples += Array(line.utf8) + [0x0A]
    }

    private mutating func example(_ id: String) -> String {
        let colour = random.pick(["brown", "red", "grün", "\\u0062lue"])
        let price = Double(random.below(4000)) / 100 - 20
        var line = "{\"id\":\"\(id)\",\"ts\":\(end),\"features\":{\"colour\":\"\(colour)\","
        line += "\"price\":\(price)"
        if random.chance(0.3) { line += ",\"year\":\(1990 + random.below(30))" }
        line += "}"
        if random.chance(0.3) { line += ",\"source\":\"\(random.pick(["web", "app"]))\"" }
        if random.chance(0.1) { line += ",\"sample_rate\":0.\(1 + random.below(9))" }
        if random.chance(0.05) { line += ",\"label\":\(random.below(2))" }
        if !arms.isEmpty, random.chance(0.8) {
            line += ",\"arm\":\"\(random.pick(arms))\",\"unit\":\"u\(random.below(40))\""
        }
        return line + "}"
    }

    private mutating func bad(_ index: Int) -> String {
        random.pick([
            "not json", "{\"id\":\"b\(index)\"", "{\"id\":\"\",\"ts\":1,\"features\":{}}",
            "{\"id\":\"b\(index)\",\"ts\":\"soon\",\"features\":{}}",
            "{\"id\":\"b\(index)\",\"ts\":\(end),\"features\":{\"price\":1e999},\"label\":9}",
        ])
    }
}
