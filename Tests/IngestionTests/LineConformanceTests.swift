import Ingestion
import TestKit
import Testing
import Vocabulary

/// What ends a line, and what a line must be.
@Suite("Conformance: lines of a stream")
struct LineConformanceTests {
    private static let good = #"{"id":"e","ts":1,"features":{"a":"b"}}"#

    /// Lines as they follow each other, with the rule that each breaks; nil where it breaks none.
    private static let lines: [(text: String, rule: AdmissionRule?)] = [
        (good + "\n", nil),
        // At the beginning of a stream it is passed over.
        ("\u{FEFF}" + good + "\n", .malformedJSON),
        (good + "\r\n", nil),
        (good + "\r\r\n", nil),
        ("\r" + good + "\n", nil),
        (" \t" + good + " \t\r\n", nil),
        ("\u{B}\n", .malformedJSON),
        ("\u{C}\n", .malformedJSON),
        ("\u{A0}\n", .malformedJSON),
        ("\u{2028}\n", .malformedJSON),
        ("\u{0}\n", .malformedJSON),
        (good + "\u{0}\n", .malformedJSON),
        // None of these ends a line.
        (#"{"id":"e\#u{2028}\#u{2029}\#u{85}","ts":1,"features":{}}"# + "\n", nil),
        (good + "\u{2028}" + good + "\n", .malformedJSON),
        (good + "\r" + good + "\n", .malformedJSON),
        (good + good + "\n", .malformedJSON),
        (good + ",\n", .malformedJSON),
        ("\u{1E}" + good + "\n", .malformedJSON),
        (#"{"id":"e","# + "\n", .malformedJSON),
        (#""ts":1,"features":{}}"# + "\n", .notAnObject),
        (#"{"id":"e\"# + "\n", .malformedJSON),
        (#"n","ts":1,"features":{}}"# + "\n", .malformedJSON),
        ("[" + good + "]\n", .notAnObject),
        ("\"" + good.replacing("\"", with: "\\\"") + "\"\n", .notAnObject),
        ("id,ts,a\n", .malformedJSON),
        ("# none\n", .malformedJSON),
        (good, nil),
    ]

    @Test("Each line is judged by itself, however it is cut", arguments: [1, 3, 40, 100_000])
    func judged(pieceSize: Int) throws {
        let bytes = Self.lines.flatMap { Array($0.text.utf8) }
        let source = MemorySource(bytes) { pieceSize }
        let reader = LineReader(source, stream: .examples)
        for (index, line) in Self.lines.enumerated() {
            let found = try #require(try LineReaderTests.next(reader))
            #expect(found.number == index + 1)
            #expect(RecordParser().rejection(of: found)?.rule == line.rule, "line \(index + 1)")
            #expect(found.isAdmitted == (line.rule == nil))
            reader.consume(1)
        }
        #expect(try LineReaderTests.next(reader) == nil)
    }
}
