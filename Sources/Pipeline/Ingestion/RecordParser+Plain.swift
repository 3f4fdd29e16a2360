import Numerics
import Vocabulary

/// Records whose keys come in ever other orders, so that they take no known way: plain ones,
/// without escapes and with at most one space between two tokens, are read here, each byte once.
/// On the data's way, so fast comes before plain.
extension RecordParser {
    /// Reads a record of plain JSON; nil if it is none, breaks a rule, or has a value that needs
    /// more care. Then nothing of it is to be used.
    func readPlain(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ stream: StreamKind
    ) -> KnownRecord? {
        guard start < end, start.pointee == UInt8(ascii: "{") else { return nil }
        var fields = RecordFields()
        var found = KnownFeatures(self)
        var at = Self.afterSpace(start + 1)
        while true {
            guard let key = readPlainKey(at, before: end),
                let field = RecordField.named(at + 1, key.count), fields.mark(field),
                let behind = readPlain(field, key.value, before: end, &fields, &found, stream),
                behind < end
            else { return nil }
            at = behind
            if at.pointee == UInt8(ascii: "}") { break }
            guard at.pointee == UInt8(ascii: ",") else { return nil }
            at = Self.afterSpace(at + 1)
        }
        guard fields.has(.id), fields.has(.time),
            stream == .examples ? fields.has(.features) : fields.has(.label)
        else { return nil }
        return finishKnown(fields, found, stream, at + 1)
    }

    private struct PlainKey {
        var hash: UInt64
        var count: Int
        var value: UnsafePointer<UInt8>
    }

    /// A branch, not a choice: what follows is looked at before this byte is.
    @inline(__always)
    private static func afterSpace(_ at: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        if _fastPath(at.pointee != 0x20) { return at }
        return at + 1
    }

    /// A key, and where its value begins.
    @inline(__always)
    private func readPlainKey(
        _ at: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>
    ) -> PlainKey? {
        guard at < end, at.pointee == UInt8(ascii: "\""),
            let text = PlainValue.unevenText(at + 1, before: end, seed: FeatureHash.root),
            text.quote - at <= Limits.featureNameSizeMax, end - text.quote > 3,
            text.quote[1] == UInt8(ascii: ":")
        else { return nil }
        return PlainKey(
            hash: text.hash, count: text.quote - at - 1, value: Self.afterSpace(text.quote + 2))
    }

    /// The byte behind the value of one of the record's own fields.
    @inline(__always)
    private func readPlain(
        _ field: RecordField, _ value: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>,
        _ fields: inout RecordFields, _ found: inout KnownFeatures, _ stream: StreamKind
    ) -> UnsafePointer<UInt8>? {
        let isText = value.pointee == UInt8(ascii: "\"")
        let kind: PathStep.Kind
        switch field {
        case .features:
            return stream == .examples ? readPlainFeatures(value, before: end, &found) : nil
        case .heartbeat: return nil
        case .label: kind = .label
        case .propensity: kind = .propensity
        case .sampleRate: kind = .sampleRate
        case .time: kind = isText ? .time : .seconds
        case .id: kind = .id
        case .source: kind = .source
        case .segment: kind = .segment
        case .zone: kind = stream == .examples ? .zone : .ignoredText
        case .arm: kind = .arm
        case .unit: kind = .unit
        case .checkpoint: kind = .ignoredText
        }
        guard isText == kind.isText else { return nil }
        let inside = isText ? value + 1 : value
        guard let behind = readField(kind, 0, inside, before: end, &fields, &found) else {
            return nil
        }
        return isText ? behind + 1 : behind
    }

    private func readPlainFeatures(
        _ object: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>,
        _ found: inout KnownFeatures
    ) -> UnsafePointer<UInt8>? {
        guard object.pointee == UInt8(ascii: "{") else { return nil }
        beginNames()
        var at = Self.afterSpace(object + 1)
        while true {
            guard let key = readPlainKey(at, before: end), names.insert(key.hash),
                found.count(in: self) < Limits.featureCountMax
            else { return nil }
            let value = key.value
            if value.pointee == UInt8(ascii: "\"") {
                guard let text = PlainValue.text(value + 1, before: end, seed: key.hash) else {
                    return nil
                }
                found.take(category: text.hash, key.hash, keepsFeatures: keepsFeatures)
                at = text.quote + 1
            } else if let number = PlainValue.number(value, before: end) {
                found.take(number: number.value, key.hash, keepsFeatures: keepsFeatures)
                at = number.next
            } else if let behind = readPlainOther(value, before: end, key.hash, &found) {
                at = behind
            } else {
                return nil
            }
            guard at < end else { return nil }
            if at.pointee == UInt8(ascii: "}") { return at + 1 }
            guard at.pointee == UInt8(ascii: ",") else { return nil }
            at = Self.afterSpace(at + 1)
        }
    }

    /// A boolean or a bag.
    private func readPlainOther(
        _ value: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, _ name: UInt64,
        _ found: inout KnownFeatures
    ) -> UnsafePointer<UInt8>? {
        guard value.pointee == UInt8(ascii: "[") else {
            return readBoolean(value, before: end, name, &found)
        }
        // An empty bag is one of the rarer things.
        guard value + 1 < end, value[1] == UInt8(ascii: "\"") else { return nil }
        return readBag(value + 1, before: end, name, &found)
    }
}
