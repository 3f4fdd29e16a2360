import Ingestion
import TestKit
import Testing
import Vocabulary

/// The categories of the usual RFC 8259 suites, each with its outcome and the place of the fault.
@Suite("Conformance: what is wrong, and at which column")
struct ConformanceTests {
    /// A text with a `¦` before the byte at fault, and the rule that it breaks.
    struct Fault: Sendable, CustomTestStringConvertible {
        var marked: String
        var rule = AdmissionRule.malformedJSON

        init(_ marked: String, _ rule: AdmissionRule = .malformedJSON) {
            self.marked = marked
            self.rule = rule
        }

        var testDescription: String { marked.debugDescription }
        var line: [UInt8] { Array(marked.filter { $0 != "¦" }.utf8) }
        /// Counts bytes from 1.
        var column: Int {
            marked.firstIndex(of: "¦").map { marked[..<$0].utf8.count + 1 } ?? 0
        }
    }

    private static func expectFault(_ fault: Fault, in line: [UInt8], shift: Int) {
        let rejection = LineParser().read(line).rejection
        #expect(rejection?.rule == fault.rule)
        let column = fault.column + shift
        let found = rejection?.text ?? ""
        #expect(found.hasSuffix(" at column \(column)"), "\(found), not at column \(column)")
    }

    static let structures = [
        Fault("¦"), Fault(" \t ¦"), Fault("{¦"), Fault("{ ¦"), Fault("¦}"), Fault("[¦"),
        Fault("[1¦"), Fault("{}¦{}"), Fault("{}¦,"), Fault("{}¦]"), Fault("{¦,}"),
        Fault("{\"a\"¦}"), Fault("{\"a\"¦,1}"), Fault("{\"a\":¦}"), Fault("{\"a\":1¦"),
        Fault("{\"a\":1,¦"), Fault("{\"a\":1,¦}"), Fault("{\"a\":1¦;\"b\":2}"),
        Fault("{\"a\":1 ¦\"b\":2}"), Fault("{¦a:1}"),
        Fault("{¦'a':1}"), Fault("{¦1:1}"), Fault("{¦null:1}"), Fault("{\"a\":¦:1}"),
        Fault("{¦[]:1}"), Fault("{\"a\":1}¦x"), Fault("{\"a\":1} ¦#"), Fault("{\"a\":1}¦//"),
        Fault("¦/**/{}"), Fault("{¦/**/}"), Fault("{\"a\":¦/**/1}"), Fault("{\"a\":1¦/**/}"),
        Fault("{\"a\":[1¦"), Fault("{\"a\":[1,¦"), Fault("{\"a\":{¦"), Fault("{\"a\":[1¦}"),
        Fault("{\"a\":{\"b\":1¦]}"), Fault("{\"a\":{\"b\":1}¦"), Fault("¦\u{FEFF}{}"),
        Fault("{}¦\u{FEFF}"), Fault("{\"a\":1¦\u{A0}}"), Fault("{¦\u{2003}}"), Fault("{¦\u{B}}"),
        Fault("{¦\u{C}}"), Fault("{}¦\u{0}"), Fault("{¦\u{0}}"), Fault("¦\u{0}"), Fault("¦'"),
        Fault("¦<null>"), Fault("¦*"), Fault("{\"a\":1}¦}"),
    ]

    @Test("Structure", arguments: structures)
    func structure(fault: Fault) {
        Self.expectFault(fault, in: fault.line, shift: 0)
    }

