/// What a terminal is told beyond what it shows.
package enum TerminalText {
    /// More than this is cut off: some terminals drop what is longer.
    private static let copySizeMax = 8192

    /// OSC 52: a text for the clipboard where the terminal is, whatever lies between. Within tmux
    /// or screen it is sent twice: as it is, for one that has a clipboard itself, and wrapped, for
    /// one that hands it on.
    package static func copying(
        _ text: String, environment: (String) -> String
    ) -> [UInt8] {
        let safe = text.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
        let escape: UInt8 = 0x1B
        let order =
            [escape] + Array("]52;c;".utf8) + base64(safe.prefix(copySizeMax)) + [0x07]
        let end = [escape, UInt8(ascii: "\\")]
        let term = environment("TERM")
        if !environment("TMUX").isEmpty || term.hasPrefix("tmux") {
            let inner = order.flatMap { $0 == escape ? [escape, escape] : [$0] }
            return order + [escape] + Array("Ptmux;".utf8) + inner + end
        }
        if term.hasPrefix("screen") { return order + [escape, UInt8(ascii: "P")] + order + end }
        return order
    }

    /// Presses of the mouse in xterm's SGR mode, or none.
    package static func mouse(_ isOn: Bool) -> [UInt8] {
        Array("\u{1B}[?1000\(isOn ? "h" : "l")\u{1B}[?1006\(isOn ? "h" : "l")".utf8)
    }

    /// RFC 4648.
    package static func base64(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let group = rest.prefix(3)
            rest = rest.dropFirst(3)
            var bits: UInt32 = 0
            for place in 0..<3 {
                let index = group.startIndex + place
                bits = bits << 8 | UInt32(place < group.count ? group[index] : 0)
            }
            for place in 0..<4 {
                let letter = letters[Int(bits >> UInt32(18 - 6 * place) & 63)]
                text.append(place <= group.count ? letter : UInt8(ascii: "="))
            }
        }
        return text
    }
}
