import Foundation
import Testing

import Terminal

@Suite("What a terminal is told beyond what it shows")
struct TerminalTextTests {
    private func copying(_ text: String, _ variables: [String: String]) -> String {
        String(
            decoding: TerminalText.copying(text) { variables[$0] ?? "" }, as: UTF8.self)
    }

    @Test("A text goes to the clipboard as OSC 52, wrapped where something lies between")
    func wrapping() {
        let order = "\u{1B}]52;c;c2hvcA==\u{07}"
        #expect(copying("shop", ["TERM": "xterm-256color"]) == order)
        #expect(
            copying("shop", ["TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"])
                == order + "\u{1B}Ptmux;\u{1B}\(order)\u{1B}\\")
        #expect(copying("shop", ["TERM": "screen"]) == order + "\u{1B}P\(order)\u{1B}\\")
    }

    @Test("No byte of the text is an order to the terminal, and what is long is cut off")
    func safety() throws {
        let text = copying("a\u{1B}]0;x\u{07}\nb", ["TERM": "xterm"])
        let inner = try #require(text.dropFirst(7).split(separator: "\u{07}").first)
        let decoded = try #require(Data(base64Encoded: String(inner)))
        #expect(String(decoding: decoded, as: UTF8.self) == "a ]0;x  b")
        #expect(copying(String(repeating: "x", count: 100_000), [:]).utf8.count < 11_000)
    }

    @Test("Base 64 is that of Foundation")
    func base64() {
        for count in 0..<50 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 5) }
            let text = String(decoding: TerminalText.base64(bytes), as: UTF8.self)
            #expect(text == Data(bytes).base64EncodedString())
        }
    }
}