    static let values = [
        Fault("¦,"), Fault("¦]"), Fault("[¦,1]"), Fault("[1,¦]"), Fault("[1,¦,2]"),
        Fault("[1 ¦2]"), Fault("[1¦:2]"), Fault("[\"a\"¦\"b\"]"), Fault("[¦(1)]"),
        Fault("{\"a\":1,¦,\"b\":2}"), Fault("{\"a\":1,¦1}"), Fault("{\"a\":[¦}]}"),
        Fault("¦True"), Fault("¦tru "), Fault("true¦e"), Fault("¦nul"), Fault("null¦l"),
        Fault("¦fals"), Fault("¦undefined"), Fault("¦NULL"), Fault("¦'a'"), Fault("¦a"),
        Fault("¦+1"), Fault("¦.5"), Fault("¦-"), Fault("¦-a"),
        Fault("¦--1"), Fault("¦-.5"), Fault("01¦"), Fault("-01¦"), Fault("00¦"), Fault("0123¦.4"),
        Fault("1.¦"), Fault("1.¦e5"), Fault("-1.¦-"), Fault("1e¦"), Fault("1E+¦"), Fault("1e-¦x"),
        Fault("1e¦.5"), Fault("1e5¦.5"), Fault("1.5¦.5"), Fault("0¦x10"), Fault("1¦_000"),
        Fault("1¦f"), Fault("0¦b1"), Fault("1e1¦e1"), Fault("¦\u{FF11}"), Fault("¦١"),
        Fault("1 ¦000"), Fault("9¦²"), Fault("-0¦-0"), Fault("1¦+2"),
        Fault("¦NaN", .nonFinite), Fault("¦nan", .nonFinite), Fault("¦Infinity", .nonFinite),
        Fault("¦-Infinity", .nonFinite), Fault("¦-NaN", .nonFinite), Fault("¦1e400", .nonFinite),
        Fault("¦-1e400", .nonFinite), Fault("¦1.8e308", .nonFinite),
        Fault("[0,{\"a\":¦1e309}]", .nonFinite), Fault("¦123456789e9999999999", .nonFinite),
    ]

    @Test("Values", arguments: values)
    func value(fault: Fault) {
        let line = JSONTests.line(with: fault.line)
        let head = JSONTests.line(with: []).count - 1
        Self.expectFault(fault, in: line, shift: head)
        let array = Array("{\"x\":[null,".utf8)
        Self.expectFault(fault, in: array + fault.line + Array("]}".utf8), shift: array.count)
    }

    static let strings = [
        Fault("\"\\¦x41\""), Fault("\"\\¦'\""), Fault("\"\\¦0\""), Fault("\"\\¦U0041\""),
        Fault("\"\\¦a\""), Fault("\"\\¦v\""), Fault("\"\\¦e\""), Fault("\"\\¦ \""),
        Fault("\"\\¦\u{7F}\""), Fault("\"\\¦é\""), Fault("\"\\¦🧶\""), Fault("\"\\\\\\¦ \""),
        Fault("\"\\¦u\""), Fault("\"\\¦u0\""), Fault("\"\\¦u00\""), Fault("\"\\¦u004\""),
        Fault("\"\\¦u004G\""), Fault("\"\\¦u-041\""), Fault("\"\\¦u 041\""), Fault("\"\\¦u+041\""),
        Fault("\"\\¦u{41}\""), Fault("\"\\¦u00１1\""), Fault("\"\\uD83E\\¦uDDF\""),
        Fault("\"\\u00e9\\¦u00\""), Fault("\"¦\t\""), Fault("\"¦\n\""), Fault("\"¦\r\""),
        Fault("\"¦\u{0}\""), Fault("\"¦\u{1}\""), Fault("\"¦\u{8}\""), Fault("\"¦\u{1F}\""),
        Fault("\"1234567¦\u{1F}\""), Fault("\"12345678¦\u{0}\""), Fault("\"é¦\u{10}é\""),
        Fault("\"12345678901234567890¦\n\""), Fault("\"\\n¦\n\""),
    ]

