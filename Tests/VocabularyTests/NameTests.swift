import Testing
import Vocabulary

@Suite("Names, identifiers and spans")
struct NameTests {
    @Test("A plain name is a model's name", arguments: ["a", "Z9", "yarn-shop_2", "0"])
    func modelNames(text: String) {
        #expect(ModelName(text)?.text == text)
    }

    @Test(
        "What could not be a folder or a part of a URL is no model's name",
        arguments: [
            "", "-a", "_a", "a b", "a/b", "..", "a.b", "é", "a\n", "a\0",
            String(repeating: "a", count: 65),
        ])
    func noModelNames(text: String) {
        #expect(ModelName(text) == nil)
    }

    @Test("A model's name has at most 64 bytes")
    func modelNameLimit() {
        #expect(ModelName(String(repeating: "a", count: 64)) != nil)
        #expect(ModelName(String(repeating: "a", count: 65)) == nil)
    }

    @Test("A checkpoint's id survives its text", arguments: ["m", "a-b", "a-1", "a-000001", "x_-"])
    func checkpointRoundTrip(model: String) throws {
        let name = try #require(ModelName(model))
        for number in [1, 9, 999_999, 1_000_000, 12_345_678] {
            let id = CheckpointID(model: name, number: number)
            #expect(CheckpointID(id.description) == id)
        }
        #expect(CheckpointID(model: name, number: 7).description == "\(model)-000007")
    }

    @Test(
        "A text that no checkpoint has is no checkpoint's id",
        arguments: [
            "", "m", "m-", "m-0", "m-000000", "m-1", "m-+00001", "m--00001", "m-00000a",
            "m-0000001", "-000001", "m-99999999999999999999",
        ])
    func noCheckpoint(text: String) {
        #expect(CheckpointID(text) == nil)
    }

    @Test("Checkpoints of a model stand in the order of their numbers")
    func checkpointOrder() throws {
        let name = try #require(ModelName("m"))
        let ids = [9, 1_000_000, 999_999, 10].map { CheckpointID(model: name, number: $0) }
        #expect(ids.sorted().map(\.number) == [9, 10, 999_999, 1_000_000])
    }

    @Test(
        "A span is read from its text",
        arguments: [
            ("30d", 2_592_000_000_000), ("15m", 900_000_000), ("1h30m", 5_400_000_000),
            ("500ms", 500_000), ("7us", 7), ("2w", 1_209_600_000_000), ("0s", 0),
            ("1d2h3m4s5ms6us", 93_784_005_006), ("10000d", 864_000_000_000_000),
        ] as [(String, Int64)])
    func spans(text: String, microseconds: Int64) {
        #expect(Span(text: text)?.microseconds == microseconds)
    }

    @Test(
        "What is no span is refused",
        arguments: [
            "", "d", "5", "-5s", "5 s", " 5s", "5s ", "5S", "5y", "1.5h", "5é", "+5s", "5s5",
            "10001d", "10000d1us", "1000000000s", "99999999999999999999s", "５s",
        ])
    func noSpans(text: String) {
        #expect(Span(text: text) == nil)
    }

    @Test("A span shows its two largest units")
    func spanText() {
        #expect(Span.seconds(7500).text == "2h 05m")
        #expect(Span.seconds(41).text == "41s")
        #expect(Span.hours(76).text == "3d 04h")
        #expect(Span(microseconds: 250_000).text == "250ms")
        #expect(Span.seconds(-90).text == "-1m 30s")
    }
}
