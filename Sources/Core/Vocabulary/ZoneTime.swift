/// What the clocks of a time zone show.
package struct ZoneTime: Sendable, Equatable {
    /// Seconds east of UTC.
    package var offset: Int64
    /// The clocks went back, and show this time for the second time.
    package var isRepeated: Bool

    package init(offset: Int64, isRepeated: Bool = false) {
        (self.offset, self.isRepeated) = (offset, isRepeated)
    }
}

/// The clocks of IANA time zones: what they show at a time, the same for all of a quarter of an
/// hour; nil for a name that is no zone's.
package typealias ZoneClocks = @Sendable (_ zone: String, _ at: Instant) -> ZoneTime?
