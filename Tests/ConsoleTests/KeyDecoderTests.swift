import Console
import Testing

/// The same bytes are the same keys, however they come.
@Suite struct KeyDecoderTests {
    private static let samples: [(text: String, events: [KeyEvent])] = [
        ("a!é", [.letter("a"), .letter("!"), .letter("é")]),
        ("\u{1B}[A\u{1B}OB\u{1B}[1;5C", [.arrow(.up), .arrow(.down), .arrow(.right)]),
        ("\u{1B}[5~\u{1B}[6~\u{1B}[H\u{1B}OF", [.pageUp, .pageDown, .home, .end]),
        ("\r\t\u{7F}\u{03}\u{1B}[Z", [.enter, .tab, .backspace, .control("C"), .backTab]),
        ("\u{1B}[<0;10;20M\u{1B}[<0;10;20m!", [.click(row: 19, column: 9), .letter("!")]),
        ("\u{1B}[200~!A\rq\u{1B}[A\u{1B}[201~!", [.paste("!A\rq\u{1B}[A"), .letter("!")]),
        ("\u{1B}[M !!!", [.letter("!")]),
        ("\u{1B}!", [.escape, .letter("!")]),
        ("\u{1B}[?1;2c!", [.letter("!")]),
        ("\u{1B}]0;title!\u{07}!", [.letter("!")]),
    ]

    @Test("Any split of the bytes decodes the same")
    func splits() {
        for (text, events) in Self.samples {
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count {
                var decoder = KeyDecoder()
                let found = decoder.decode(bytes[..<cut]) + decoder.decode(bytes[cut...])
                #expect(found == events, "\(text.debugDescription) cut at \(cut)")
            }
            var decoder = KeyDecoder()
            #expect(bytes.flatMap { decoder.decode([$0]) } == events)
        }
    }

    @Test("40 kB of random bytes never crash it, decode the same in any split, and leave it usable")
    func random() {
        for seed in 1...8 {
            var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
            func draw() -> UInt64 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return state
            }
            let bytes = (0..<40_000).map { _ in UInt8(truncatingIfNeeded: draw() >> 11) }
            var whole = KeyDecoder()
            let expected = whole.decode(bytes)
            var parts = KeyDecoder()
            var found: [KeyEvent] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int(draw() % 40) + 1)
                found += parts.decode(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(found == expected)
            _ = whole.flush()
            whole.abandon()
            #expect(whole.decode(Array("!".utf8)) == [.letter("!")])
        }
    }

    @Test("A lone ESC is the Escape key once nothing follows")
    func escape() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0x1B]).isEmpty)
        #expect(decoder.isWaiting)
        #expect(decoder.flush() == [.escape])
        #expect(!decoder.isWaiting)
        #expect(decoder.flush().isEmpty)
    }

    @Test("A paste that never ends does not take the keyboard with it")
    func endlessPaste() {
        var decoder = KeyDecoder()
        #expect(decoder.decode(Array("\u{1B}[200~abc".utf8)).isEmpty)
        #expect(decoder.isSwallowing)
        decoder.abandon()
        #expect(decoder.decode(Array("!".utf8)) == [.letter("!")])
    }

    @Test("A paste beyond its limit is cut off")
    func longPaste() {
        var decoder = KeyDecoder()
        let text = String(repeating: "x", count: 40_000)
        let events = decoder.decode(Array("\u{1B}[200~\(text)\u{1B}[201~".utf8))
        #expect(
            events == [.paste(String(repeating: "x", count: KeyDecoder.Limits.pasteSize))])
    }

    @Test("Presses of the mouse in SGR mode are clicks, its wheel is Up and Down; others are none")
    func mouse() {
        var decoder = KeyDecoder()
        func decode(_ text: String) -> [KeyEvent] { decoder.decode(Array(text.utf8)) }
        #expect(decode("\u{1B}[<0;12;3M") == [.click(row: 2, column: 11)])
        #expect(decode("\u{1B}[<0;12;3m").isEmpty)
        #expect(decode("\u{1B}[<64;1;1M\u{1B}[<65;1;1M") == [.arrow(.up), .arrow(.down)])
        for text in ["<2;1;1M", "<0;0;0M", "<0;1M", "<;;M", "<0;99999999;1M", "<32;4;4M"] {
            let events = decode("\u{1B}[" + text)
            #expect(events.isEmpty || events == [.click(row: 0, column: 9998)], "\(text)")
        }
        #expect(
            decode("\u{1B}OP\u{1B}[15~\u{1B}[24~") == [.function(1), .function(5), .function(12)])
        #expect(decode("!") == [.letter("!")])
    }
}
