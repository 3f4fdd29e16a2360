/// Turns the bytes of a terminal into key events; however they are split, the events are the
/// same.
///
/// Understands UTF-8, CSI and SS3 sequences, bracketed paste, and mouse reports: those of SGR mode, of
/// others it drops.
package struct KeyDecoder: Sendable {
    /// Sizes beyond which input is cut off.
    package enum Limits {
        package static let sequenceSize = 64
        package static let pasteSize = 4096
    }

    private enum State: Equatable {
        case ground
        case escape
        /// After `ESC O`.
        case singleShift
        /// After `ESC [`; what has come so far.
        case sequence([UInt8])
        /// The X10 mouse report `ESC [ M`: this many bytes are still to come.
        case mouse(Int)
        /// A string that ends with `ESC \` or BEL, such as an answer of the terminal.
        case string(sawEscape: Bool)
        /// Continuation bytes that are still missing, and the scalar so far.
        case utf8(missing: Int, scalar: UInt32, least: UInt32)
        /// Inside of a bracketed paste; what has come of it is in `pasted`.
        case paste
    }

    private var state = State.ground
    private var pasted: [UInt8] = []

    package init() {}

    /// True while an ESC waits to be told apart from the beginning of a sequence.
    package var isWaiting: Bool {
        switch state {
        case .escape, .singleShift, .sequence: true
        case .ground, .mouse, .string, .utf8, .paste: false
        }
    }

    /// True inside of something that swallows keys until its end comes, such as a paste.
    package var isSwallowing: Bool {
        switch state {
        case .paste, .string, .mouse, .utf8: true
        case .ground, .escape, .singleShift, .sequence: false
        }
    }

    package mutating func decode(_ bytes: some Sequence<UInt8>) -> [KeyEvent] {
        var events: [KeyEvent] = []
        for byte in bytes { take(byte, into: &events) }
        return events
    }

    /// To be called when nothing has come for a while: a lone ESC is the Escape key.
    package mutating func flush() -> [KeyEvent] {
        guard isWaiting else { return [] }
        let event: KeyEvent
        switch state {
        case .escape: event = .escape
        case .singleShift: event = .letter("O")
        case .sequence(let body): event = body.isEmpty ? .letter("[") : .unknown
        case .ground, .mouse, .string, .utf8, .paste: event = .unknown
        }
        state = .ground
        return [event]
    }

    /// To be called when something that swallows keys has been silent for seconds: its end was
    /// lost, and the keyboard must not be lost with it.
    package mutating func abandon() {
        guard isSwallowing else { return }
        state = .ground
        pasted = []
    }

    private mutating func take(_ byte: UInt8, into events: inout [KeyEvent]) {
        switch state {
        case .ground: takeGround(byte, into: &events)
        case .escape: takeEscape(byte, into: &events)
        case .singleShift:
            state = .ground
            events.append(Self.final(byte, numbers: []))
        case .sequence(let body): takeSequence(byte, after: body, into: &events)
        case .mouse(let missing): state = missing > 1 ? .mouse(missing - 1) : .ground
        case .string(let sawEscape):
            let isOver = byte == 0x07 || byte == 0x18 || (sawEscape && byte == 0x5C)
            state = isOver ? .ground : .string(sawEscape: byte == 0x1B)
        case .utf8(let missing, let scalar, let least):
            takeContinuation(byte, missing, scalar, least, into: &events)
        case .paste: takePaste(byte, into: &events)
        }
    }

    private mutating func takeGround(_ byte: UInt8, into events: inout [KeyEvent]) {
        switch byte {
        case 0x1B: state = .escape
        case 0x0D, 0x0A: events.append(.enter)
        case 0x09: events.append(.tab)
        case 0x08, 0x7F: events.append(.backspace)
        case 0x00...0x1F: events.append(.control(Unicode.Scalar(byte + 0x40)))
        case 0x20...0x7E: events.append(.letter(Unicode.Scalar(byte)))
        case 0xC2...0xDF:
            state = .utf8(missing: 1, scalar: UInt32(byte & 0x1F), least: 0x80)
        case 0xE0...0xEF:
            state = .utf8(missing: 2, scalar: UInt32(byte & 0x0F), least: 0x800)
        case 0xF0...0xF4:
            state = .utf8(missing: 3, scalar: UInt32(byte & 0x07), least: 0x10000)
        default: events.append(.unknown)
        }
    }

    private mutating func takeEscape(_ byte: UInt8, into events: inout [KeyEvent]) {
        state = .ground
        switch byte {
        case 0x1B:
            events.append(.escape)
            state = .escape
        case UInt8(ascii: "["): state = .sequence([])
        case UInt8(ascii: "O"): state = .singleShift
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"):
            state = .string(sawEscape: false)
        default:
            // Alt with a key, or Escape and then quickly a key: both as two keys, so that the
            // red button is never lost in a chord.
            events.append(.escape)
            takeGround(byte, into: &events)
        }
    }

    private mutating func takeSequence(
        _ byte: UInt8, after body: [UInt8], into events: inout [KeyEvent]
    ) {
        switch byte {
        case 0x1B: state = .escape
        case 0x18, 0x1A: state = .ground
        case 0x20...0x3F:
            let isRoom = body.count < Limits.sequenceSize
            state = .sequence(isRoom ? body + [byte] : body)
        case 0x40...0x7E: endSequence(byte, body, into: &events)
        default:
            state = .ground
            takeGround(byte, into: &events)
        }
    }

    private mutating func endSequence(
        _ byte: UInt8, _ body: [UInt8], into events: inout [KeyEvent]
    ) {
        state = .ground
        if byte == UInt8(ascii: "M") && body.isEmpty {
            state = .mouse(3)
            return
        }
        if body.first == UInt8(ascii: "<") {
            takeMouse(byte, body.dropFirst(), into: &events)
            return
        }
        // Answers of the terminal.
        if let first = body.first, first >= 0x3C { return }
        let numbers = body.isEmpty ? [] : Self.numbers(body[...])
        if byte == UInt8(ascii: "~") && numbers.first == 200 {
            state = .paste
            pasted = []
            return
        }
        if byte == UInt8(ascii: "~") && numbers.first == 201 { return }
        if byte == UInt8(ascii: "I") { return }
        if byte == UInt8(ascii: "O") || byte == UInt8(ascii: "R") { return }
        events.append(Self.final(byte, numbers: numbers))
    }

    /// A report of xterm's SGR mode: button, column and row, from 1; `M` for pressed.
    private func takeMouse(
        _ byte: UInt8, _ body: ArraySlice<UInt8>, into events: inout [KeyEvent]
    ) {
        let parts = Self.numbers(body)
        guard byte == UInt8(ascii: "M"), parts.count == 3, parts[1] > 0, parts[2] > 0 else {
            return
        }
        switch parts[0] {
        case 0: events.append(.click(row: parts[2] - 1, column: parts[1] - 1))
        case 64: events.append(.arrow(.up))
        case 65: events.append(.arrow(.down))
        default: break
        }
    }

    private static func numbers(_ body: ArraySlice<UInt8>) -> [Int] {
        body.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
            part.reduce(0) { min(9999, $0 * 10 + max(0, Int($1) - 0x30)) }
        }
    }

    private mutating func takeContinuation(
        _ byte: UInt8, _ missing: Int, _ scalar: UInt32, _ least: UInt32,
        into events: inout [KeyEvent]
    ) {
        state = .ground
        guard byte & 0xC0 == 0x80 else {
            events.append(.unknown)
            takeGround(byte, into: &events)
            return
        }
        let sum = scalar << 6 | UInt32(byte & 0x3F)
        if missing > 1 {
            state = .utf8(missing: missing - 1, scalar: sum, least: least)
        } else if sum >= least, sum >= 0xA0, let whole = Unicode.Scalar(sum) {
            events.append(.letter(whole))
        } else {
            events.append(.unknown)
        }
    }

    private static let pasteEnd: [UInt8] = [0x1B] + Array("[201~".utf8)

    private mutating func takePaste(_ byte: UInt8, into events: inout [KeyEvent]) {
        // Room is kept for the mark of the end, which is looked for at the end of the buffer.
        if pasted.count >= Limits.pasteSize + Self.pasteEnd.count {
            pasted.remove(at: Limits.pasteSize)
        }
        pasted.append(byte)
        guard byte == Self.pasteEnd.last,
            pasted.suffix(Self.pasteEnd.count).elementsEqual(Self.pasteEnd)
        else { return }
        let text = pasted.dropLast(Self.pasteEnd.count).prefix(Limits.pasteSize)
        state = .ground
        pasted = []
        events.append(.paste(String(decoding: text, as: UTF8.self)))
    }

    /// What a CSI or SS3 sequence with this last byte stands for.
    private static func final(_ byte: UInt8, numbers: [Int]) -> KeyEvent {
        switch byte {
        case UInt8(ascii: "A"): .arrow(.up)
        case UInt8(ascii: "B"): .arrow(.down)
        case UInt8(ascii: "C"): .arrow(.right)
        case UInt8(ascii: "D"): .arrow(.left)
        case UInt8(ascii: "P")...UInt8(ascii: "S") where numbers.isEmpty:
            .function(Int(byte - UInt8(ascii: "P")) + 1)
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "Z"): .backTab
        case UInt8(ascii: "~"):
            switch numbers.first ?? 0 {
            case 1, 7: .home
            case 3: .delete
            case 4, 8: .end
            case 5: .pageUp
            case 6: .pageDown
            // As xterm numbers them, and rxvt the first four.
            case let code where (11...15).contains(code): .function(code - 10)
            case let code where (17...21).contains(code): .function(code - 11)
            case let code where (23...24).contains(code): .function(code - 12)
            default: .unknown
            }
        default: .unknown
        }
    }
}
