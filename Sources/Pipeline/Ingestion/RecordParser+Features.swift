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
        if !emptyNames.isEmpty { emptyNames.removeAll(keepingCapacity: true) }
        if scanner.take(UInt8(ascii: "}")) { return }
        var place = 0
        // While the keys follow the templates, they are known to differ.
        var followsTemplates = true
        while true {
            if followsTemplates {
                switch try readPlainFeatures(&scanner, &fields, &place) {
                case .closed: return
                case .stuck: break
                }
            }
            let start = scanner.at
            let known = featureKeys.match(
                scanner.base + start, available: scanner.end - start, at: &place)
            let name: UInt64
            if followsTemplates, let known {
                scanner.at += known.size
                scanner.skipSpace()
                name = known.meaning
            } else {
                followsTemplates = false
                name = try readNewName(&scanner, fields, at: place)
            }
            fields.nameFilter |= 1 << (name & 63)
            try readFeature(&scanner, &fields, name, start)
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: "}")) { return }
            guard scanner.take(UInt8(ascii: ",")) else { throw malformed(&scanner, "',' or '}'") }
            scanner.skipSpace()
            place += 1
        }
    }

    /// How far plain features went.
    private enum PlainEnd {
        /// To the end of the object.
        case closed
        /// To the key of a feature that is not plain.
        case stuck
    }

    /// Reads features as long as their keys are the expected ones and their values plain; leaves
    /// the scanner at the key of the first one that is not.
    private func readPlainFeatures(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields, _ place: inout Int
    ) throws(Rejection) -> PlainEnd {
        let end = scanner.base + scanner.end
        let features = featureBase
        var key = scanner.base + scanner.at
        var count = fields.featureCount
        var filter = fields.nameFilter
        defer {
            scanner.at = key - scanner.base
            fields.featureCount = count
            fields.nameFilter = filter
        }
        while count < Limits.featureCountMax,
            let (name, size) = featureKeys.match(key, available: end - key, at: &place)
        {
            let start = key + size
            var next: UnsafePointer<UInt8>
            if start.pointee == UInt8(ascii: "\"") {
                guard let close = PlainValue.stringEnd(start + 1, before: end) else {
                    return .stuck
                }
                let category = XXHash64.hash(
                    UnsafeRawPointer(start + 1), count: close - start - 1, seed: name)
                features[count] = FeatureValue(
                    name: name, number: 0, category: category, kind: .category)
                next = close + 1
            } else {
                guard let (value, behind) = PlainValue.number(start, before: end) else {
                    return .stuck
                }
                features[count] = FeatureValue(
                    name: name, number: value, category: 0, kind: .number)
                fields.numberCount += 1
                next = behind
            }
            guard next < end else { return .stuck }
            let mark = next.pointee
            if mark == UInt8(ascii: ","), next + 1 < end {
                next += next[1] == 0x20 ? 2 : 1
            } else if mark == UInt8(ascii: "}") {
                next += 1
            } else {
                if features[count].kind == .number { fields.numberCount -= 1 }
                return .stuck
            }
            filter |= 1 << (name & 63)
            count += 1
            key = next
            if mark == UInt8(ascii: "}") { return .closed }
            place += 1
        }
        return .stuck
    }

    /// The hash of a name that is not the one expected at its place.
    private func readNewName(
        _ scanner: inout JSONScanner, _ fields: RecordFields, at place: Int
    ) throws(Rejection) -> UInt64 {
        let start = scanner.at
        var name = JSONScanner.RawString()
        guard scanner.string(&name), scanner.colon() else { throw malformed(&scanner, "") }
        let nameHash = try hash(name, scanner, seed: 0)
        let nameSize = name.hasEscapes ? scratch.count : name.count
        guard nameSize <= Limits.featureNameSizeMax else {
            throw Rejection(
                rule: .featureNameTooLong, field: "features." + shown(name, scanner),
                text: "expected at most \(Limits.featureNameSizeMax) bytes, found \(nameSize)")
        }
        try checkUnique(nameHash, name, scanner, fields)
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
            try readCategory(&scanner, &fields, name, keyStart)
        } else if byte &- 0x30 <= 9 || byte == UInt8(ascii: "-") {
            var value = 0.0
            guard scanner.number(&value) else { throw malformed(&scanner, "", keyStart) }
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
            try readBag(&scanner, &fields, name, keyStart)
        case UInt8(ascii: "{"):
            try skip(&scanner)
            throw featureTypeRejection(keyStart, scanner, "an object")
        default:
            guard let literal = scanner.literal() else { throw malformed(&scanner, "", keyStart) }
            switch literal {
            case .null: emptyNames.append(name)
            case .yes: try append(literal: "true", name, &fields)
            case .no: try append(literal: "false", name, &fields)
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
        let category = try hash(text, scanner, seed: name)
        try append(
            .init(name: name, number: 0, category: category, kind: .category), &fields)
    }

    private func readBag(
        _ scanner: inout JSONScanner, _ fields: inout RecordFields, _ name: UInt64,
        _ keyStart: Int
    ) throws(Rejection) {
        scanner.at += 1
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "]")) {
            emptyNames.append(name)
            return
        }
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

    private func append(
        literal: StaticString, _ name: UInt64, _ fields: inout RecordFields
    ) throws(Rejection) {
        let category = XXHash64.hash(
            UnsafeRawPointer(literal.utf8Start), count: literal.utf8CodeUnitCount, seed: name)
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

    /// A filter of 64 bits settles most names; the list settles the rest.
    private func checkUnique(
        _ nameHash: UInt64, _ name: JSONScanner.RawString, _ scanner: JSONScanner,
        _ fields: RecordFields
    ) throws(Rejection) {
        guard fields.nameFilter & 1 << (nameHash & 63) != 0 else { return }
        var isKnown = emptyNames.contains(nameHash)
        for index in 0..<fields.featureCount where featureBase[index].name == nameHash {
            isKnown = true
        }
        guard isKnown else { return }
        throw Rejection(
            rule: .duplicateField, field: "features." + shown(name, scanner),
            text: "expected once")
    }

    private func featureTypeRejection(
        _ keyStart: Int, _ scanner: JSONScanner, _ found: String
    ) -> Rejection {
        Rejection(
            rule: .featureType, field: "features." + shown(keyAt: keyStart, scanner),
            text: "expected a string, number, boolean, array of strings or null, found \(found)")
    }
}
