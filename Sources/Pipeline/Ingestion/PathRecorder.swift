/// Notes where the values of a record lie while the parser reads it by the rules of all JSON, so
/// that the next record of its shape is read faster.
struct PathRecorder {
    private var marks: [Mark] = []
    private var isLearnable = false

    private struct Mark {
        var kind: PathStep.Kind
        var meaning: UInt64
        /// The value's first byte, and the one behind it; quotes are not part of a string.
        var start: Int
        var end: Int
    }

    /// Longer records are left to the general way.
    static let markCountMax = 256

    mutating func begin(isWanted: Bool) {
        isLearnable = isWanted
        marks.removeAll(keepingCapacity: true)
    }

    /// This record has something that no step can say.
    mutating func giveUp() {
        isLearnable = false
    }

    /// A value that lies between two offsets, quotes and brackets included.
    @inline(__always)
    mutating func note(_ kind: PathStep.Kind, _ start: Int, _ end: Int, _ meaning: UInt64 = 0) {
        guard isLearnable else { return }
        guard marks.count < Self.markCountMax else { return giveUp() }
        switch kind {
        case .id, .time, .source, .segment, .zone, .arm, .unit, .category, .ignoredText:
            marks.append(Mark(kind: kind, meaning: meaning, start: start + 1, end: end - 1))
        case .bag:
            marks.append(Mark(kind: kind, meaning: meaning, start: start + 1, end: end))
        case .nothing, .end, .seconds, .label, .propensity, .sampleRate, .number,
            .ignoredNumber, .boolean:
            marks.append(Mark(kind: kind, meaning: meaning, start: start, end: end))
        }
    }

    /// A value that is read over, whose first byte is `first`; literals are part of the way.
    mutating func noteIgnored(_ first: UInt8, _ start: Int, _ end: Int) {
        switch first {
        case UInt8(ascii: "\""): note(.ignoredText, start, end)
        case UInt8(ascii: "{"), UInt8(ascii: "["): giveUp()
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): break
        default: note(.ignoredNumber, start, end)
        }
    }

    /// The way of a record that kept all rules; nil if there is nothing to be learned from it.
    func way(_ base: UnsafePointer<UInt8>, size: Int) -> [PathStep]? {
        guard isLearnable else { return nil }
        var steps: [PathStep] = []
        var at = 0
        for mark in marks + [Mark(kind: .end, meaning: 0, start: size, end: size)] {
            while mark.start - at > PathStep.sizeMax {
                steps.append(
                    PathStep(base + at, size: PathStep.sizeMax, kind: .nothing, meaning: 0))
                at += PathStep.sizeMax
            }
            steps.append(
                PathStep(base + at, size: mark.start - at, kind: mark.kind, meaning: mark.meaning))
            at = mark.end
        }
        return steps
    }
}
