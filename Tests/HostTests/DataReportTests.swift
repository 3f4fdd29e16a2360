import Engine
import Host
import Operation
import Testing
import Vocabulary

@Suite("What operators are told of held back records")
struct DataReportTests {
    private func record(
        _ sequence: UInt64, _ rule: AdmissionRule, _ text: String
    ) -> QuarantinedRecord {
        QuarantinedRecord(
            sequence: RawSequence(sequence), stream: .examples, path: "examples.jsonl",
            line: Int(sequence) + 1,
            rejection: Rejection(rule: rule, field: "ts", text: text),
            bytes: Array("{\"id\":\"e\(sequence)\"}".utf8), size: 20)
    }

    @Test("Of each rule the newest record is told, of the model that is asked for")
    func newest() throws {
        let folder = try ScratchFolder()
        let quarantine = try Quarantine(folder.path + "/quarantine.sqlite")
        let rules = Array(AdmissionRule.allCases.prefix(2))
        let (shop, other) = (try #require(ModelName("shop")), try #require(ModelName("other")))
        #expect(try quarantine.newest(of: shop).isEmpty)
        try quarantine.put(
            [record(7, rules[0], "new"), record(3, rules[0], "old"), record(5, rules[1], "one")],
            of: shop)
        try quarantine.put([record(9, rules[0], "of another")], of: other)
        let samples = try quarantine.newest(of: shop).sorted { $0.sequence < $1.sequence }
        #expect(samples.map(\.text) == ["one", "new"])
        #expect(samples.map(\.sequence) == [5, 7] && samples.map(\.line) == [6, 8])
        #expect(samples.map(\.rule) == [rules[1].rawValue, rules[0].rawValue])
        #expect(samples[1].record == "{\"id\":\"e7\"}" && samples[1].file == "examples.jsonl")
    }
}
