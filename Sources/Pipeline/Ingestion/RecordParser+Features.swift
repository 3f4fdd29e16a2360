import Numerics
import Vocabulary

extension RecordParser {
    func readFeatures(_ scanner: inout JSONScanner) throws(Rejection) {
        guard scanner.take(UInt8(ascii: "{")) else {
            try skip(&scanner)
            throw Rejection(rule: .featuresType, field: "features", text: "expected an object")
        }
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "}")) { return }
        while true {
            var name = JSONScanner.RawString()
            guard scanner.string(&name), scanner.colon() else { throw malformed(&scanner, "") }
            try readFeature(&scanner, name)
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: "}")) { return }
            guard scanner.take(UInt8(ascii: ",")) else { throw malformed(&scanner, "',' or '}'") }
            scanner.skipSpace()
        }
    }

    func readFeature(
        _ scanner: inout JSONScanner, _ name: JSONScanner.RawString
    ) throws(Rejection) {
        guard name.count <= Limits.featureNameSizeMax else {
            throw Rejection(
                rule: .featureNameTooLong, field: "features." + shown(name, scanner),
                text: "expected at most \(Limits.featureNameSizeMax) bytes, found \(name.count)")
        }
        let nameHash = try hash(name, scanner, seed: 0)
        try checkUnique(nameHash, name, scanner)
        switch scanner.byte {
        case UInt8(ascii: "\""):
            try readCategory(&scanner, nameHash, name)
        case UInt8(ascii: "-"), 0x30...0x39:
            var value = 0.0
            guard scanner.number(&value) else { throw malformed(&scanner, "", name) }
            try append(.init(name: nameHash, number: value, category: 0, kind: .number))
        case UInt8(ascii: "["):
            try readBag(&scanner, nameHash, name)
        case UInt8(ascii: "{"):
            try skip(&scanner)
            throw featureTypeRejection(name, scanner, "an object")
        default:
            guard let literal = scanner.literal() else { throw malformed(&scanner, "", name) }
            switch literal {
            case .null: return
            case .yes: try append(literal: "true", nameHash)
            case .no: try append(literal: "false", nameHash)
            }
        }
    }

    func readCategory(
        _ scanner: inout JSONScanner, _ nameHash: UInt64, _ name: JSONScanner.RawString
    ) throws(Rejection) {
        var text = JSONScanner.RawString()
        guard scanner.string(&text) else { throw malformed(&scanner, "", name) }
        let category = try hash(text, scanner, seed: nameHash)
        try append(.init(name: nameHash, number: 0, category: category, kind: .category))
    }

    func readBag(
        _ scanner: inout JSONScanner, _ nameHash: UInt64, _ name: JSONScanner.RawString
    ) throws(Rejection) {
        scanner.at += 1
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "]")) { return }
        while true {
            guard scanner.byte == UInt8(ascii: "\"") else {
                try skip(&scanner)
                throw featureTypeRejection(name, scanner, "an array with an item that is no string")
            }
            try readCategory(&scanner, nameHash, name)
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: "]")) { return }
            guard scanner.take(UInt8(ascii: ",")) else {
                throw malformed(&scanner, "',' or ']'", name)
            }
            scanner.skipSpace()
        }
    }

    func append(literal: StaticString, _ nameHash: UInt64) throws(Rejection) {
        let category = XXHash64.hash(
            UnsafeRawPointer(literal.utf8Start), count: literal.utf8CodeUnitCount, seed: nameHash)
        try append(.init(name: nameHash, number: 0, category: category, kind: .category))
    }

    @inline(__always)
    func append(_ feature: FeatureValue) throws(Rejection) {
        guard featureCount < Limits.featureCountMax else {
            throw Rejection(
                rule: .tooManyFeatures, field: "features",
                text: "expected at most \(Limits.featureCountMax) features")
        }
        featureBase[featureCount] = feature
        featureCount += 1
    }

    /// A filter of 64 bits settles almost every name; the list settles the rest.
    @inline(__always)
    func checkUnique(
        _ nameHash: UInt64, _ name: JSONScanner.RawString, _ scanner: JSONScanner
    ) throws(Rejection) {
        let bit = UInt64(1) << (nameHash & 63)
        defer { nameFilter |= bit }
        guard nameFilter & bit != 0 else { return }
        for index in 0..<featureCount where featureBase[index].name == nameHash {
            throw Rejection(
                rule: .duplicateField, field: "features." + shown(name, scanner),
                text: "expected once")
        }
    }

    func featureTypeRejection(
        _ name: JSONScanner.RawString, _ scanner: JSONScanner, _ found: String
    ) -> Rejection {
        Rejection(
            rule: .featureType, field: "features." + shown(name, scanner),
            text: "expected a string, number, boolean, array of strings or null, found \(found)")
    }
}
