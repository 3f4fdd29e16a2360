import Numerics
import Vocabulary

/// What lies between the first byte of a record on a known way and its last.
struct KnownRecord {
    var record: ParsedRecord
    var next: UnsafePointer<UInt8>
}

/// The counts of a record on a known way.
struct KnownCounts {
    var numbers = 0
    var categories = 0
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
        let steps = stream == .examples ? examplePaths.steps : labelPaths.steps
        guard steps.pointee.next != 0 else { return nil }
        var step = UnsafePointer(steps + Int(steps.pointee.next))
        var fields = RecordFields()
        var counts = KnownCounts()
        let numbers = (entry + EntryLayout.headerSize).assumingMemoryBound(to: Double.self)
        var at = start
        while true {
            var behind: UnsafePointer<UInt8>?
            if step.pointee.matches(at, available: end - at) {
                let value = at + Int(step.pointee.size)
                let name = step.pointee.meaning
                switch step.pointee.kind {
                case .category:
                    if let text = PlainValue.text(value, before: end, seed: name) {
                        take(category: text.hash, name, &counts)
                        behind = text.quote
                    }
                case .number:
                    if let number = PlainValue.number(value, before: end) {
                        numbers[counts.numbers] = number.value
                        take(number: number.value, name, &counts)
                        behind = number.next
                    }
                case .end:
                    return finishKnown(fields, counts, stream, value)
                default:
                    behind = readField(
                        step.pointee.kind, name, value, before: end, &fields, &counts)
                }
            }
            if let behind {
                at = behind
                // A way that was learned in part ends in the middle.
                guard step.pointee.next != 0 else { return nil }
                step = UnsafePointer(steps + Int(step.pointee.next))
            } else {
                guard step.pointee.sibling != 0 else { return nil }
                step = UnsafePointer(steps + Int(step.pointee.sibling))
            }
        }
    }

    @inline(__always)
    func take(category: UInt64, _ name: UInt64, _ counts: inout KnownCounts) {
        if keepsFeatures {
            featureBase[counts.numbers + counts.categories] = FeatureValue(
                name: name, number: 0, category: category, kind: .category)
        }
        categoryKeys[counts.categories] = UInt32(truncatingIfNeeded: category)
        counts.categories &+= 1
    }

    @inline(__always)
    func take(number: Double, _ name: UInt64, _ counts: inout KnownCounts) {
        if keepsFeatures {
            featureBase[counts.numbers + counts.categories] = FeatureValue(
                name: name, number: number, category: 0, kind: .number)
        }
        numberKeys[counts.numbers] = UInt32(truncatingIfNeeded: name)
        counts.numbers &+= 1
    }

    /// The byte behind a value that is neither a category nor a number; nil if it is not as
    /// expected.
    @inline(__always)
    func readField(
        _ kind: PathStep.Kind, _ name: UInt64, _ value: UnsafePointer<UInt8>,
        before end: UnsafePointer<UInt8>, _ fields: inout RecordFields,
        _ counts: inout KnownCounts
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
        case .bag: return readBag(value, before: end, name, &counts)
        case .boolean: return readBoolean(value, before: end, name, &counts)
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
            fields.weight = min(1 / value, Limits.weightMax)
            return true
        case .propensity: return value > 0 && value <= 1
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
        _ counts: inout KnownCounts
    ) -> UnsafePointer<UInt8>? {
        let countsBefore = counts
        var at = value
        if at < end, at.pointee == UInt8(ascii: "]") { return at + 1 }
        while at < end, at.pointee == UInt8(ascii: "\""),
            counts.categories + counts.numbers < Limits.featureCountMax - PathRecorder.markCountMax,
            let text = PlainValue.text(at + 1, before: end, seed: name), text.quote + 1 < end
        {
            take(category: text.hash, name, &counts)
            at = text.quote + 1
            if at.pointee == UInt8(ascii: "]") { return at + 1 }
            guard at.pointee == UInt8(ascii: ",") else { break }
            at += at[1] == 0x20 ? 2 : 1
        }
        counts = countsBefore
        return nil
    }

    @inline(__always)
    func readBoolean(
        _ value: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ name: UInt64,
        _ counts: inout KnownCounts
    ) -> UnsafePointer<UInt8>? {
        let word = UnsafeRawPointer(value).loadUnaligned(as: UInt64.self)
        // "true" and "false", their first letters lowest.
        let isTrue = word & FeatureHash.mask(4) == 0x6575_7274
        guard isTrue || word & FeatureHash.mask(5) == 0x65_736C_6166 else { return nil }
        let size = isTrue ? 4 : 5
        guard size <= end - value else { return nil }
        take(category: FeatureHash.category(value, count: size, name: name), name, &counts)
        return value + size
    }

    @inline(__always)
    func finishKnown(
        _ fields: RecordFields, _ counts: KnownCounts, _ stream: StreamKind,
        _ next: UnsafePointer<UInt8>
    ) -> KnownRecord? {
        guard stream == .examples else {
            let record = ParsedRecord(
                kind: .label, idHash: fields.idHash, time: fields.time, label: fields.label)
            return KnownRecord(record: record, next: next)
        }
        if lacksZone(fields) { return nil }
        featureCount = counts.numbers + counts.categories
        var counts = counts
        for time in timeCategories(fields) {
            categoryKeys[counts.categories] = UInt32(truncatingIfNeeded: time)
            counts.categories += 1
        }
        unit = fields.unit
        writeHeader(fields, counts.numbers, counts.categories)
        let keys = entry + EntryLayout.headerSize + counts.numbers * 8
        keys.copyMemory(from: numberKeys, byteCount: counts.numbers * 4)
        (keys + counts.numbers * 4).copyMemory(
            from: categoryKeys, byteCount: counts.categories * 4)
        let record = ParsedRecord(
            kind: .example, idHash: fields.idHash, time: fields.time, label: fields.label)
        return KnownRecord(record: record, next: next)
    }
}
