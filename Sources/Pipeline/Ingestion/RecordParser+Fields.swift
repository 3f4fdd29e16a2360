import Numerics
import Vocabulary

extension RecordParser {
    func readID(_ scanner: inout JSONScanner) throws(Rejection) -> UInt64 {
        guard scanner.byte == UInt8(ascii: "\"") else {
            try skip(&scanner)
            throw Rejection(rule: .idType, field: "id", text: "expected a string")
        }
        var text = JSONScanner.RawString()
        guard scanner.string(&text) else { throw malformed(&scanner, "") }
        guard text.count > 0 else {
            throw Rejection(rule: .idEmpty, field: "id", text: "expected at least one character")
        }
        if text.hasEscapes { try unescape(text, scanner, "id") }
        let size = text.hasEscapes ? scratch.count : text.count
        guard size <= Limits.idSizeMax else {
            throw Rejection(
                rule: .idTooLong, field: "id",
                text: "expected at most \(Limits.idSizeMax) bytes, found \(size)")
        }
        return try hash(text, scanner)
    }

    func readTime(
        _ scanner: inout JSONScanner, _ field: String
    ) throws(Rejection) -> Instant {
        if scanner.byte == UInt8(ascii: "\"") {
            var text = JSONScanner.RawString()
            guard scanner.string(&text) else { throw malformed(&scanner, "") }
            if let time = try readTime(text, scanner, field) { return time }
            throw Rejection(
                rule: .timeFormat, field: field,
                text: "expected RFC 3339 or seconds since 1970, found \(shown(text, scanner))")
        }
        let isNumber = scanner.byte == UInt8(ascii: "-") || scanner.byte &- 0x30 <= 9
        var seconds = 0.0
        if isNumber {
            guard scanner.number(&seconds) else { throw malformed(&scanner, field: field) }
            if let time = Instant(secondsSince1970: seconds) { return time }
        } else {
            try skip(&scanner)
        }
        throw Rejection(
            rule: .timeFormat, field: field,
            text: "expected RFC 3339 or seconds since 1970, in the years 1 to 9999")
    }

    private func readTime(
        _ text: JSONScanner.RawString, _ scanner: JSONScanner, _ field: String
    ) throws(Rejection) -> Instant? {
        guard text.hasEscapes else {
            let bytes = UnsafeBufferPointer(start: scanner.base + text.start, count: text.count)
            return Instant(rfc3339: bytes, lastDate: &lastDate)
        }
        try unescape(text, scanner, field)
        return scratch.withUnsafeBufferPointer { Instant(rfc3339: $0) }
    }

    func readLabel(_ scanner: inout JSONScanner) throws(Rejection) -> Double? {
        guard let value = try readNumber(&scanner, "label") else { return nil }
        guard value >= 0, value <= 1 else {
            throw Rejection(
                rule: .labelRange, field: "label",
                text: "expected a number in [0,1], found \(value)")
        }
        return value
    }

    func readShare(
        _ scanner: inout JSONScanner, _ field: String, _ rule: AdmissionRule
    ) throws(Rejection) -> Double? {
        guard let value = try readNumber(&scanner, field) else { return nil }
        guard value > 0, value <= 1 else {
            throw Rejection(
                rule: rule, field: field, text: "expected a number in (0,1], found \(value)")
        }
        return value
    }

    /// A number, or nil for null.
    func readNumber(
        _ scanner: inout JSONScanner, _ field: String
    ) throws(Rejection) -> Double? {
        if scanner.byte == UInt8(ascii: "-") || scanner.byte &- 0x30 <= 9 {
            var value = 0.0
            guard scanner.number(&value) else { throw malformed(&scanner, field: field) }
            return value
        }
        if scanner.byte == UInt8(ascii: "n"), scanner.literal() == .null { return nil }
        guard scanner.skipValue() else { throw malformed(&scanner, field: field) }
        throw Rejection(rule: .fieldType, field: field, text: "expected a number")
    }

    /// The hash of a name-like field: strings by their text, numbers and booleans as written.
    func readTag(_ scanner: inout JSONScanner, _ field: String) throws(Rejection) -> UInt64 {
        switch scanner.byte {
        case UInt8(ascii: "\""):
            var text = JSONScanner.RawString()
            guard scanner.string(&text) else { throw malformed(&scanner, "") }
            return try hash(text, scanner)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try skip(&scanner)
            throw Rejection(rule: .fieldType, field: field, text: "expected a string")
        default:
            let start = scanner.at
            let isNull = scanner.byte == UInt8(ascii: "n")
            try skip(&scanner)
            return isNull ? 0 : FeatureHash.tag(scanner.base + start, count: scanner.at - start)
        }
    }

    /// The code of an arm by the hash of its name; 0 for none that is known.
    @inline(__always)
    func armCode(_ hash: UInt64) -> UInt8 {
        for index in 0..<armHashes.count where armHashes[index] == hash { return UInt8(index + 1) }
        return 0
    }

    /// The hash of a time zone's name, 0 for null. Throws where no zone has that name.
    func readZone(_ scanner: inout JSONScanner) throws(Rejection) -> UInt64 {
        guard scanner.byte == UInt8(ascii: "\"") else {
            let isNull = scanner.byte == UInt8(ascii: "n")
            try skip(&scanner)
            if isNull { return 0 }
            throw unknownZone("something else")
        }
        var text = JSONScanner.RawString()
        guard scanner.string(&text) else { throw malformed(&scanner, "") }
        let name = try hash(text, scanner)
        if clock?.knows(name) ?? true { return name }
        let bytes = UnsafeBufferPointer(start: scanner.base + text.start, count: text.count)
        let spelled = String(decoding: text.hasEscapes ? scratch : Array(bytes), as: UTF8.self)
        try admit(zone: spelled, name)
        return name
    }

