import Numerics
import Vocabulary

/// Writes rows of the click stream in the forms that we and the peers read.
package struct RowWriter {
    private let fieldNames = ClickStream.fields.map { Self.bytes($0.name) }
    private let numberNames = ClickStream.numbers.map { Self.bytes($0) }
    private let chance: SeededRandom
    private var order: [Int]
    /// The parts of a record, each ready to be put anywhere.
    private var parts: [[UInt8]] = []

    package init(seed: UInt64) {
        chance = SeededRandom(key: seed).forked(part: 0x6F72_6465)
        order = Array(0..<(ClickStream.fields.count + ClickStream.numbers.count))
    }

    private static func bytes(_ text: StaticString) -> [UInt8] {
        text.withUTF8Buffer { Array($0) }
    }

    /// How a record is spelled.
    package struct Spelling {
        package var hasLabel = false
        package var hasNumbers = true
        /// Keys in another order on each row.
        package var isShuffled = false
        /// The first letter of each value as `\u`.
        package var isEscaped = false

        package init() {}
    }

    /// An example as INTERFACE has it, with its newline.
    package mutating func appendExample(
        _ row: ClickStream.Row, _ spelling: Spelling, to text: inout [UInt8]
    ) {
        guard spelling.isShuffled else {
            text.appendText("{")
            appendID(row, to: &text)
            text.appendText(",")
            appendTime(row.time, to: &text)
            text.appendText(",")
            appendFeatures(row, spelling, to: &text)
            if spelling.hasLabel {
                text.appendText(",")
                appendLabel(row, to: &text)
            }
            text.appendText("}\n")
            return
        }
        appendShuffled(row, spelling, to: &text)
    }

    private mutating func appendShuffled(
        _ row: ClickStream.Row, _ spelling: Spelling, to text: inout [UInt8]
    ) {
        var drawn = chance.forked(part: 1, UInt64(row.index))
        Self.shuffle(&order, &drawn)
        var places = [0, 1, 2, 3]
        if !spelling.hasLabel { places.removeLast() }
        Self.shuffle(&places, &drawn)
        text.appendText("{")
        for (index, place) in places.enumerated() {
            if index > 0 { text.appendText(",") }
            switch place {
            case 0: appendID(row, to: &text)
            case 1: appendTime(row.time, to: &text)
            case 2: appendFeatures(row, spelling, to: &text)
            default: appendLabel(row, to: &text)
            }
        }
        text.appendText("}\n")
        order.sort()
    }

    private static func shuffle(_ items: inout [Int], _ chance: inout SeededRandom) {
        for index in stride(from: items.count - 1, to: 0, by: -1) {
            items.swapAt(index, chance.below(index + 1))
        }
    }

    private func appendID(_ row: ClickStream.Row, to text: inout [UInt8]) {
        text.appendText("\"id\":\"")
        appendIDText(row.index, to: &text)
        text.appendText("\"")
    }

    private func appendIDText(_ index: Int, to text: inout [UInt8]) {
        text.appendText("c")
        text.appendPadded(index, 9)
    }

    private func appendTime(_ time: Instant, to text: inout [UInt8]) {
        text.appendText("\"ts\":\"")
        text.appendTime(time)
        text.appendText("\"")
    }

    private func appendLabel(_ row: ClickStream.Row, to text: inout [UInt8]) {
        text.appendText("\"label\":")
        text.appendInteger(row.isClick ? 1 : 0)
    }

    private func appendFeatures(
        _ row: ClickStream.Row, _ spelling: Spelling, to text: inout [UInt8]
    ) {
        text.appendText("\"features\":{")
        appendPairs(row, spelling, to: &text)
        text.appendText("}")
    }

    private func appendPairs(
        _ row: ClickStream.Row, _ spelling: Spelling, to text: inout [UInt8]
    ) {
        let fieldCount = fieldNames.count
        var isFirst = true
        for feature in order where feature < fieldCount || spelling.hasNumbers {
            text.appendText(isFirst ? "\"" : ",\"")
            isFirst = false
            if feature < fieldCount {
                text.append(contentsOf: fieldNames[feature])
                text.appendText("\":\"")
                appendValue(row, feature, isEscaped: spelling.isEscaped, to: &text)
                text.appendText("\"")
            } else {
                text.append(contentsOf: numberNames[feature - fieldCount])
                text.appendText("\":")
                text.appendThousandths(row.thousandths[feature - fieldCount])
            }
        }
    }

    /// A letter of the field's and a number: `u83412`.
    private func appendValue(
        _ row: ClickStream.Row, _ field: Int, isEscaped: Bool = false, to text: inout [UInt8]
    ) {
        let letter = fieldNames[field][0]
        if isEscaped {
            text.appendText("\\u00")
            text.append(Self.hexDigit(letter >> 4))
            text.append(Self.hexDigit(letter & 15))
        } else {
            text.append(letter)
        }
        text.appendInteger(row.categories[field])
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + value - 10
    }

    /// A label record, with its newline.
    package func appendLabelRecord(
        _ index: Int, isClick: Bool, at time: Instant, to text: inout [UInt8]
    ) {
        text.appendText("{\"id\":\"")
        appendIDText(index, to: &text)
        text.appendText("\",")
        appendTime(time, to: &text)
        text.appendText(isClick ? ",\"label\":1}\n" : ",\"label\":0}\n")
    }

    /// A row as Vowpal Wabbit's text.
    package func appendVowpal(
        _ row: ClickStream.Row, hasNumbers: Bool, to text: inout [UInt8]
    ) {
        text.appendText(row.isClick ? "1 |" : "-1 |")
        for field in fieldNames.indices {
            text.appendText(" ")
            text.append(contentsOf: fieldNames[field])
            text.appendText("=")
            appendValue(row, field, to: &text)
        }
        for number in numberNames.indices where hasNumbers {
            text.appendText(" ")
            text.append(contentsOf: numberNames[number])
            text.appendText(":")
            text.appendThousandths(row.thousandths[number])
        }
        text.appendText("\n")
    }

    /// A row as Vowpal Wabbit's JSON.
    package func appendVowpalJSON(_ row: ClickStream.Row, to text: inout [UInt8]) {
        text.appendText(row.isClick ? "{\"_label\":1," : "{\"_label\":-1,")
        appendPairs(row, Spelling(), to: &text)
        text.appendText("}\n")
    }
}

extension [UInt8] {
    /// Thousandths as a decimal number: 1250 is 1.250.
    mutating func appendThousandths(_ value: Int) {
        appendInteger(value / 1000)
        append(UInt8(ascii: "."))
        appendPadded(value % 1000, 3)
    }

    /// RFC 3339 with milliseconds.
    mutating func appendTime(_ instant: Instant) {
        appendSeconds(instant)
        append(UInt8(ascii: "."))
        appendPadded(Int(instant.microseconds / 1000 % 1000), 3)
        append(UInt8(ascii: "Z"))
    }
}
