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
        seenNames.clear()
        if scanner.take(UInt8(ascii: "}")) { return }
        var place = 0
        // While the keys follow the templates, they are known to differ.
        var followsTemplates = true
        var hasSkipped = false
        while true {
            let start = scanner.at
            let expected = place
            let known = featureKeys.match(
                scanner.base + start, available: scanner.end - start, at: &place)
            if place != expected { hasSkipped = true }
            let name: UInt64
            if followsTemplates, let known {
                scanner.at += known.size
                scanner.skipSpace()
                name = known.meaning
            } else {
                followsTemplates = false
                name = try readNewName(&scanner, fields, at: place, hasSkipped)
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

    /// The hash of a name that is not the one expected at its place; `hasSkipped` says whether
    /// expected names were passed over before it.
    private func readNewName(
        _ scanner: inout JSONScanner, _ fields: RecordFields, at place: Int, _ hasSkipped: Bool
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
        try checkUnique(nameHash, name, scanner, fields)
        let size = scanner.at - start
        // Where expected keys were passed over, this one may be among them.
        let isHeld = hasSkipped && featureKeys.holds(nameHash, before: place)
        if !name.hasEscapes, !isHeld, size <= KeyTemplate.sizeMax {
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
            case .null: emptyNames.append(name)
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

    /// A filter of 64 bits settles most names; a look at all of them settles the rest.
    private func checkUnique(
        _ nameHash: UInt64, _ name: JSONScanner.RawString, _ scanner: JSONScanner,
        _ fields: RecordFields
    ) throws(Rejection) {
        guard fields.nameFilter & 1 << (nameHash & 63) != 0 else { return }
        let features = UnsafeBufferPointer(start: featureBase, count: fields.featureCount)
        guard seenNames.contains(nameHash, features: features, emptyNames: emptyNames) else {
            return
        }
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
