import Numerics
import Vocabulary

/// What lies between the first byte of a record on a known way and its last.
struct KnownRecord {
    var record: ParsedRecord
    var next: UnsafePointer<UInt8>
}

/// Where the features of a record on a known way are put, each behind the last of its kind.
struct KnownFeatures {
    fileprivate var value: UnsafeMutablePointer<Double>
    fileprivate var numberKey: UnsafeMutablePointer<UInt32>
    fileprivate var category: UnsafeMutablePointer<UInt32>
    /// All of them in the order of the line, where that is kept.
    fileprivate var feature: UnsafeMutablePointer<FeatureValue>

    @inline(__always)
    init(_ parser: RecordParser) {
        value = (parser.entry + EntryLayout.headerSize).assumingMemoryBound(to: Double.self)
        numberKey = parser.numberKeys
        category = parser.categoryKeys
        feature = parser.featureBase
    }

    @inline(__always)
    mutating func take(category hash: UInt64, _ name: UInt64, keepsFeatures: Bool) {
        if keepsFeatures {
            feature.initialize(
                to: FeatureValue(name: name, number: 0, category: hash, kind: .category))
            feature += 1
        }
        category.pointee = UInt32(truncatingIfNeeded: hash)
        category += 1
    }

    @inline(__always)
    mutating func take(number: Double, _ name: UInt64, keepsFeatures: Bool) {
        if keepsFeatures {
            feature.initialize(
                to: FeatureValue(name: name, number: number, category: 0, kind: .number))
            feature += 1
        }
        value.pointee = number
        value += 1
        numberKey.pointee = UInt32(truncatingIfNeeded: name)
        numberKey += 1
    }

    /// How many there are of both kinds, of those that a parser reads.
    @inline(__always)
    func count(in parser: RecordParser) -> Int {
        (category - parser.categoryKeys) + (numberKey - parser.numberKeys)
    }
}

extension RecordParser {
    /// Reads a record that does not need all the rules of JSON: on a known way or, where no more
    /// ways can be learned, a plain one. Otherwise as `readKnown`.
    @inline(__always)
    func readFast(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ stream: StreamKind
    ) -> KnownRecord? {
        let isExample = stream == .examples
        if isExample ? examplePaths.isWorthTrying : labelPaths.isWorthTrying,
            let known = readKnown(start, before: end, stream)
        {
            if isExample { examplePaths.noteHit() } else { labelPaths.noteHit() }
            return known
        }
        return readOffWay(start, before: end, stream)
    }

    @inline(never)
    private func readOffWay(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ stream: StreamKind
    ) -> KnownRecord? {
        let isFull = stream == .examples ? examplePaths.isFull : labelPaths.isFull
        if stream == .examples { examplePaths.noteMiss() } else { labelPaths.noteMiss() }
        return isFull ? readPlain(start, before: end, stream) : nil
    }

    /// Reads a record that takes a way which others took before it; nil if it takes none, or
    /// breaks a rule, or has a value that needs more care. Then nothing of it is to be used.
    ///
    /// `end` may lie beyond the line: no way leads over a newline.
    @inline(__always)
    func readKnown(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ stream: StreamKind
    ) -> KnownRecord? {
        // Two loops, each of which knows what it has to do.
        keepsFeatures
            ? readKnown(start, before: end, stream, keepsFeatures: true)
            : readKnown(start, before: end, stream, keepsFeatures: false)
    }

    @inline(__always)
    private func readKnown(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ stream: StreamKind,
        keepsFeatures: Bool
    ) -> KnownRecord? {
        let steps = UnsafePointer(stream == .examples ? examplePaths.steps : labelPaths.steps)
        guard steps.pointee.next != 0 else { return nil }
        var step = RecordPaths.step(steps, steps.pointee.next)
        var fields = RecordFields()
        var found = KnownFeatures(self)
        var at = start
        while true {
            var behind: UnsafePointer<UInt8>?
            if let value = PathStep.match(step, at, before: end) {
                let name = step.pointee.meaning
                switch step.pointee.kind {
                case .category:
                    if let text = PlainValue.text(value, before: end, seed: name) {
                        found.take(
                            category: text.hash, name, keepsFeatures: keepsFeatures)
                        behind = text.quote
                    }
                case .number:
                    if let number = PlainValue.number(value, before: end) {
                        found.take(
                            number: number.value, name, keepsFeatures: keepsFeatures)
                        behind = number.next
                    }
                case .end:
                    return finishKnown(fields, found, stream, value)
                default:
                    behind = readField(
                        step.pointee.kind, name, value, before: end, &fields, &found)
                }
            }
            if let behind {
                at = behind
                // A way that was learned in part ends in the middle.
                guard step.pointee.next != 0 else { return nil }
                step = RecordPaths.step(steps, step.pointee.next)
            } else {
                guard step.pointee.sibling != 0 else { return nil }
                step = RecordPaths.step(steps, step.pointee.sibling)
            }
        }
    }

