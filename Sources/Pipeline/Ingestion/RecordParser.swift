import Numerics
import Vocabulary

/// Turns one line of a stream into a record and, for an example, its featurized entry.
///
/// On the data's way, so fast comes before plain: it reads each byte once and allocates nothing
/// for a record that keeps the rules. What it found stays valid until its next line. Not a
/// value, because its buffers are large: every reader owns one.
package final class RecordParser {
    /// INTERFACE's sizes, in bytes and counts.
    package enum Limits {
        package static let recordSizeMax = 1 << 20
        package static let idSizeMax = 256
        package static let featureNameSizeMax = 256
        package static let featureCountMax = 10_000
        /// An inverse sample rate beyond this counts as this, so that one record cannot
        /// outweigh a day.
        package static let weightMax = 10_000.0
    }

    /// The last example's bytes, laid out as `EntryLayout` says.
    package let entry: UnsafeMutableRawPointer

    /// The last example's features in the order of its line, for the schema filter.
    package var features: UnsafeBufferPointer<FeatureValue> {
        UnsafeBufferPointer(start: featureBase, count: featureCount)
    }

    let featureBase: UnsafeMutablePointer<FeatureValue>
    private var featureCount = 0
    var fieldKeys = KeyTemplates()
    var featureKeys = KeyTemplates()
    var lastDate = Instant.LastDate()
    /// Names of the last example's features that carried nothing: null, or an empty bag.
    var emptyNames: [UInt64] = []
    var scratch: [UInt8] = []

    package init() {
        featureBase = .allocate(capacity: Limits.featureCountMax + 1)
        entry = .allocate(
            byteCount: EntryLayout.size(numberCount: Limits.featureCountMax, categoryCount: 0),
            alignment: 16)
    }

    deinit {
        featureBase.deallocate()
        entry.deallocate()
    }

    /// Parses a line without its newline. At least eight bytes after it must be readable.
    ///
    /// For an example, `entry` holds everything but the record's place in the raw log.
    package func parse(
        _ line: UnsafeRawPointer, count: Int, stream: StreamKind
    ) throws(Rejection) -> ParsedRecord {
        guard count <= Limits.recordSizeMax else {
            throw Rejection(
                rule: .recordTooLong, field: "",
                text: "expected at most \(Limits.recordSizeMax) bytes, found \(count)")
        }
        var scanner = JSONScanner(line.assumingMemoryBound(to: UInt8.self), count: count)
        var fields = RecordFields()
        do throws(Rejection) {
            try readRecord(&scanner, &fields, stream)
            return try stream == .examples ? finishExample(fields) : finishLabel(fields)
        } catch {
            throw explained(error, scanner)
        }
    }

    /// Featurizes a bare `features` object, for serving.
    package func parseFeatures(_ object: UnsafeRawPointer, count: Int) throws(Rejection) {
        var scanner = JSONScanner(object.assumingMemoryBound(to: UInt8.self), count: count)
        var fields = RecordFields()
        do throws(Rejection) {
            scanner.skipSpace()
            try readFeatures(&scanner, &fields)
            scanner.skipSpace()
            guard scanner.at == count else { throw malformed(&scanner, "the end of the object") }
            writeEntry(fields)
        } catch {
            throw explained(error, scanner)
        }
    }
}

extension RecordParser {
    func readRecord(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields, _ stream: StreamKind
    ) throws(Rejection) {
        scanner.skipSpace()
        guard scanner.take(UInt8(ascii: "{")) else {
            if scanner.skipValue() {
                throw Rejection(rule: .notAnObject, field: "", text: "expected a JSON object")
            }
            throw malformed(&scanner, "'{'")
        }
        scanner.skipSpace()
        if !scanner.take(UInt8(ascii: "}")) {
            var place = 0
            while true {
                let field = try readKey(&scanner, at: &place)
                try readField(&scanner, field, &fields, stream)
                scanner.skipSpace()
                if scanner.take(UInt8(ascii: "}")) { break }
                guard scanner.take(UInt8(ascii: ",")) else {
                    throw malformed(&scanner, "',' or '}'")
                }
                scanner.skipSpace()
                place += 1
            }
        }
        scanner.skipSpace()
        guard scanner.at == scanner.end else {
            throw malformed(&scanner, "nothing after the object")
        }
    }

    /// The field that a key names, nil for one without a meaning; the scanner stands at the
    /// value afterwards.
    @inline(__always)
    private func readKey(
        _ scanner: inout JSONScanner, at place: inout Int
    ) throws(Rejection) -> RecordField? {
        let start = scanner.at
        let available = scanner.end - start
        if let (meaning, size) = fieldKeys.match(
            scanner.base + start, available: available, at: &place)
        {
            scanner.at += size
            // The template may have been learned where no space followed.
            scanner.skipSpace()
            return RecordField(rawValue: UInt16(meaning))
        }
        return try readNewKey(&scanner, at: place)
    }

    private func readNewKey(
        _ scanner: inout JSONScanner, at place: Int
    ) throws(Rejection) -> RecordField? {
        let start = scanner.at
        var name = JSONScanner.RawString()
        guard scanner.string(&name), scanner.colon() else { throw malformed(&scanner, "") }
        let field = try fieldNamed(name, scanner)
        let size = scanner.at - start
        if !name.hasEscapes, size <= KeyTemplate.sizeMax {
            fieldKeys.replace(
                at: place, scanner.base + start, size: size,
                meaning: UInt64(field?.rawValue ?? .max))
        } else {
            fieldKeys.forget(from: place)
        }
        return field
    }

