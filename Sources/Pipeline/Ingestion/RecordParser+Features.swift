import Numerics
import Vocabulary

extension RecordParser {
    func readFeatures(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields
    ) throws(Rejection) {
        guard scanner.take(UInt8(ascii: "{")) else {
            try skip(&scanner)
            throw Rejection(rule: .featuresType, field: "features", text: "expected an object")
        }
        scanner.skipSpace()
        beginNames()
        if scanner.take(UInt8(ascii: "}")) { return }
        var place = 0
        while true {
            let start = scanner.at
            let name = try readName(&scanner, at: &place)
            guard names.insert(name) else {
                throw Rejection(
                    rule: .duplicateField, field: "features." + shown(keyAt: start, scanner),
                    text: "expected once")
            }
            try readFeature(&scanner, &fields, name, start)
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: "}")) { return }
            guard scanner.take(UInt8(ascii: ",")) else { throw malformed(&scanner, "',' or '}'") }
            scanner.skipSpace()
            place += 1
        }
    }

    /// The features that are made here have names of their own.
    @inline(__always)
    func beginNames() {
        names.begin()
        guard let clock else { return }
        for name in clock.names { _ = names.insert(name) }
    }

    /// The hash of a feature's name; the scanner stands at its value afterwards.
    @inline(__always)
    private func readName(
        _ scanner: inout JSONScanner, at place: inout Int
    ) throws(Rejection) -> UInt64 {
        if let known = featureKeys.match(
            scanner.base + scanner.at, available: scanner.end - scanner.at, at: &place)
        {
            scanner.at += known.size
            scanner.skipSpace()
            return known.meaning
        }
        return try readNewName(&scanner, at: place)
    }

    /// The hash of a name that is not the one expected at its place.
    private func readNewName(
        _ scanner: inout JSONScanner, at place: Int
    ) throws(Rejection) -> UInt64 {
        let start = scanner.at
        var name = JSONScanner.RawString()
        guard scanner.string(&name), scanner.colon() else { throw malformed(&scanner, "") }
        let nameHash = try hash(name, scanner)
        let nameSize = name.hasEscapes ? scratch.count : name.count
        guard nameSize <= Limits.featureNameSizeMax else {
            throw Rejection(
                rule: .featureNameTooLong, field: "features." + shown(name, scanner),
                text: "expected at most \(Limits.featureNameSizeMax) bytes, found \(nameSize)")
        }
        let size = scanner.at - start
        if !name.hasEscapes, size <= KeyTemplate.sizeMax {
            featureKeys.replace(at: place, scanner.base + start, size: size, meaning: nameHash)
        } else {
            featureKeys.forget(from: place)
        }
        return nameHash
    }

    /// `keyStart` is where the feature's key begins, for what is said of it if it is wrong.
    @inline(__always)
    private func readFeature(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields, _ name: UInt64,
        _ keyStart: Int
    ) throws(Rejection) {
        let byte = scanner.byte
        if byte == UInt8(ascii: "\"") {
            let start = scanner.at
            try readCategory(&scanner, &fields, name, keyStart)
            recorder.note(.category, start, scanner.at, name)
        } else if byte &- 0x30 <= 9 || byte == UInt8(ascii: "-") {
            var value = 0.0
            let start = scanner.at
            guard scanner.number(&value) else { throw malformed(&scanner, "", keyStart) }
            recorder.note(.number, start, scanner.at, name)
            fields.numberCount += 1
            try append(
                .init(name: name, number: value, category: 0, kind: .number), &fields)
        } else {
            try readOther(&scanner, &fields, name, keyStart)
        }
    }

    private func readOther(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields, _ name: UInt64,
        _ keyStart: Int
    ) throws(Rejection) {
        switch scanner.byte {
        case UInt8(ascii: "["):
            let start = scanner.at
            try readBag(&scanner, &fields, name, keyStart)
            recorder.note(.bag, start, scanner.at, name)
        case UInt8(ascii: "{"):
            try skip(&scanner)
            throw featureTypeRejection(keyStart, scanner, "an object")
        default:
            guard let literal = scanner.literal() else { throw malformed(&scanner, "", keyStart) }
            switch literal {
            case .null: break
            case .yes: try append("true", name, scanner, &fields)
            case .no: try append("false", name, scanner, &fields)
            }
        }
    }

    @inline(__always)
    private func readCategory(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields, _ name: UInt64,
        _ keyStart: Int
    ) throws(Rejection) {
        var text = JSONScanner.RawString()
        guard scanner.string(&text) else { throw malformed(&scanner, "", keyStart) }
        let category = try hash(text, scanner, under: name)
        try append(
            .init(name: name, number: 0, category: category, kind: .category), &fields)
    }

    private func readBag(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields, _ name: UInt64,
        _ keyStart: Int
    ) throws(Rejection) {
        scanner.at += 1
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "]")) { return }
        while true {
            guard scanner.byte == UInt8(ascii: "\"") else {
                try skip(&scanner)
                throw featureTypeRejection(
                    keyStart, scanner, "an array with an item that is no string")
            }
            try readCategory(&scanner, &fields, name, keyStart)
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: "]")) { return }
            guard scanner.take(UInt8(ascii: ",")) else {
                throw malformed(&scanner, "',' or ']'", keyStart)
            }
            scanner.skipSpace()
        }
    }

    /// A boolean is the category that it spells; the scanner stands behind it.
    private func append(
        _ literal: String, _ name: UInt64, _ scanner: JSONScanner, _ fields: inout RecordFields
    ) throws(Rejection) {
        let category = FeatureHash.category(literal, name: name)
        recorder.note(.boolean, scanner.at - literal.utf8.count, scanner.at, name)
        try append(
            .init(name: name, number: 0, category: category, kind: .category), &fields)
    }

    @inline(__always)
    private func append(
        _ feature: FeatureValue, _ fields: inout RecordFields
    ) throws(Rejection) {
        guard fields.featureCount < Limits.featureCountMax else {
            throw Rejection(
                rule: .tooManyFeatures, field: "features",
                text: "expected at most \(Limits.featureCountMax) features")
        }
        featureBase[fields.featureCount] = feature
        fields.featureCount += 1
    }

    private func featureTypeRejection(
        _ keyStart: Int, _ scanner: JSONScanner, _ found: String
    ) -> Rejection {
        Rejection(
            rule: .featureType, field: "features." + shown(keyAt: keyStart, scanner),
            text: "expected a string, number, boolean, array of strings or null, found \(found)")
    }
}
