import TestKit
import Vocabulary

/// What one example says, so that a test can tell by itself which selections it meets.
struct ExampleFacts: Sendable {
    var id: String
    /// Seconds since 1970.
    var time: Int
    var source: String?
    var segment: String?
    /// The values of categories, booleans and bags, as text.
    var categories: [String: [String]] = [:]
    var numbers: [String: Double] = [:]
    private var sampleRate: String?
    private var label: Int?

    static let colours = ["brown", "red", "grün", "blue"]
    static let sources = ["anna", "ben", "carla"]
    static let segments = ["north", "south"]

    init(_ index: Int, _ time: Int, _ recipe: StreamText.Recipe, _ random: inout SplitMix64) {
        id = "e\(index)"
        self.time = time
        categories["colour"] = [random.pick(Self.colours)]
        categories["member"] = ["\(random.chance(0.5))"]
        numbers["price"] = (random.normal() * 100).rounded() / 10
        if random.chance(0.3) { numbers["year"] = Double(1990 + random.below(30)) }
        if random.chance(recipe.wideShare) {
            categories["tags"] = (0..<800).map { _ in "t\(random.below(5000))" }
        }
        if random.chance(0.8) { source = random.pick(Self.sources) }
        if random.chance(0.8) { segment = random.pick(Self.segments) }
        if random.chance(0.2) { sampleRate = "0.\(1 + random.below(9))" }
        if random.chance(0.05) { label = random.below(2) }
    }

    /// As a record; some letters are escaped.
    func line(_ random: inout SplitMix64) -> String {
        let colour = (categories["colour"]?[0] ?? "").replacing("b", with: "\\u0062")
        let member = categories["member"]?[0] ?? ""
        var features = "\"colour\":\"\(colour)\",\"price\":\(numbers["price"] ?? 0)"
        features += ",\"member\":\(member)"
        if let year = numbers["year"] { features += ",\"year\":\(Int(year))" }
        if let tags = categories["tags"] {
            features += ",\"tags\":[\(tags.map { "\"\($0)\"" }.joined(separator: ","))]"
        }
        var line = "{\"id\":\"\(id)\",\"ts\":\(time),\"features\":{\(features)}"
        if let source { line += ",\"source\":\"\(source)\"" }
        if let segment { line += ",\"segment\":\"\(segment)\"" }
        if let sampleRate { line += ",\"sample_rate\":\(sampleRate)" }
        if let label { line += ",\"label\":\(label)" }
        return line + "}"
    }

    func meets(_ selection: ExampleSelection) -> Bool {
        let at = Instant(microseconds: Int64(time) * 1_000_000)
        guard selection.from <= at, at < selection.to else { return false }
        if let wanted = selection.source, source != wanted { return false }
        if let wanted = selection.segment, segment != wanted { return false }
        return selection.conditions.allSatisfy { condition in
            if categories[condition.name]?.contains(condition.value) ?? false { return true }
            guard let number = numbers[condition.name] else { return false }
            return Double(condition.value) == number
        }
    }
}

extension ExampleSelection {
    /// A selection that means something in a stream of these examples: its bounds are their very
    /// times.
    static func random(
        in facts: [ExampleFacts], _ random: inout SplitMix64
    ) -> ExampleSelection {
        let length = random.chance(0.3) ? facts.count : 1 + random.below(facts.count / 4)
        let start = random.below(facts.count)
        let end = min(start + length, facts.count - 1)
        func instant(_ index: Int) -> Instant {
            Instant(microseconds: Int64(facts[index].time) * 1_000_000)
        }
        let from = instant(start)
        var selection = ExampleSelection(
            from: from, to: max(instant(end), from + Span(microseconds: 1)))
        if random.chance(0.4) { selection.source = random.pick(ExampleFacts.sources) }
        if random.chance(0.4) { selection.segment = random.pick(ExampleFacts.segments) }
        if random.chance(0.5) { selection.conditions.append(.random(in: facts, &random)) }
        if random.chance(0.1) { selection.conditions.append(.random(in: facts, &random)) }
        return selection
    }
}

extension FeatureCondition {
    fileprivate static func random(
        in facts: [ExampleFacts], _ random: inout SplitMix64
    ) -> FeatureCondition {
        switch random.below(5) {
        case 0: FeatureCondition(name: "member", value: random.pick(["true", "false"]))
        case 1: FeatureCondition(name: "year", value: "\(1990 + random.below(30)).0")
        case 2:
            FeatureCondition(
                name: "price", value: "\(random.pick(facts).numbers["price"] ?? 0)")
        case 3: FeatureCondition(name: "tags", value: "t\(random.below(5000))")
        default: FeatureCondition(name: "colour", value: random.pick(ExampleFacts.colours))
        }
    }
}