    /// The byte behind a value that is neither a category nor a number; nil if it is not as
    /// expected.
    @inline(__always)
    func readField(
        _ kind: PathStep.Kind, _ name: UInt64, _ value: UnsafePointer<UInt8>,
        before end: UnsafePointer<UInt8>, _ fields: inout RecordFields,
        _ found: inout KnownFeatures
    ) -> UnsafePointer<UInt8>? {
        switch kind {
        case .nothing, .category, .number, .end: return value
        case .id, .source, .segment, .zone, .arm, .unit:
            guard let text = PlainValue.text(value, before: end, seed: FeatureHash.root) else {
                return nil
            }
            switch kind {
            case .id:
                let size = text.quote - value
                guard size > 0, size <= Limits.idSizeMax else { return nil }
                fields.idHash = text.hash
            case .source: fields.source = text.hash
            case .unit: fields.unit = text.hash
            case .arm: fields.arm = armCode(text.hash)
            case .zone:
                guard clock?.knows(text.hash) ?? true else { return nil }
                fields.zone = text.hash
            default: fields.segment = text.hash
            }
            return text.quote
        case .time: return readTime(value, before: end, &fields)
        case .seconds, .label, .propensity, .sampleRate, .ignoredNumber:
            guard let number = PlainValue.number(value, before: end),
                take(number.value, of: kind, &fields)
            else { return nil }
            return number.next
        case .ignoredText: return PlainValue.stringEnd(value, before: end)
        case .bag: return readBag(value, before: end, name, &found)
        case .boolean: return readBoolean(value, before: end, name, &found)
        }
    }

    /// Takes the number of a field of the record's own; false if it breaks the field's rule.
    @inline(__always)
    private func take(
        _ value: Double, of kind: PathStep.Kind, _ fields: inout RecordFields
    ) -> Bool {
        switch kind {
        case .label:
            guard value >= 0, value <= 1 else { return false }
            fields.label = value
            return true
        case .seconds:
            guard let time = Instant(secondsSince1970: value) else { return false }
            fields.time = time
            return true
        case .sampleRate:
            guard value > 0, value <= 1 else { return false }
            fields.sampleRate = value
            return true
        case .propensity:
            guard value > 0, value <= 1 else { return false }
            fields.propensity = value
            return true
        default: return true
        }
    }

    @inline(__always)
    private func readTime(
        _ value: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>,
        _ fields: inout RecordFields
    ) -> UnsafePointer<UInt8>? {
        // The two usual forms end in Z, at one of two places.
        let size = end - value > 24 && value[24] == UInt8(ascii: "\"") ? 24 : 20
        if end - value > size, value[size] == UInt8(ascii: "\""),
            let time = Instant(usual: value, size: size, lastDate: lastDate)
        {
            fields.time = time
            return value + size
        }
        guard let quote = PlainValue.stringEnd(value, before: end),
            let time = Instant(
                rfc3339: UnsafeBufferPointer(start: value, count: quote - value),
                lastDate: &lastDate)
        else { return nil }
        fields.time = time
        return quote
    }

    /// A long bag is left to the general way, so that whatever follows on this one has room.
    func readBag(
        _ value: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ name: UInt64,
        _ found: inout KnownFeatures
    ) -> UnsafePointer<UInt8>? {
        let before = found
        var at = value
        if at < end, at.pointee == UInt8(ascii: "]") { return at + 1 }
        while at < end, at.pointee == UInt8(ascii: "\""),
            found.count(in: self) < Limits.featureCountMax - PathRecorder.markCountMax,
            let text = PlainValue.text(at + 1, before: end, seed: name), text.quote + 1 < end
        {
            found.take(category: text.hash, name, keepsFeatures: keepsFeatures)
            at = text.quote + 1
            if at.pointee == UInt8(ascii: "]") { return at + 1 }
            guard at.pointee == UInt8(ascii: ",") else { break }
            at += at[1] == 0x20 ? 2 : 1
        }
        found = before
        return nil
    }

    @inline(__always)
    func readBoolean(
        _ value: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ name: UInt64,
        _ found: inout KnownFeatures
    ) -> UnsafePointer<UInt8>? {
        let word = UnsafeRawPointer(value).loadUnaligned(as: UInt64.self)
        // "true" and "false", their first letters lowest.
        let isTrue = word & FeatureHash.mask(4) == 0x6575_7274
        guard isTrue || word & FeatureHash.mask(5) == 0x65_736C_6166 else { return nil }
        let size = isTrue ? 4 : 5
        guard size <= end - value else { return nil }
        found.take(
            category: FeatureHash.category(value, count: size, name: name), name,
            keepsFeatures: keepsFeatures)
        return value + size
    }

    @inline(__always)
    func finishKnown(
        _ fields: RecordFields, _ found: KnownFeatures, _ stream: StreamKind,
        _ next: UnsafePointer<UInt8>
    ) -> KnownRecord? {
        guard stream == .examples else {
            let record = ParsedRecord(
                kind: .label, idHash: fields.idHash, time: fields.time, label: fields.label)
            return KnownRecord(record: record, next: next)
        }
        if lacksZone(fields) || lacksPropensity(fields) { return nil }
        featureCount = found.count(in: self)
        var category = found.category
        for time in timeCategories(fields) {
            category.pointee = UInt32(truncatingIfNeeded: time)
            category += 1
        }
        unit = fields.unit
        let (numberCount, categoryCount) = (found.numberKey - numberKeys, category - categoryKeys)
        writeHeader(fields, numberCount, categoryCount)
        let keys = entry + EntryLayout.headerSize + numberCount * 8
        keys.copyMemory(from: numberKeys, byteCount: numberCount * 4)
        (keys + numberCount * 4).copyMemory(from: categoryKeys, byteCount: categoryCount * 4)
        let record = ParsedRecord(
            kind: .example, idHash: fields.idHash, time: fields.time, label: fields.label)
        return KnownRecord(record: record, next: next)
    }
}
