import TestKit

/// Two streams as text: good and bad records, duplicates, disorder, heartbeats.
struct StreamText: Sendable {
    var examples: [UInt8] = []
    var labels: [UInt8] = []
    /// Lines that are not empty.
    var exampleCount = 0

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
    }

    init(_ recipe: Recipe) {
        var random = SplitMix64(seed: recipe.seed)
        var now = 1_700_000_000
        var labelLines: [(time: Int, line: String)] = []
        for index in 0..<recipe.count {
            now += random.below(20)
            if random.chance(recipe.badShare) { append(Self.bad(index, now, &random)) }
            append(Self.example("e\(index)", now, recipe, &random))
            if random.chance(recipe.duplicateShare) {
                append(Self.example("e\(random.below(index + 1))", now, recipe, &random))
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
            if random.chance(0.02) { labelLines.append((time, "{\"heartbeat\":\(now - 600)}")) }
            if random.chance(recipe.badShare) {
                labelLines.append((time, Self.bad(index, time, &random)))
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

    private static func example(
        _ id: String, _ time: Int, _ recipe: Recipe, _ random: inout SplitMix64
    ) -> String {
        let colour = random.pick(["brown", "red", "grün", "\\u0062lue"])
        let price = (random.normal() * 100).rounded() / 10
        var features =
            "\"colour\":\"\(colour)\",\"price\":\(price),\"member\":\(random.chance(0.5))"
        if random.chance(0.3) { features += ",\"year\":\(1990 + random.below(30))" }
        if random.chance(recipe.wideShare) {
            let items = (0..<800).map { _ in "\"t\(random.below(5000))\"" }
            features += ",\"tags\":[\(items.joined(separator: ","))]"
        }
        var line = "{\"id\":\"\(id)\",\"ts\":\(time),\"features\":{\(features)}"
        if random.chance(0.2) { line += ",\"sample_rate\":0.\(1 + random.below(9))" }
        if random.chance(0.05) { line += ",\"label\":\(random.below(2))" }
        return line + "}"
    }

    private static func bad(_ index: Int, _ time: Int, _ random: inout SplitMix64) -> String {
        random.pick([
            "not json", "[]", "{\"id\":\"b\(index)\"", "{\"id\":\"\",\"ts\":1,\"features\":{}}",
            "{\"id\":\"b\(index)\",\"ts\":\"soon\",\"features\":{}}",
            "{\"id\":\"b\(index)\",\"ts\":\(time),\"features\":{\"price\":1e6}}",
            "{\"id\":\"b\(index)\",\"ts\":\(time),\"features\":{\"price\":1e999},\"label\":9}",
            "{\"id\":\"b\(index)\",\"ts\":253402300799,\"features\":{},\"label\":null}",
        ])
    }
}