    @Test("Strings", arguments: strings)
    func string(fault: Fault) {
        let text = fault.line
        for (head, tail) in [
            (#"{"id":"#, #","ts":1,"features":{}}"#), (#"{"ts":"#, "}"), (#"{"a":[{"b":"#, "}]}"),
            (#"{"features":{"a":"#, "}}"), (#"{"features":{"a":["x","#, "]}}"),
            (#"{"features":{"#, ":1}}"), ("{", ":1}"), (#"{"source":"#, "}"), (#"{"arm":"#, "}"),
        ] {
            let line = Array(head.utf8) + text + Array(tail.utf8)
            Self.expectFault(fault, in: line, shift: head.utf8.count)
        }
    }

    @Test("A string without its end is at fault at the end of the line")
    func unclosedStrings() {
        let parser = LineParser()
        for head in [#"{"id":"e","#, #"{"a":"#, #"{"features":{"#, #"{"features":{"a":["#, "{"] {
            for text in ["\"", "\"a", "\"12345678", "\"é", "\"\\\"", "\"\\\\\\\"", "\"{}", "\"\\n"]
            {
                let line = Array((head + text).utf8)
                let text = parser.read(line, tail: 0x22).rejection?.text
                #expect(text == "expected a closing quote at column \(line.count + 1)")
            }
        }
    }

    @Test("A record cut at any byte is at fault where it ends, or where its last value begins")
    func cuts() {
        let text =
            #"{"id":"e\u00e9","ts":"2026-11-23T08:00:00Z","x":[1,-2.5e+3,{"y":null}],"features":"#
            + #"{"query":"brown wöol","price":-12.5e-1,"tags":["sale","n\"w"],"member":false}}"#
        let whole = Array(text.utf8)
        #expect(LineParser().read(whole).isAdmitted)
        for count in 0..<whole.count {
            let rejection = LineParser().read(Array(whole[..<count])).rejection
            if rejection?.rule == .invalidUTF8 {
                #expect(rejection?.text == "expected UTF-8, found a bad byte at column \(count)")
                continue
            }
            #expect(rejection?.rule == .malformedJSON)
            let column = rejection?.text.split(separator: " ").last.flatMap { Int($0) }
            #expect(column.map { $0 <= count + 1 && $0 >= count - 4 } == true)
        }
    }

    @Test("Bytes that are no UTF-8 are named by the column of the first of their sequence")
    func badBytes() {
        let sequences: [[UInt8]] = [
            [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF], [0xC1, 0xBF],
            [0xED, 0xA0, 0x80], [0xED, 0xAD, 0xBF], [0xED, 0xAE, 0x80, 0xED, 0xB0, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x87, 0xBF, 0xBF, 0xBF], [0xFC, 0x83, 0xBF],
            [0xFE], [0xFF], [0xFF, 0xFE], [0xFE, 0xFF], [0xE2, 0x82], [0xF0, 0x9F, 0xA7],
            [0xE2, 0x82, 0x22], [0xC3], [0xC3, 0x22], [0xF0, 0x9F, 0x22], [0xDF],
        ]
        for bytes in sequences {
            for (head, tail) in [
                (#"{"id":""#, #"","ts":1,"features":{}}"#), (#"{"id":"é"#, ""), ("", "{}"),
                (#"{"features":{"ééé"#, #"":1}}"#), (#"{"id":7,"a":""#, #""}"#), ("{}", " "),
                (#"{"id":"e","ts":1,"features":{"a":"\n1234567"#, #""}}"#),
            ] {
                let line = Array(head.utf8) + bytes + Array(tail.utf8)
                let rejection = LineParser().read(line).rejection
                #expect(rejection?.rule == .invalidUTF8)
                let column = head.utf8.count + 1
                #expect(rejection?.text == "expected UTF-8, found a bad byte at column \(column)")
            }
        }
    }
}

@Suite("Conformance: what is admitted")
struct AllowedTests {
    @Test(
        "The kinds of white space, between all tokens and in any number",
        arguments: [" ", "\t", "\r", "\n", "\r\n", " \t\r\n ", String(repeating: " ", count: 99)])
    func whitespace(space: String) {
        let tokens = [
            "{", "\"id\"", ":", "\"e\"", ",", "\"ts\"", ":", "1", ",", "\"features\"", ":", "{",
            "\"a\"", ":", "[", "\"x\"", ",", "\"y\"", "]", ",", "\"b\"", ":", "2", ",", "\"c\"",
            ":",
            "true", ",", "\"d\"", ":", "null", "}", ",", "\"o\"", ":", "[", "]", "}",
        ]
        let parser = LineParser()
        let plain = parser.read(tokens.joined())
        #expect(plain.isAdmitted)
        #expect(parser.read(space + tokens.joined(separator: space) + space) == plain)
        for index in 0...tokens.count {
            let line = tokens[..<index].joined() + space + tokens[index...].joined()
            #expect(parser.read(line) == plain, "\(line)")
        }
    }

    @Test("Where the standard leaves a choice, this is ours")
    func choices() {
        func isAdmitted(_ line: String) -> Bool { LineParser().read(line).isAdmitted }
        func other(_ value: String) -> Bool {
            isAdmitted("{\"id\":\"e\",\"ts\":1,\"features\":{},\"other\":\(value)}")
        }
        // Names twice: only in what is read over.
        #expect(other(#"{"a":1,"a":2}"#))
        #expect(!isAdmitted(#"{"id":"e","ts":1,"features":{"a":1,"a":1}}"#))
        #expect(isAdmitted(#"{"id":"e","ts":1,"features":{},"x":1,"x":2}"#))
        // Half a surrogate pair: only in a value that is read over.
        #expect(other(#""\ud800""#) && other(##"["\uDC00\uD800"]"##))
        // Numbers beyond a double's precision are rounded; beyond its range, refused, or 0.
        #expect(other("1e-400") && other("-1e-400") && other("0e400") && !other("1e400"))
        #expect(other("0." + String(repeating: "3", count: 5000)))
        #expect(other(String(repeating: "7", count: 308)))
        #expect(!other(String(repeating: "7", count: 310)))
        // Noncharacters, private and unassigned ones, and a mark of byte order inside a string.
        let odd = [0xFFFF, 0xFFFE, 0xFDD0, 0x10FFFF, 0xE000, 0x378, 0xFEFF, 0x7F, 0x80] as [UInt32]
        let text = odd.compactMap { Unicode.Scalar($0) }.map { String(Character($0)) }.joined()
        #expect(other("\"\(text)\""))
        #expect(other(#""\uFFFE\uFDD0\uDBFF\uDFFF\ufeff\u0000""#))
        // Empty keys, and keys of any length where they have no meaning.
        #expect(isAdmitted(#"{"id":"e","ts":1,"features":{"":1},"":[]}"#))
        let long = String(repeating: "k", count: 100_000)
        #expect(isAdmitted("{\"id\":\"e\",\"ts\":1,\"features\":{},\"\(long)\":1}"))
        #expect(other("{\"\(long)\":1}"))
    }

    @Test("A name of the record's own may be escaped in any way, one that only looks like it not")
    func names() {
        let parser = LineParser()
        let plain = parser.read(#"{"id":"e","ts":1,"features":{"a":1}}"#)
        for line in [
            #"{"\u0069\u0064":"e","\u0074s":1,"f\u0065atures":{"\u0061":1}}"#,
            #"{"features":{"a":1},"ts":1,"id":"\u0065"}"#,
            #"{"ID":7,"id":"e","Ts":{},"ts":1,"feature":[],"features":{"a":1},"id ":1,"i":2}"#,
            #"{"id\u0000":1,"\u0000id":1,"id":"e","ts":1,"features":{"a":1}}"#,
        ] {
            #expect(parser.read(line) == plain, "\(line)")
        }
    }

    @Test("Every single byte as a whole line, and every pair, is refused")
    func shortLines() {
        let parser = LineParser()
        for first in UInt8.min...UInt8.max {
            let reading = parser.read([first])
            #expect(!reading.isAdmitted && reading.breach(of: [first]) == nil)
            for second in UInt8.min...UInt8.max {
                let line = [first, second]
                let reading = parser.read(line)
                #expect(!reading.isAdmitted && reading.breach(of: line) == nil)
            }
        }
    }
}
