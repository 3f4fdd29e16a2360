import Numerics
import Vocabulary

/// Turns one line of a stream into a record and, for an example, its featurized entry.
///
/// On the data's way, so fast comes before plain: a record that takes a way which others took
/// before it is read along that way, each byte once; any other by the rules of all JSON, with
/// the same outcome. What it found stays valid until its next line. Not a value, because its
/// buffers are large: every reader owns one.
package final class RecordParser {
    /// INTERFACE's sizes, in bytes and counts.
    package enum Limits {
        package static let recordSizeMax = 1 << 20
        package static let idSizeMax = 256
        package static let featureNameSizeMax = 256
        package static let featureCountMax = 10_000
        /// A weight beyond this counts as this, so that one record cannot outweigh a day.
        package static let weightMax = 10_000.0
        /// What was cut off of a weight is told up to here.
        static let cutWeightMax = 1e30
        /// The largest entry in bytes.
        static let entrySizeMax = EntryLayout.size(
            numberCount: featureCountMax, categoryCount: featureCountMax)
    }

    /// The last example's bytes, laid out as `EntryLayout` says.
    package internal(set) var entry: UnsafeMutableRawPointer

    /// The last example's features in the order of its line, for the schema filter; none unless
    /// `keepsFeatures`.
    package var features: UnsafeBufferPointer<FeatureValue> {
        UnsafeBufferPointer(start: featureBase, count: keepsFeatures ? featureCount : 0)
    }
    package let keepsFeatures: Bool

    var featureBase: UnsafeMutablePointer<FeatureValue>
    var featureCount = 0
    var fieldKeys = KeyTemplates()
    var featureKeys = KeyTemplates()
    var examplePaths = RecordPaths()
    var labelPaths = RecordPaths()
    var recorder = PathRecorder()
    /// Of the features of the example being read.
    var names = NameSet()
    var lastDate = Instant.LastDate()
    /// Nil where a time zone is but read over.
    let clock: RecordClock?
    /// See `ExampleDesign`; 0 where propensities weigh nothing.
    let propensityFloor: Double
    let needsPropensity: Bool
    var scratch: [UInt8] = []
    /// Of a record on a known way, until its counts are known.
    /// The hash of the newest example's `unit`; 0 where it has none.
    package internal(set) var unit: UInt64 = 0
    /// Of the names of arms, in the order of their codes.
    let armHashes = ArmName.coded.map { FeatureHash.tag($0.text) }
    let numberKeys: UnsafeMutablePointer<UInt32>
    let categoryKeys: UnsafeMutablePointer<UInt32>
    private let ownEntry: UnsafeMutableRawPointer
    private let ownFeatures: UnsafeMutablePointer<FeatureValue>

    package init(keepsFeatures: Bool = false, rules: RecordRules = RecordRules()) {
        self.keepsFeatures = keepsFeatures
        clock = rules.clocks.map { RecordClock($0, rules) }
        propensityFloor = rules.design.propensityFloor ?? 0
        needsPropensity = propensityFloor > 0 && !rules.isLenient
        ownFeatures = .allocate(capacity: Limits.featureCountMax + 1)
        ownEntry = .allocate(byteCount: Limits.entrySizeMax, alignment: 16)
        numberKeys = .allocate(capacity: Limits.featureCountMax + 1)
        categoryKeys = .allocate(
            capacity: Limits.featureCountMax + TimeFeature.allCases.count)
        featureBase = ownFeatures
        entry = ownEntry
    }

    deinit {
        ownFeatures.deallocate()
        ownEntry.deallocate()
        numberKeys.deallocate()
        categoryKeys.deallocate()
    }

    /// Parses a line without its newline. `LinePadding.size` bytes behind it must be readable.
    ///
    /// For an example, `entry` holds everything but the record's place in the raw log.
    package func parse(
        _ line: UnsafeRawPointer, count: Int, stream: StreamKind
    ) throws(Rejection) -> ParsedRecord {
        let start = line.assumingMemoryBound(to: UInt8.self)
        if count <= Limits.recordSizeMax,
            let known = readFast(start, before: start + count, stream),
            known.next == start + count
        {
            return known.record
        }
        return try parseAnew(line, count: count, stream: stream)
    }

    /// Parses a line by the rules of all JSON, and learns its way.
    func parseAnew(
        _ line: UnsafeRawPointer, count: Int, stream: StreamKind
    ) throws(Rejection) -> ParsedRecord {
        guard count <= Limits.recordSizeMax else {
            throw Rejection(
                rule: .recordTooLong, field: "",
                text: "expected at most \(Limits.recordSizeMax) bytes, found \(count)")
        }
        var scanner = JSONScanner(line.assumingMemoryBound(to: UInt8.self), count: count)
        var fields = RecordFields()
        let isExample = stream == .examples
        recorder.begin(isWanted: !(isExample ? examplePaths.isFull : labelPaths.isFull))
        let record: ParsedRecord
        do throws(Rejection) {
            try readRecord(&scanner, &fields, stream)
            record = try isExample ? finishExample(fields) : finishLabel(fields)
        } catch {
            throw explained(error, scanner)
        }
        if let way = recorder.way(scanner.base, size: count) {
            if isExample { examplePaths.learn(way) } else { labelPaths.learn(way) }
        }
        return record
    }

    /// Featurizes a bare `features` object, for serving. `zone` is a JSON string with its quotes,
    /// or empty.
    package func parseFeatures(
        _ object: [UInt8], at time: Instant, zone: [UInt8]
    ) throws(Rejection) {
        let padded = object + [UInt8](repeating: 0, count: LinePadding.size)
        let parsed = padded.withUnsafeBytes { bytes in
            Result { () throws(Rejection) in
                guard let base = bytes.baseAddress else { return }
                try parseFeatures(base, count: object.count, at: time, zone: zone)
            }
        }
        try parsed.get()
    }

    /// The same of bytes with `LinePadding.size` readable ones behind them.
    package func parseFeatures(
        _ object: UnsafeRawPointer, count: Int, at time: Instant = .distantPast,
        zone: [UInt8] = []
    ) throws(Rejection) {
        var scanner = JSONScanner(object.assumingMemoryBound(to: UInt8.self), count: count)
        var fields = RecordFields()
        recorder.begin(isWanted: false)
        do throws(Rejection) {
            scanner.skipSpace()
            try readFeatures(&scanner, &fields)
            scanner.skipSpace()
            guard scanner.at == count else { throw malformed(&scanner, "the end of the object") }
            fields.time = time
            fields.zone = try self.zone(ofString: zone)
            try needZone(fields)
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

    private func readField(
        _ scanner: inout JSONScanner, _ field: RecordField?, _ fields: inout RecordFields,
        _ stream: StreamKind
    ) throws(Rejection) {
        guard let field else { return try skip(&scanner) }
        guard fields.mark(field) else {
            throw Rejection(rule: .duplicateField, field: "\(field.name)", text: "expected once")
        }
        let start = scanner.at
        let isText = scanner.byte == UInt8(ascii: "\"")
        switch field {
        case .id:
            fields.idHash = try readID(&scanner)
            recorder.note(.id, start, scanner.at)
        case .time:
            fields.time = try readTime(&scanner, "ts")
            recorder.note(isText ? .time : .seconds, start, scanner.at)
        case .heartbeat:
            guard stream == .labels else { return try skip(&scanner) }
            fields.heartbeat = try readTime(&scanner, "heartbeat")
            recorder.giveUp()
        case .features:
            guard stream == .examples else { return try skip(&scanner) }
            try readFeatures(&scanner, &fields)
        case .label:
            fields.label = try readLabel(&scanner)
            if fields.label != nil { recorder.note(.label, start, scanner.at) }
        case .propensity:
            if let propensity = try readShare(&scanner, "propensity", .propensityRange) {
                fields.propensity = propensity
                recorder.note(.propensity, start, scanner.at)
            }
        case .sampleRate:
            if let rate = try readShare(&scanner, "sample_rate", .sampleRateRange) {
                fields.sampleRate = rate
                recorder.note(.sampleRate, start, scanner.at)
            }
        case .source, .segment:
            let tag = try readTag(&scanner, "\(field.name)")
            if field == .source { fields.source = tag } else { fields.segment = tag }
            guard isText else { return recorder.giveUp() }
            recorder.note(field == .source ? .source : .segment, start, scanner.at)
        case .zone where stream == .examples && clock != nil:
            fields.zone = try readZone(&scanner)
            if isText { recorder.note(.zone, start, scanner.at) }
        case .arm:
            fields.arm = armCode(try readTag(&scanner, "arm"))
            if isText { recorder.note(.arm, start, scanner.at) }
        case .unit:
            fields.unit = try readTag(&scanner, "unit")
            if isText { recorder.note(.unit, start, scanner.at) }
        case .zone, .checkpoint:
            _ = try readTag(&scanner, "\(field.name)")
            // What is no text was read over, and noted there.
            if isText { recorder.note(.ignoredText, start, scanner.at) }
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
        let (start, first) = (scanner.at, scanner.byte)
        guard scanner.skipValue() else { throw malformed(&scanner, "") }
        recorder.noteIgnored(first, start, scanner.at)
    }

    private func finishExample(_ fields: RecordFields) throws(Rejection) -> ParsedRecord {
        try need(fields, .id, .idMissing)
        try need(fields, .time, .timeMissing)
        try need(fields, .features, .featuresMissing)
        try needZone(fields)
        try needPropensity(fields)
        unit = fields.unit
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
}
