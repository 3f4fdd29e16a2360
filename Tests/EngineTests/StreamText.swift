import TestKit

/// Two streams as text: good and bad records, duplicates, disorder, heartbeats.
struct StreamText: Sendable {
    var examples: [UInt8] = []
    var labels: [UInt8] = []
    /// Lines that are not empty.
    var exampleCount = 0
    /// What the first line of each id says, in order.
    private(set) var facts: [ExampleFacts] = []

    /// What a stream is made of.
    struct Recipe: Sendable {
        var seed: UInt64
        var count = 1500
        /// Share of lines that break a rule.
        var badShare = 0.05
        /// Share of examples that come again.
        var duplicateShare = 0.05
        /// Share of labels that are dated before their example.
        var earlyShare = 0.1
        /// Share of examples with a bag of hundreds of items.
        var wideShare = 0.02
        /// Whether some of the bad lines are good, but of the year 9999.
        var hasOutliers = true
        /// Share of labels that a heartbeat follows.
        var heartbeatShare = 0.02
    }

    init(_ recipe: Recipe) {
        var random = SplitMix64(seed: recipe.seed)
        var now = 1_700_000_000
        var labelLines: [(time: Int, line: String)] = []
        for index in 0..<recipe.count {
            now += random.below(20)
            if random.chance(recipe.badShare) { append(Self.bad(index, now, recipe, &random)) }
            let facts = ExampleFacts(index, now, recipe, &random)
            self.facts.append(facts)
            append(facts.line(&random))
            if random.chance(recipe.duplicateShare) {
                let other = ExampleFacts(random.below(index + 1), now, recipe, &random)
                append(other.line(&random))
            }
            guard random.chance(0.5) else { continue }
            let lag = random.chance(recipe.earlyShare) ? -random.below(200) : random.below(900)
            let time = now + lag
            let value = random.pick(["1", "0", "1", "0.25"])
            labelLines.append((time, "{\"id\":\"e\(index)\",\"ts\":\(time),\"label\":\(value)}"))
            if random.chance(0.05) {
                labelLines.append((time, "{\"id\":\"e\(index)\",\"ts\":\(time),\"label\":1}"))
            }
            if random.chance(0.03) {
                labelLines.append((time, "{\"id\":\"no-\(index)\",\"ts\":\(time),\"label\":1}"))
            }
            if random.chance(recipe.heartbeatShare) {
                labelLines.append((time, "{\"heartbeat\":\(now - 600)}"))
            }
            if random.chance(recipe.badShare) {
                labelLines.append((time, Self.bad(index, time, recipe, &random)))
            }
        }
        // A stable order: by time, then as they were made.
        for label in labelLines.enumerated().sorted(by: {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }) {
            labels += Array(label.element.line.utf8) + [0x0A]
        }
    }

    private mutating func append(_ line: String) {
        examples += Array(line.utf8) + [0x0A]
        exampleCount += 1
    }

    /// The same text without some examples, and without or with their labels.
    func without(_ ids: Set<String>, keepingLabels: Bool) -> StreamText {
        var text = self
        text.facts.removeAll { ids.contains($0.id) }
        text.examples = Self.lines(of: examples, without: ids)
        if !keepingLabels { text.labels = Self.lines(of: labels, without: ids) }
        text.exampleCount = text.examples.count { $0 == 0x0A }
        return text
    }

    private static func lines(of bytes: [UInt8], without ids: Set<String>) -> [UInt8] {
        let head = Array("{\"id\":\"".utf8)
        return bytes.split(separator: 0x0A).filter { line in
            guard line.starts(with: head) else { return true }
            let id = line.dropFirst(head.count).prefix { $0 != UInt8(ascii: "\"") }
            return !ids.contains(String(decoding: id, as: UTF8.self))
        }.flatMap { $0 + [0x0A] }
    }

    private static func bad(
        _ index: Int, _ time: Int, _ recipe: Recipe, _ random: inout SplitMix64
    ) -> String {
        var lines = [
            "not json", "[]", "{\"id\":\"b\(index)\"", "{\"id\":\"\",\"ts\":1,\"features\":{}}",
            "{\"id\":\"b\(index)\",\"ts\":\"soon\",\"features\":{}}",
            "{\"id\":\"b\(index)\",\"ts\":\(time),\"features\":{\"price\":1e6}}",
            "{\"id\":\"b\(index)\",\"ts\":\(time),\"features\":{\"price\":1e999},\"label\":9}",
        ]
        if recipe.hasOutliers {
            lines.append(
                "{\"id\":\"b\(index)\",\"ts\":253402300799,\"features\":{},\"label\":null}")
        }
        return random.pick(lines)
    }
}
