import Ingestion
import TestKit
import Testing
import Vocabulary

@Suite("JSON, held against RFC 8259")
struct JSONTests {
    /// A record around one value of a field that has no meaning to us.
    static func line(with value: [UInt8]) -> [UInt8] {
        Array(#"{"id":"e","ts":1,"features":{},"other":"#.utf8) + value + Array("}".utf8)
    }

    /// The same verdict, entry and features; the words of a rejection may differ.
    static func isSame(_ left: Reading, _ right: Reading) -> Bool {
        left.isAdmitted == right.isAdmitted && left.rejection?.rule == right.rejection?.rule
            && left.rejection?.field == right.rejection?.field && left.entry == right.entry
            && left.features == right.features
    }

    /// Reads a line with several kinds of bytes behind it, none of which may decide anything.
    static func read(_ line: [UInt8]) -> Reading {
        let parser = LineParser()
        let reading = parser.read(line)
        for tail in [0x22, 0x39, 0x7D, 0x5D, 0x5C, 0x20, 0xC3, 0xFF] as [UInt8] {
            #expect(isSame(parser.read(line, tail: tail), reading))
        }
        return reading
    }

    @Test(
        "RFC 8259 allows it, so it is admitted",
        arguments: [
            "0", "-0", "-0.0", "0.5", "10", "1e5", "1E5", "1e+5", "1E-5", "0e0", "0e99999",
            "1e-99999", "123456789012345678901234567890", "-1.7976931348623157e308",
            "0.1e-2", "true", "false", "null", "{}", "[]", "[ ]", "{ }", "\"\"",
            "[1, 2 ,3]", "{\"a\" : 1 , \"b\":[{}]}", "\t1\r", " 1 ", "\"\\u0000\"",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e9\\uD83E\\udDF6\"", "\"\u{7F}\"",
            "\"é€🧶\u{10FFFF}\"", "\"\u{2028}\u{2029}\"", "[[[[[[[[]]]]]]]]",
            "{\"a\":1,\"a\":2}", "\"\u{FEFF}\"", "\"\\uFFFF\"",
        ])
    func allowed(value: String) {
        #expect(Self.read(Self.line(with: Array(value.utf8))).isAdmitted)
    }

    @Test(
        "RFC 8259 does not allow it, so it goes to quarantine",
        arguments: [
            "", "01", "-01", "00", "1.", ".5", "-.5", "+1", "1e", "1e+", "1E-", "1.e5", "1.5.5",
            "1e5.5", "--1", "-", "0x10", "1_000", "1,000", "1 2", "0123", "1f", "١", "²",
            "True", "TRUE", "nul", "nulll", "truefalse", "undefined", "'a'", "a",
            "[1,]", "[,1]", "[,]", "[1,,2]", "[1", "1]", "[1}", "{\"a\":1,}", "{,}", "{\"a\"}",
            "{\"a\":}", "{:1}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{\"a\",1}", "{1:2}",
            "{\"a\"::1}", "[1 2]", "\"", "\"a", "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"",
            "\"\\u\"", "\"\\'\"", "\"\\0\"", "\"\\U0041\"", "\"\t\"", "\"\n\"", "\"\u{0}\"",
            "\"\u{1F}\"", "\"a\u{1}23456789\"", "\u{FEFF}1", "\u{A0}1", "\u{B}1", "\u{C}1",
            "1//c", "1/*c*/", "#1", "\"a\"\"b\"", "{}{}", "1;", "(1)", "\u{0}", "1\u{0}",
        ])
    func refused(value: String) {
        let reading = Self.read(Self.line(with: Array(value.utf8)))
        #expect(reading.rejection?.rule == .malformedJSON)
    }

    @Test(
        "A number that no double can hold goes to quarantine as such",
        arguments: [
            "NaN", "nan", "Infinity", "-Infinity", "-NaN", "inf", "1e999", "-1e999", "1e309",
            "1.7976931348623159e308", "1e99999999999999999999",
        ])
    func nonFinite(value: String) {
        let line = #"{"id":"e","ts":1,"features":{"price":\#(value)}}"#
        let rejection = Self.read(Array(line.utf8)).rejection
        #expect(rejection?.rule == .nonFinite)
        #expect(rejection?.field == "features.price")
        let other = Self.read(Self.line(with: Array(value.utf8))).rejection
        #expect(other?.rule == .nonFinite)
    }

    @Test(
        "Half of a surrogate pair goes to quarantine wherever its text is used",
        arguments: [
            "\\ud800", "\\udc00", "\\ud800\\ud800", "\\udc00\\ud800", "\\ud800x", "\\ud800\\n",
            "\\uDBFF", "\\ud83e\\u0041",
        ])
    func loneSurrogates(text: String) {
        for line in [
            #"{"id":"\#(text)","ts":1,"features":{}}"#,
            #"{"id":"e","ts":1,"features":{"a":"\#(text)"}}"#,
            #"{"id":"e","ts":1,"features":{"\#(text)":1}}"#,
            #"{"id":"e","ts":1,"features":{"a":["x","\#(text)"]}}"#,
            #"{"id":"e","ts":1,"features":{},"source":"\#(text)"}"#,
            #"{"id":"e","ts":1,"features":{},"\#(text)":1}"#,
        ] {
            #expect(Self.read(Array(line.utf8)).rejection?.rule == .malformedJSON)
        }
    }

    @Test("Sixty-four levels are read, one more is not, and a million do no harm")
    func depth() {
        func nested(_ count: Int, _ open: String, _ close: String) -> [UInt8] {
            Self.line(
                with: Array(
                    (String(repeating: open, count: count) + "1"
                        + String(repeating: close, count: count)).utf8))
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            #expect(Self.read(nested(63, open, close)).isAdmitted)
            #expect(Self.read(nested(64, open, close)).rejection?.rule == .malformedJSON)
        }
        let million = [UInt8](repeating: 0x5B, count: 1_000_000)
        #expect(LineParser().read(million).rejection?.rule == .malformedJSON)
        #expect(LineParser().read(Self.line(with: million)).rejection?.rule == .malformedJSON)
    }

    @Test("A field given twice goes to quarantine by its name")
    func duplicates() {
        for (line, field) in [
            (#"{"id":"a","ts":1,"features":{},"id":"a"}"#, "id"),
            (#"{"id":"a","ts":1,"features":{},"ts":1}"#, "ts"),
            (#"{"id":"a","ts":1,"features":{},"features":{}}"#, "features"),
            (#"{"id":"a","ts":1,"features":{"x":1,"x":1}}"#, "features.x"),
            (#"{"id":"a","ts":1,"features":{"x":["q"],"y":1,"x":"q"}}"#, "features.x"),
            (#"{"id":"a","\u0069d":"b","ts":1,"features":{}}"#, "id"),
        ] {
            let rejection = Self.read(Array(line.utf8)).rejection
            #expect(rejection?.rule == .duplicateField)
            #expect(rejection?.field == field)
        }
    }

    @Test("Two thousand names that share low bits are told apart")
    func manyNames() {
        let names = (0..<2000).map { "\"n\($0)\":\($0)" }
        let line = "{\"id\":\"a\",\"ts\":1,\"features\":{\(names.joined(separator: ","))}}"
        let reading = LineParser().read(line)
        #expect(Set(reading.features.map(\.name)).count == 2000)
    }

    @Test("A byte order mark goes to quarantine")
    func byteOrderMark() {
        let line = [0xEF, 0xBB, 0xBF] + Array(#"{"id":"e","ts":1,"features":{}}"#.utf8)
        #expect(Self.read(line).rejection?.rule == .malformedJSON)
    }

    @Test("A valid record cut at any byte goes to quarantine, at the end of the buffer too")
    func cuts() {
        let text =
            #"{"id":"e\u00e9","ts":"2026-11-23T08:00:00Z","features":{"query":"brown wöol","#
            + #""price":12.5e-1,"tags":["sale","n\"w"],"member":true,"none":null},"arm":"A"} "#
        let whole = Array(text.utf8)
        #expect(Self.read(whole).isAdmitted)
        for count in 0..<(whole.count - 2) {
            #expect(!Self.read(Array(whole[..<count])).isAdmitted)
        }
    }

    @Test("A byte of a valid record changed to any other never breaks the parser")
    func mutations() {
        let text = #"{"id":"é","ts":1.5,"features":{"a":[],"b":-1e2,"c":"x\u00e9"}}"#
        let whole = Array(text.utf8)
        let parser = LineParser()
        for index in whole.indices {
            for byte in UInt8.min...UInt8.max {
                var line = whole
                line[index] = byte
                let reading = parser.read(line)
                #expect(Self.isSame(parser.read(line, tail: 0x22), reading))
                if !reading.isAdmitted { #expect(reading.rejection?.text.isEmpty == false) }
            }
        }
    }
}

@Suite("UTF-8, held against Unicode")
struct UTF8Tests {
    @Test(
        "Bytes that are no UTF-8 go to quarantine as such",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0xA7], [0xF0, 0x9F, 0xA7, 0x28],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFE], [0xFF], [0xC3, 0xC3, 0xA9], [0xF0, 0x28, 0x8C, 0xBC],
        ] as [[UInt8]])
    func invalid(bytes: [UInt8]) {
        for padding in 0..<9 {
            let inside = [0x22] + [UInt8](repeating: 0x61, count: padding) + bytes
            for value in [inside + [0x22], inside + Array("aaaaaaaaa\"".utf8), bytes] {
                let line = JSONTests.line(with: value)
                #expect(JSONTests.read(line).rejection?.rule == .invalidUTF8)
            }
        }
    }

    @Test("A line is admitted if and only if the standard library can read its text")
    func agreement() {
        var random = SplitMix64(seed: 77)
        let parser = LineParser()
        for _ in 0..<60_000 {
            let bytes = (0..<(1 + random.below(5))).map { _ in
                UInt8(0x80 | random.below(128))
            }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            let reading = parser.read(JSONTests.line(with: [0x22] + bytes + [0x22]))
            #expect(reading.isAdmitted == isValid)
        }
    }

    @Test("Every character of Unicode is admitted, as itself and escaped, as the same text")
    func everyCharacter() {
        let parser = LineParser()
        var value = 0x20
        while value <= 0x10FFFF {
            defer { value += value < 0x3000 ? 1 : 37 }
            guard let scalar = Unicode.Scalar(UInt32(value)), value != 0x22, value != 0x5C else {
                continue
            }
            let units = String(Character(scalar)).utf16.map { unit in
                let hex = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            }
            let plain = parser.read(Self.record(String(Character(scalar))))
            let escaped = parser.read(Self.record(units.joined()))
            #expect(plain.isAdmitted && plain == escaped)
        }
    }

    private static func record(_ text: String) -> String {
        "{\"id\":\"\(text)\",\"ts\":1,\"features\":{\"a\":\"\(text)\"}}"
    }
}
