import Vocabulary

/// What an engine is told of the world around its stream: clocks of time zones, and the texts of
/// records, which were only hashed on the way.
package struct StreamSurroundings: Sendable {
    /// Nil where nothing is known of time zones.
    package var clocks: ZoneClocks?
    /// The texts of an admitted line of examples.
    package var texts: @Sendable (UnsafeRawBufferPointer) -> RecordTexts

    package init(
        clocks: ZoneClocks?, texts: @escaping @Sendable (UnsafeRawBufferPointer) -> RecordTexts
    ) {
        (self.clocks, self.texts) = (clocks, texts)
    }

    /// All clocks are UTC, and what was hashed goes by its hash.
    package static let plain = StreamSurroundings(clocks: nil, texts: { _ in RecordTexts() })

    /// The hour of the week, from 0 (Monday at midnight) to 167, that an hour since 1970 is in an
    /// IANA time zone; an empty or unknown one counts as UTC.
    ///
    /// Where a clock goes back an hour comes twice; a half hour counts to the one before.
    func slot(_ hour: Int64, _ zone: String) -> Int {
        let start = Instant(microseconds: hour * 3_600_000_000)
        let offset = zone.isEmpty ? 0 : clocks?(zone, start)?.offset ?? 0
        // 1970 began on a Thursday.
        let local = hour + Int64((Double(offset) / 3600).rounded(.down)) + 72
        return Int(((local % 168) + 168) % 168)
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
