import Vocabulary

/// What an engine is told of the world around its stream: clocks of time zones, and the texts of
/// records, which were only hashed on the way.
package struct StreamSurroundings: Sendable {
    /// The hour of the week, from 0 (Monday at midnight) to 167, that an hour since 1970 is in an
    /// IANA time zone; an empty or unknown one counts as UTC.
    package var slot: @Sendable (_ hour: Int64, _ zone: String) -> Int
    /// The texts of an admitted line of examples.
    package var texts: @Sendable (UnsafeRawBufferPointer) -> RecordTexts

    package init(
        slot: @escaping @Sendable (_ hour: Int64, _ zone: String) -> Int,
        texts: @escaping @Sendable (UnsafeRawBufferPointer) -> RecordTexts
    ) {
        (self.slot, self.texts) = (slot, texts)
    }

    /// All clocks are UTC, and what was hashed goes by its hash.
    package static let plain = StreamSurroundings(
        slot: { hour, _ in utcSlot(hour) }, texts: { _ in RecordTexts() })

    /// 1970 began on a Thursday.
    package static func utcSlot(_ hour: Int64) -> Int {
        Int((((hour + 72) % 168) + 168) % 168)
    }
}

/// The names and categories of one record, by their hashes, and where it comes from.
package struct RecordTexts: Sendable {
    package var segment = ""
    package var source = ""
    /// An IANA time zone.
    package var zone = ""
    package var names: [UInt64: String] = [:]
    package var categories: [UInt64: String] = [:]

    package init() {}

    func text(of value: FeatureValue) -> (name: String, category: String) {
        (
            names[value.name] ?? "#" + String(value.name, radix: 16),
            categories[value.category] ?? "#" + String(value.category, radix: 16)
        )
    }
}
