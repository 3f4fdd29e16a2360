import Ingestion
import Learning
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("Chosen features of an entry")
struct ChosenFeaturesTests {
    /// Features by name, each as JSON.
    private typealias Features = [(name: String, json: String)]

    private func line(_ features: Features) -> String {
        let object = features.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",")
        return "{\"id\":\"e\",\"ts\":5,\"source\":\"s\",\"features\":{\(object)}}"
    }

    private func chance(_ random: inout SplitMix64) -> Features {
        (0..<Int.random(in: 0...9, using: &random)).map { index in
            let json =
                switch Int.random(in: 0...3, using: &random) {
                case 0: "\(Double.random(in: -1e6...1e6, using: &random))"
                case 1: "\"v\(Int.random(in: 0...3, using: &random))\""
                case 2: "[\"a\",\"b\(Int.random(in: 0...3, using: &random))\"]"
                default: "true"
                }
            return ("f\(index)", json)
        }
    }

    private func chosen(_ features: Features, _ choice: FeatureChoice) throws -> [UInt8] {
        let parser = RecordParser(keepsFeatures: true)
        let bytes = Array(line(features).utf8) + [UInt8](repeating: 0, count: LinePadding.size)
        return try bytes.withUnsafeBytes { buffer in
            let base = try #require(buffer.baseAddress)
            _ = try parser.parse(base, count: buffer.count - LinePadding.size, stream: .examples)
            let chooser = FeatureChooser(choice)
            return withExtendedLifetime(chooser) {
                let entry = chooser.entry(
                    EntryView(UnsafeRawPointer(parser.entry)), of: parser.features)
                return Array(UnsafeRawBufferPointer(start: entry.base, count: entry.size))
            }
        }
    }

    @Test("Ignoring some gives, to the byte, the entry of the record without them")
    func ignored() throws {
        var random = SplitMix64(seed: 1)
        for _ in 0..<500 {
            let features = chance(&random)
            let ignored = features.map(\.name).filter { _ in Bool.random(using: &random) }
            let rest = features.filter { !ignored.contains($0.name) }
            #expect(
                try chosen(features, FeatureChoice(ignored: ignored))
                    == LineParser().read(line(rest)).entry)
        }
    }

    @Test("A cross adds one feature for each pair of values, of the kind that its sides make")
    func crossed() throws {
        func added(_ left: String, _ right: String) throws -> (numbers: [Double], categories: Int) {
            let features = [("l", left), ("other", "1"), ("r", right)]
            let bytes = try chosen(
                features, FeatureChoice(crosses: [FeatureChoice.Cross("r", "l")]))
            let plain = LineParser().read(line(features)).entry
            return bytes.withUnsafeBytes { bytes in
                plain.withUnsafeBytes { plain in
                    guard let chosen = bytes.baseAddress, let whole = plain.baseAddress else {
                        return ([], 0)
                    }
                    let (mine, others) = (EntryView(chosen), EntryView(whole))
                    let numbers = (others.numberCount..<mine.numberCount).map { mine.numbers[$0] }
                    return (numbers, mine.categoryCount - others.categoryCount)
                }
            }
        }
        #expect(try added("\"a\"", "\"b\"") == ([], 1))
        #expect(try added("[\"a\",\"b\"]", "[\"a\",\"b\",\"c\"]") == ([], 6))
        #expect(try added("2.5", "\"b\"") == ([2.5], 0))
        #expect(try added("true", "-3") == ([-3], 0))
        #expect(try added("2", "-3.5") == ([-7], 0))
        #expect(try added("1e300", "1e300") == ([.greatestFiniteMagnitude], 0))
        #expect(try added("null", "\"b\"") == ([], 0))
    }

    @Test("No record of bags makes more crosses than fit")
    func limited() throws {
        let bag = "[" + (0..<300).map { "\"v\($0)\"" }.joined(separator: ",") + "]"
        let bytes = try chosen(
            [("l", bag), ("r", bag)], FeatureChoice(crosses: [FeatureChoice.Cross("l", "r")]))
        let count = bytes.withUnsafeBytes { $0.baseAddress.map { EntryView($0).categoryCount } }
        #expect(count == 600 + FeatureChooser.crossedCountMax)
    }

    @Test("A learner's bytes say what it chooses; without a choice they are as ever")
    func encoded() throws {
        var settings = LearnerSettings()
        settings.bits = 10
        let plain = FTRLLearner(settings: settings).encode()
        #expect(plain.prefix(4) == [2, 0, 0, 0])
        settings.features = FeatureChoice(
            ignored: ["b", "a"], crosses: [FeatureChoice.Cross("y", "x")])
        let bytes = FTRLLearner(settings: settings).encode()
        let back = try bytes.withUnsafeBytes { try FTRLLearner(decoding: $0) }
        #expect(back.settings == settings)
        settings.features = FeatureChoice(
            ignored: ["a", "b", "a"], crosses: [FeatureChoice.Cross("x", "y")])
        #expect(back.settings == settings)
    }
}
