import Numerics
import Vocabulary

/// One instance of a request for predictions: its features, and what rides along.
package struct RequestInstance: Sendable, Equatable {
    /// A JSON object of the features alone.
    package var features: [UInt8] = []
    /// JSON strings with their quotes, as they came; empty for what is not there.
    package var id: [UInt8] = []
    package var unit: [UInt8] = []
    package var source: [UInt8] = []
    package var segment: [UInt8] = []
    package var zone: [UInt8] = []
}

/// A request that cannot be read: where, and what was expected there.
package struct RequestFault: Error, Equatable, CustomStringConvertible {
    package var place: String
    package var text: String

    package init(place: String, text: String) {
        (self.place, self.text) = (place, text)
    }

    package var description: String { place.isEmpty ? text : "\(place): \(text)" }
}

/// Reads the body of a request in TensorFlow Serving's row format: `{"instances":[{…},…]}`. An
/// instance is a features object; fields of the record ride along as `@id`, `@unit`, `@source`,
/// `@segment` and `@tz`.
package enum InstanceReader {
    /// Counts of one request.
    package enum Limits {
        package static let instanceCountMax = 10_000
    }

    package static func read(_ body: [UInt8]) throws(RequestFault) -> [RequestInstance] {
        let padded = body + [UInt8](repeating: 0, count: LinePadding.size)
        let found = padded.withUnsafeBytes { bytes in
            Result { () throws(RequestFault) in
                try bytes.baseAddress.map { base throws(RequestFault) in
                    try read(base, count: body.count)
                } ?? []
            }
        }
        return try found.get()
    }

    /// `LinePadding.size` bytes behind the body must be readable.
    private static func read(
        _ body: UnsafeRawPointer, count: Int
    ) throws(RequestFault) -> [RequestInstance] {
        var scanner = JSONScanner(body.assumingMemoryBound(to: UInt8.self), count: count)
        if let offset = UTF8Check.firstFault(
            in: UnsafeBufferPointer(start: scanner.base, count: count))
        {
            throw RequestFault(
                place: "", text: "expected UTF-8, found a bad byte at byte \(offset + 1)")
        }
        var instances: [RequestInstance]?
        try members(&scanner, "") { (key, _, scanner) throws(RequestFault) in
            switch key {
            case "instances":
                guard instances == nil else {
                    throw RequestFault(place: "instances", text: "expected once")
                }
                instances = try list(&scanner)
            case "inputs":
                throw RequestFault(
                    place: "inputs", text: "expected the row format, {\"instances\":[{…},…]}")
            default: try skip(&scanner, key)
            }
        }
        scanner.skipSpace()
        guard scanner.at == count else {
            throw RequestFault(place: "", text: "expected nothing after the object")
        }
        guard let instances, !instances.isEmpty else {
            throw RequestFault(place: "instances", text: "expected a list of at least one object")
        }
        return instances
    }

    /// The hash of a JSON string's text, from its bytes with their quotes; 0 for none.
    package static func hash(ofString json: [UInt8]) -> UInt64 {
        guard json.count >= 2 else { return 0 }
        let raw = Array(json.dropFirst().dropLast())
        var text: [UInt8] = []
        let isWhole = raw.withUnsafeBufferPointer { JSONEscapes.decode($0, into: &text) }
        let bytes = (isWhole ? text : raw) + [UInt8](repeating: 0, count: 8)
        return bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { FeatureHash.tag($0, count: bytes.count - 8) } ?? 0
        }
    }

    private static func list(_ scanner: inout JSONScanner) throws(RequestFault) -> [RequestInstance]
    {
        guard scanner.take(UInt8(ascii: "[")) else {
            throw RequestFault(place: "instances", text: "expected a list of objects")
        }
        var instances: [RequestInstance] = []
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "]")) { return instances }
        while true {
            guard instances.count < Limits.instanceCountMax else {
                throw RequestFault(
                    place: "instances", text: "expected at most \(Limits.instanceCountMax)")
            }
            instances.append(try instance(&scanner, "instances[\(instances.count)]"))
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: "]")) { return instances }
            guard scanner.take(UInt8(ascii: ",")) else {
                throw fault(scanner, "instances", "',' or ']'")
            }
            scanner.skipSpace()
        }
    }

    private static func instance(
        _ scanner: inout JSONScanner, _ place: String
    ) throws(RequestFault) -> RequestInstance {
        var instance = RequestInstance()
        instance.features.append(UInt8(ascii: "{"))
        try members(&scanner, place) { (key, start, scanner) throws(RequestFault) in
            let valueStart = scanner.at
            try skip(&scanner, "\(place).\(key)")
            let whole = UnsafeBufferPointer(
                start: scanner.base + start, count: scanner.at - start)
            guard key.hasPrefix("@") else {
                if instance.features.count > 1 { instance.features.append(UInt8(ascii: ",")) }
                return instance.features.append(contentsOf: whole)
            }
            let value = whole.dropFirst(valueStart - start)
            try ride(along: key, Array(value), &instance, place)
        }
        instance.features.append(UInt8(ascii: "}"))
        return instance
    }

    private static func ride(
        along key: String, _ value: [UInt8], _ instance: inout RequestInstance, _ place: String
    ) throws(RequestFault) {
        if value == Array("null".utf8), key != "@id" { return }
        guard value.first == UInt8(ascii: "\"") else {
            throw RequestFault(place: "\(place).\(key)", text: "expected a string")
        }
        switch key {
        case "@id":
            guard (3...RecordParser.Limits.idSizeMax + 2).contains(value.count) else {
                throw RequestFault(
                    place: "\(place).@id",
                    text: "expected 1 to \(RecordParser.Limits.idSizeMax) bytes")
            }
            instance.id = value
        case "@unit": instance.unit = value
        case "@source": instance.source = value
        case "@segment": instance.segment = value
        case "@tz": instance.zone = value
        default:
            throw RequestFault(
                place: "\(place).\(key)",
                text: "expected @id, @unit, @source, @segment or @tz")
        }
    }

    /// Goes through an object: `body` is given each key and the offset of its opening quote, and
    /// has to read the value.
    private static func members(
        _ scanner: inout JSONScanner, _ place: String,
        _ body: (String, Int, inout JSONScanner) throws(RequestFault) -> Void
    ) throws(RequestFault) {
        scanner.skipSpace()
        guard scanner.take(UInt8(ascii: "{")) else { throw fault(scanner, place, "an object") }
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "}")) { return }
        while true {
            let start = scanner.at
            var name = JSONScanner.RawString()
            guard scanner.string(&name), scanner.colon() else {
                throw fault(scanner, place, "a key")
            }
            let raw = UnsafeBufferPointer(start: scanner.base + name.start, count: name.count)
            try body(String(decoding: raw, as: UTF8.self), start, &scanner)
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: "}")) { return }
            guard scanner.take(UInt8(ascii: ",")) else {
                throw fault(scanner, place, "',' or '}'")
            }
            scanner.skipSpace()
        }
    }

    private static func skip(
        _ scanner: inout JSONScanner, _ place: String
    ) throws(RequestFault) {
        guard scanner.skipValue() else { throw fault(scanner, place, "a value") }
    }

    private static func fault(
        _ scanner: JSONScanner, _ place: String, _ expected: String
    ) -> RequestFault {
        let offset = scanner.fault?.offset ?? scanner.at
        let what = scanner.fault.map { "\($0.expected)" } ?? expected
        return RequestFault(place: place, text: "expected \(what) at byte \(offset + 1)")
    }
}