    @inline(__always)
    private func readField(
        _ scanner: inout JSONScanner, _ field: RecordField?, _ fields: inout RecordFields,
        _ stream: StreamKind
    ) throws(Rejection) {
        guard let field else {
            guard scanner.skipValue() else { throw malformed(&scanner, "") }
            return
        }
        guard fields.mark(field) else {
            throw Rejection(rule: .duplicateField, field: "\(field.name)", text: "expected once")
        }
        switch field {
        case .id: fields.idHash = try readID(&scanner)
        case .time: fields.time = try readTime(&scanner, "ts")
        case .heartbeat:
            guard stream == .labels else { return try skip(&scanner) }
            fields.heartbeat = try readTime(&scanner, "heartbeat")
        case .features:
            guard stream == .examples else { return try skip(&scanner) }
            try readFeatures(&scanner, &fields)
        case .label: fields.label = try readLabel(&scanner)
        case .propensity: _ = try readShare(&scanner, "propensity", .propensityRange)
        case .sampleRate:
            if let rate = try readShare(&scanner, "sample_rate", .sampleRateRange) {
                fields.weight = min(1 / rate, Limits.weightMax)
            }
        case .source: fields.source = try readTag(&scanner, "source")
        case .segment: fields.segment = try readTag(&scanner, "segment")
        case .arm, .unit, .zone, .checkpoint: _ = try readTag(&scanner, "\(field.name)")
        }
    }

    private func fieldNamed(
        _ name: JSONScanner.RawString, _ scanner: JSONScanner
    ) throws(Rejection) -> RecordField? {
        guard name.hasEscapes else { return .named(scanner.base + name.start, name.count) }
        try unescape(name, scanner, "")
        return scratch.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.flatMap { RecordField.named($0, bytes.count) }
        }
    }

    func skip(_ scanner: inout JSONScanner) throws(Rejection) {
        guard scanner.skipValue() else { throw malformed(&scanner, "") }
    }

    private func finishExample(_ fields: RecordFields) throws(Rejection) -> ParsedRecord {
        try need(fields, .id, .idMissing)
        try need(fields, .time, .timeMissing)
        try need(fields, .features, .featuresMissing)
        writeEntry(fields)
        return ParsedRecord(
            kind: .example, idHash: fields.idHash, time: fields.time, label: fields.label)
    }

    private func finishLabel(_ fields: RecordFields) throws(Rejection) -> ParsedRecord {
        if let heartbeat = fields.heartbeat, !fields.has(.id) {
            return ParsedRecord(kind: .heartbeat, idHash: 0, time: heartbeat, label: nil)
        }
        try need(fields, .id, .idMissing)
        try need(fields, .time, .timeMissing)
        guard fields.label != nil else {
            throw Rejection(
                rule: .labelMissing, field: "label", text: "expected a number in [0,1]")
        }
        return ParsedRecord(
            kind: .label, idHash: fields.idHash, time: fields.time, label: fields.label)
    }

    @inline(__always)
    private func need(
        _ fields: RecordFields, _ field: RecordField, _ rule: AdmissionRule
    ) throws(Rejection) {
        if fields.has(field) { return }
        throw Rejection(
            rule: rule, field: "\(field.name)", text: "expected the field, found none")
    }

    private func writeEntry(_ fields: RecordFields) {
        featureCount = fields.featureCount
        let numberCount = fields.numberCount
        let categoryCount = fields.featureCount - numberCount
        let size = EntryLayout.size(numberCount: numberCount, categoryCount: categoryCount)
        let base = entry
        // The last word may be part padding.
        base.storeBytes(of: 0, toByteOffset: size - 8, as: UInt64.self)
        base.storeBytes(of: UInt32(size), toByteOffset: EntryLayout.sizeOffset, as: UInt32.self)
        base.storeBytes(
            of: UInt16(numberCount), toByteOffset: EntryLayout.numberCountOffset, as: UInt16.self)
        base.storeBytes(
            of: UInt16(categoryCount), toByteOffset: EntryLayout.categoryCountOffset,
            as: UInt16.self)
        base.storeBytes(of: fields.idHash, toByteOffset: EntryLayout.idOffset, as: UInt64.self)
        base.storeBytes(
            of: fields.time.microseconds, toByteOffset: EntryLayout.timeOffset, as: Int64.self)
        base.storeBytes(of: 0, toByteOffset: EntryLayout.recordOffset, as: UInt64.self)
        base.storeBytes(
            of: Float(fields.label ?? 0), toByteOffset: EntryLayout.labelOffset, as: Float.self)
        base.storeBytes(
            of: Float(fields.weight), toByteOffset: EntryLayout.weightOffset, as: Float.self)
        base.storeBytes(of: fields.source, toByteOffset: EntryLayout.sourceOffset, as: UInt64.self)
        base.storeBytes(
            of: fields.segment, toByteOffset: EntryLayout.segmentOffset, as: UInt64.self)
        base.storeBytes(of: 0, toByteOffset: EntryLayout.arrivalOffset, as: Int64.self)
        var values = base + EntryLayout.headerSize
        var keys = values + numberCount * 8
        var categories = keys + numberCount * 4
        let features = featureBase
        for index in 0..<fields.featureCount {
            switch features[index].kind {
            case .number:
                values.storeBytes(of: features[index].number, as: Double.self)
                keys.storeBytes(
                    of: UInt32(truncatingIfNeeded: features[index].name), as: UInt32.self)
                values += 8
                keys += 4
            case .category:
                categories.storeBytes(
                    of: UInt32(truncatingIfNeeded: features[index].category), as: UInt32.self)
                categories += 4
            }
        }
    }
}