    /// The same from a JSON string with its quotes, which may be empty: 0 then.
    func zone(ofString json: [UInt8]) throws(Rejection) -> UInt64 {
        guard let clock, json.count > 2 else { return 0 }
        let name = InstanceReader.hash(ofString: json)
        if clock.knows(name) { return name }
        try admit(zone: String(decoding: json.dropFirst().dropLast(), as: UTF8.self), name)
        return name
    }

    private func admit(zone: String, _ hash: UInt64) throws(Rejection) {
        guard let clock, !clock.admit(zone, hash: hash) else { return }
        throw unknownZone(String(zone.prefix(64)))
    }

    private func unknownZone(_ found: String) -> Rejection {
        Rejection(
            rule: .zoneUnknown, field: "tz",
            text: "expected an IANA time zone such as Europe/Berlin, found \(found)")
    }

    /// Throws where features are to be made of a time zone, and there is none.
    @inline(__always)
    func needZone(_ fields: RecordFields) throws(Rejection) {
        guard lacksZone(fields) else { return }
        throw Rejection(
            rule: .zoneMissing, field: "tz",
            text: "expected an IANA time zone: time_features are made of it")
    }

    @inline(__always)
    func lacksZone(_ fields: RecordFields) -> Bool {
        guard let clock else { return false }
        return fields.zone == 0 && !clock.names.isEmpty
    }

    /// Throws where an example weighs by its propensity, and has none.
    @inline(__always)
    func needPropensity(_ fields: RecordFields) throws(Rejection) {
        guard lacksPropensity(fields) else { return }
        throw Rejection(
            rule: .propensityMissing, field: "propensity",
            text: "expected a number in (0,1]: examples weigh one over it")
    }

    @inline(__always)
    func lacksPropensity(_ fields: RecordFields) -> Bool {
        needsPropensity && fields.propensity == 0
    }

    /// The categories of local time, none where none are asked for.
    @inline(__always)
    func timeCategories(_ fields: RecordFields) -> [UInt64] {
        guard let clock, !clock.names.isEmpty else { return [] }
        return clock.features(at: fields.time, zone: fields.zone)
    }

    /// The hash of an id, a name or a tag, or of a category under its name's hash.
    @inline(__always)
    func hash(
        _ text: JSONScanner.RawString, _ scanner: JSONScanner, under name: UInt64 = FeatureHash.root
    ) throws(Rejection) -> UInt64 {
        guard text.hasEscapes else {
            return FeatureHash.category(
                UnsafeRawPointer(scanner.base + text.start), count: text.count, name: name)
        }
        try unescape(text, scanner, "")
        // Hashing reads whole words.
        let count = scratch.count
        scratch.append(contentsOf: repeatElement(0, count: 8))
        defer { scratch.removeLast(8) }
        return scratch.withUnsafeBytes { bytes in
            bytes.baseAddress.map { FeatureHash.category($0, count: count, name: name) } ?? 0
        }
    }

    func unescape(
        _ text: JSONScanner.RawString, _ scanner: JSONScanner, _ field: String
    ) throws(Rejection) {
        scratch.removeAll(keepingCapacity: true)
        let raw = UnsafeBufferPointer(start: scanner.base + text.start, count: text.count)
        guard JSONEscapes.decode(raw, into: &scratch) else {
            throw Rejection(
                rule: .malformedJSON, field: field,
                text: "expected a surrogate pair, found half of one")
        }
    }

    func shown(_ text: JSONScanner.RawString, _ scanner: JSONScanner) -> String {
        let count = min(text.count, 64)
        return String(
            decoding: UnsafeBufferPointer(start: scanner.base + text.start, count: count),
            as: UTF8.self)
    }

    /// The name of the key whose opening quote lies at an offset.
    func shown(keyAt start: Int, _ scanner: JSONScanner) -> String {
        var copy = JSONScanner(scanner.base, count: scanner.end)
        copy.at = start
        var name = JSONScanner.RawString()
        return copy.string(&name) ? shown(name, scanner) : ""
    }

    /// A value of a record's own field cannot be read.
    func malformed(_ scanner: inout JSONScanner, field: String) -> Rejection {
        Rejection(rule: .malformedJSON, field: field, text: "")
    }

    /// `keyStart` is where the key of the feature at fault begins.
    func malformed(
        _ scanner: inout JSONScanner, _ expected: StaticString, _ keyStart: Int? = nil
    ) -> Rejection {
        if scanner.fault == nil { _ = scanner.fail(expected) }
        let field = keyStart.map { "features." + shown(keyAt: $0, scanner) } ?? ""
        return Rejection(rule: .malformedJSON, field: field, text: "")
    }

    /// Says where the scanner stopped; a line with broken UTF-8 anywhere is called that.
    func explained(_ rejection: Rejection, _ scanner: JSONScanner) -> Rejection {
        let bytes = UnsafeBufferPointer(start: scanner.base, count: scanner.end)
        if let offset = UTF8Check.firstFault(in: bytes) {
            return Rejection(
                rule: .invalidUTF8, field: rejection.field,
                text: "expected UTF-8, found a bad byte at column \(offset + 1)")
        }
        guard rejection.rule == .malformedJSON, let fault = scanner.fault else { return rejection }
        return Rejection(
            rule: fault.isNonFinite ? .nonFinite : .malformedJSON, field: rejection.field,
            text: "expected \(fault.expected) at column \(fault.offset + 1)")
    }
}
