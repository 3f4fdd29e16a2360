import Vocabulary

/// The fields of a record as the parser gathers them.
struct RecordFields {
    var seen: UInt16 = 0
    var idHash: UInt64 = 0
    var time = Instant.distantPast
    var label: Double?
    var heartbeat: Instant?
    var source: UInt64 = 0
    var segment: UInt64 = 0
    /// The hash of the time zone's name; 0 for none.
    var zone: UInt64 = 0
    /// The code of the arm that served it; 0 for none that is known.
    var arm: UInt8 = 0
    /// The hash of what arms are assigned by; 0 for none of its own.
    var unit: UInt64 = 0
    var sampleRate = 1.0
    /// 0 for none.
    var propensity = 0.0
    var featureCount = 0
    var numberCount = 0

    @inline(__always)
    mutating func mark(_ field: RecordField) -> Bool {
        let bit = UInt16(1) << field.rawValue
        defer { seen |= bit }
        return seen & bit == 0
    }

    func has(_ field: RecordField) -> Bool { seen & (1 << field.rawValue) != 0 }
}

/// The fields that INTERFACE gives a meaning to; all others are read over and kept.
enum RecordField: UInt16, CaseIterable {
    case id, time, features, label, heartbeat, propensity, sampleRate, source, segment
    case arm, unit, zone, checkpoint

    var name: StaticString {
        switch self {
        case .id: "id"
        case .time: "ts"
        case .features: "features"
        case .label: "label"
        case .heartbeat: "heartbeat"
        case .propensity: "propensity"
        case .sampleRate: "sample_rate"
        case .source: "source"
        case .segment: "segment"
        case .arm: "arm"
        case .unit: "unit"
        case .zone: "tz"
        case .checkpoint: "checkpoint"
        }
    }

    @inline(__always)
    static func named(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> RecordField? {
        switch count {
        case 2: match(bytes, 2, .id) ?? match(bytes, 2, .time) ?? match(bytes, 2, .zone)
        case 3: match(bytes, 3, .arm)
        case 4: match(bytes, 4, .unit)
        case 5: match(bytes, 5, .label)
        case 6: match(bytes, 6, .source)
        case 7: match(bytes, 7, .segment)
        case 8: match(bytes, 8, .features)
        case 9: match(bytes, 9, .heartbeat)
        case 10: match(bytes, 10, .propensity) ?? match(bytes, 10, .checkpoint)
        case 11: match(bytes, 11, .sampleRate)
        default: nil
        }
    }

    @inline(__always)
    private static func match(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ field: RecordField
    ) -> RecordField? {
        let wanted = field.name.utf8Start
        for index in 0..<count where bytes[index] != wanted[index] { return nil }
        return field
    }
}
