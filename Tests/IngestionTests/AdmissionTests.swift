import Ingestion
import TestKit
import Testing
import Vocabulary

@Suite("Admission rules")
struct AdmissionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var line: String
        var rule: AdmissionRule
        var field: String
        var stream = StreamKind.examples

        var testDescription: String { String(line.prefix(80)) }
    }

    private static func example(_ more: String) -> String {
        "{\"id\":\"e\",\"ts\":1,\"features\":{}\(more)}"
    }

    private static func label(_ more: String) -> String { "{\"id\":\"e\",\"ts\":1\(more)}" }

    static let examples: [Case] = [
        Case(line: "{", rule: .malformedJSON, field: ""),
        Case(line: "[]", rule: .notAnObject, field: ""),
        Case(line: "1", rule: .notAnObject, field: ""),
        Case(line: "null", rule: .notAnObject, field: ""),
        Case(line: "{}", rule: .idMissing, field: "id"),
        Case(line: example(",\"arm\":1,\"arm\":2"), rule: .duplicateField, field: "arm"),
        Case(line: #"{"ts":1,"features":{}}"#, rule: .idMissing, field: "id"),
        Case(line: #"{"id":7,"ts":1,"features":{}}"#, rule: .idType, field: "id"),
        Case(line: #"{"id":null,"ts":1,"features":{}}"#, rule: .idType, field: "id"),
        Case(line: #"{"id":["a"],"ts":1,"features":{}}"#, rule: .idType, field: "id"),
        Case(line: #"{"id":"","ts":1,"features":{}}"#, rule: .idEmpty, field: "id"),
        Case(line: #"{"id":"e","features":{}}"#, rule: .timeMissing, field: "ts"),
        Case(line: #"{"id":"e","ts":"soon","features":{}}"#, rule: .timeFormat, field: "ts"),
        Case(line: #"{"id":"e","ts":null,"features":{}}"#, rule: .timeFormat, field: "ts"),
        Case(line: #"{"id":"e","ts":1e12,"features":{}}"#, rule: .timeFormat, field: "ts"),
        Case(line: #"{"id":"e","ts":"1","features":{}}"#, rule: .timeFormat, field: "ts"),
        Case(line: #"{"id":"e","ts":{},"features":{}}"#, rule: .timeFormat, field: "ts"),
        Case(line: #"{"id":"e","ts":1}"#, rule: .featuresMissing, field: "features"),
        Case(line: #"{"id":"e","ts":1,"features":[]}"#, rule: .featuresType, field: "features"),
        Case(line: #"{"id":"e","ts":1,"features":null}"#, rule: .featuresType, field: "features"),
        Case(
            line: #"{"id":"e","ts":1,"features":{"a":{}}}"#, rule: .featureType,
            field: "features.a"),
        Case(
            line: #"{"id":"e","ts":1,"features":{"a":["x",1]}}"#, rule: .featureType,
            field: "features.a"),
        Case(
            line: #"{"id":"e","ts":1,"features":{"a":[null]}}"#, rule: .featureType,
            field: "features.a"),
        Case(
            line: #"{"id":"e","ts":1,"features":{"a":[["x"]]}}"#, rule: .featureType,
            field: "features.a"),
        Case(
            line: #"{"id":"e","ts":1,"features":{"a":1e999}}"#, rule: .nonFinite,
            field: "features.a"),
        Case(line: example(",\"propensity\":0"), rule: .propensityRange, field: "propensity"),
        Case(line: example(",\"propensity\":1.01"), rule: .propensityRange, field: "propensity"),
        Case(line: example(",\"propensity\":\"1\""), rule: .fieldType, field: "propensity"),
        Case(line: example(",\"sample_rate\":-0.1"), rule: .sampleRateRange, field: "sample_rate"),
        Case(line: example(",\"sample_rate\":2"), rule: .sampleRateRange, field: "sample_rate"),
        Case(line: example(",\"sample_rate\":true"), rule: .fieldType, field: "sample_rate"),
        Case(line: example(",\"label\":1.5"), rule: .labelRange, field: "label"),
        Case(line: example(",\"label\":-1"), rule: .labelRange, field: "label"),
        Case(line: example(",\"label\":\"1\""), rule: .fieldType, field: "label"),
        Case(line: example(",\"source\":{}"), rule: .fieldType, field: "source"),
        Case(line: example(",\"segment\":[]"), rule: .fieldType, field: "segment"),
        Case(line: example(",\"tz\":[]"), rule: .fieldType, field: "tz"),
        Case(line: example(",\"unit\":{}"), rule: .fieldType, field: "unit"),
        Case(line: example(",\"checkpoint\":{}"), rule: .fieldType, field: "checkpoint"),
    ]

    static let labels: [Case] = [
        Case(line: label(""), rule: .labelMissing, field: "label", stream: .labels),
        Case(line: label(",\"label\":null"), rule: .labelMissing, field: "label", stream: .labels),
        Case(line: label(",\"label\":2"), rule: .labelRange, field: "label", stream: .labels),
        Case(line: label(",\"label\":true"), rule: .fieldType, field: "label", stream: .labels),
        Case(line: #"{"ts":1,"label":1}"#, rule: .idMissing, field: "id", stream: .labels),
        Case(line: #"{"id":"e","label":1}"#, rule: .timeMissing, field: "ts", stream: .labels),
        Case(line: #"{"heartbeat":"x"}"#, rule: .timeFormat, field: "heartbeat", stream: .labels),
        Case(line: "7", rule: .notAnObject, field: "", stream: .labels),
    ]

    @Test("A record that breaks a rule names it, and the field", arguments: examples + labels)
    func rules(_ broken: Case) {
        let rejection = LineParser().read(broken.line, broken.stream).rejection
        #expect(rejection?.rule == broken.rule)
        #expect(rejection?.field == broken.field)
        #expect(rejection?.text.isEmpty == false)
    }

    @Test("Every rule of the parser is reached by some record")
    func everyRule() {
        var reached = Set((Self.examples + Self.labels).map(\.rule))
        // These have tests of their own: UTF8Tests, and the limits below.
        reached.formUnion([
            .invalidUTF8, .recordTooLong, .idTooLong, .featureNameTooLong, .tooManyFeatures,
        ])
        // Those have ZoneTests and PropensityTests.
        reached.formUnion([.zoneMissing, .zoneUnknown, .propensityMissing])
        #expect(reached == Set(AdmissionRule.allCases.filter { !$0.isOfConfiguration }))
    }

    @Test(
        "What INTERFACE allows is admitted",
        arguments: [
            #"{"id":"e1","ts":"2026-11-23T08:00:00Z","features":{"query":"brown wool","#
                + #""price":12.5,"tags":["sale","new"],"member":true}}"#,
            #"{"id":"e","ts":1764,"features":{"a":null},"propensity":1,"sample_rate":1e-9}"#,
            #"{"id":"e","ts":-1.5,"features":{},"label":0.5,"arm":"A","unit":7,"tz":"Asia"}"#,
            #"{"features":{},"later":{"a":[1,{"b":null}]},"ts":0,"id":"e","segment":1}"#,
            #"{"id":"e","ts":1,"features":{},"label":null,"propensity":null,"source":null}"#,
            #"{"id":"e","ts":1,"features":{},"heartbeat":"not on this stream"}"#,
        ])
    func admitted(line: String) {
        #expect(LineParser().read(line).isAdmitted)
    }

    @Test("A heartbeat needs neither id nor label, and a label may bring more fields")
    func labelStream() {
        let parser = LineParser()
        let heartbeat = ParsedRecord(
            kind: .heartbeat, idHash: 0, time: Instant(microseconds: 5_000_000), label: nil)
        #expect(parser.read(#"{"heartbeat":5}"#, .labels).outcome == .success(heartbeat))
        #expect(parser.read(#"{"heartbeat":"1970-01-01T00:00:05Z"}"#, .labels).isAdmitted)
        let label = parser.read(#"{"id":"e","ts":1,"label":0,"features":7,"x":[]}"#, .labels)
        #expect(label.isAdmitted)
    }

    @Test("An inverse sample rate is the weight, up to the limit")
    func weights() {
        let parser = LineParser()
        for (rate, weight) in [("0.5", 2), ("1", 1), ("1e-4", 10_000), ("1e-9", 10_000)] {
            let reading = parser.read(Self.example(",\"sample_rate\":\(rate)"))
            reading.entry.withUnsafeBytes { bytes in
                #expect(bytes.baseAddress.map { EntryView($0).weight } == Float(weight))
            }
        }
    }
}

@Suite("Limits of a record")
struct LimitTests {
    private static func rule(_ line: String) -> AdmissionRule? {
        LineParser().read(line).rejection?.rule
    }

    @Test("An id has at most 256 bytes, escaped or not")
    func ids() {
        func line(_ id: String) -> String { "{\"id\":\"\(id)\",\"ts\":1,\"features\":{}}" }
        #expect(Self.rule(line(String(repeating: "x", count: 256))) == nil)
        #expect(Self.rule(line(String(repeating: "x", count: 257))) == .idTooLong)
        #expect(Self.rule(line(String(repeating: "é", count: 128))) == nil)
        #expect(Self.rule(line(String(repeating: "é", count: 129))) == .idTooLong)
        #expect(Self.rule(line(String(repeating: "\\u0078", count: 256))) == nil)
        #expect(Self.rule(line(String(repeating: "\\u0078", count: 257))) == .idTooLong)
    }

    @Test("A feature's name has at most 256 bytes")
    func names() {
        func line(_ name: String) -> String {
            "{\"id\":\"e\",\"ts\":1,\"features\":{\"\(name)\":1}}"
        }
        #expect(Self.rule(line(String(repeating: "x", count: 256))) == nil)
        #expect(Self.rule(line(String(repeating: "x", count: 257))) == .featureNameTooLong)
        #expect(Self.rule(line("")) == nil)
    }

    @Test("An example has at most 10,000 features, the items of bags included")
    func featureCounts() {
        func line(numbers: Int, items: Int, nulls: Int = 0) -> String {
            var features = (0..<numbers).map { "\"n\($0)\":\($0)" }
            features += (0..<nulls).map { "\"z\($0)\":null" }
            let bag = (0..<items).map { "\"i\($0)\"" }.joined(separator: ",")
            features.append("\"bag\":[\(bag)]")
            return "{\"id\":\"e\",\"ts\":1,\"features\":{\(features.joined(separator: ","))}}"
        }
        #expect(Self.rule(line(numbers: 10_000, items: 0)) == nil)
        #expect(Self.rule(line(numbers: 10_001, items: 0)) == .tooManyFeatures)
        #expect(Self.rule(line(numbers: 0, items: 10_000)) == nil)
        #expect(Self.rule(line(numbers: 0, items: 10_001)) == .tooManyFeatures)
        #expect(Self.rule(line(numbers: 5000, items: 5000, nulls: 100)) == nil)
        #expect(Self.rule(line(numbers: 5000, items: 5001)) == .tooManyFeatures)
    }

    @Test("A record has at most 1 MiB")
    func sizes() {
        func line(_ size: Int) -> String {
            let head = #"{"id":"e","ts":1,"features":{},"x":""#
            return head + String(repeating: "a", count: size - head.utf8.count - 2) + "\"}"
        }
        let size = RecordParser.Limits.recordSizeMax
        #expect(size == 1_048_576)
        #expect(Self.rule(line(size - 1)) == nil)
        #expect(Self.rule(line(size)) == nil)
        #expect(Self.rule(line(size + 1)) == .recordTooLong)
    }
}
