import Ingestion
import Vocabulary

extension Reading {
    /// What must hold between an outcome and the text, whatever the text; nil if it does.
    ///
    /// A rule of a record may be broken before the text turns out to be no JSON, so a text that
    /// is none may be refused for another reason; but it is never admitted, and none that is
    /// JSON is ever called malformed.
    package func breach(of line: [UInt8]) -> String? {
        let reference = ReferenceJSON(line)
        guard let rejection else {
            guard reference.isValid else { return "admitted, but it is no JSON" }
            return entryBreach
        }
        if rejection.text.isEmpty { return "refused without words" }
        if rejection.rule == .recordTooLong { return nil }
        if !reference.isUTF8 {
            return rejection.rule == .invalidUTF8 ? nil : "no UTF-8, and not called that"
        }
        switch rejection.rule {
        case .invalidUTF8:
            return "called no UTF-8, but it is"
        case .malformedJSON:
            let isExcused = reference.hasHalfPair || reference.depth > 64
            return reference.isValid && !isExcused ? "called malformed, but it is JSON" : nil
        case .nonFinite:
            return reference.isValid && !reference.hasHugeNumber
                ? "called not finite, but all numbers are" : nil
        default:
            return nil
        }
    }

    /// What an entry must be for the learner, which checks nothing.
    private var entryBreach: String? {
        guard !entry.isEmpty else { return nil }
        return entry.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            let view = EntryView(base)
            guard view.isWhole(within: bytes.count), view.size == bytes.count else {
                return "the entry's counts do not agree with its size"
            }
            let numbers = features.filter(\.isNumber)
            let categories = features.filter { !$0.isNumber }
            guard view.numberCount == numbers.count, view.categoryCount == categories.count else {
                return "the entry has other features than the list"
            }
            for (index, number) in numbers.enumerated() {
                guard view.numbers[index].bitPattern == number.bits,
                    view.numbers[index].isFinite,
                    view.numberKeys[index] == UInt32(truncatingIfNeeded: number.name)
                else { return "a number of the entry is not that of the list" }
            }
            for (index, category) in categories.enumerated() {
                guard view.categoryKeys[index] == UInt32(truncatingIfNeeded: category.category)
                else { return "a category of the entry is not that of the list" }
            }
            guard view.weight > 0, view.weight <= 10_000, view.label >= 0, view.label <= 1 else {
                return "a label or weight out of range"
            }
            return nil
        }
    }
}
