import Numerics

/// Hours of one part of a series that its baseline has not learned yet.
///
/// An hour of the week is asked for again a week later, so that learning it some days late costs
/// nothing; and what turns out meanwhile to be no usual hour, or is purged, is never learned.
package struct AwaitingHours: Sendable, Equatable {
    /// Hours that an hour waits.
    package static let count = 72

    /// What an hour came to.
    package struct Hour: Sendable, Equatable {
        package var slot: UInt8 = 0
        package var mean: Float = 0
        /// Zero where there is nothing to learn.
        package var count: Float = 0
        /// Of one value within the hour.
        package var variance: Float = 0

        /// Something came in it.
        var isMet: Bool { count > 0 || mean != 0 || variance != 0 }

        package init(
            slot: UInt8 = 0, mean: Float = 0, count: Float = 0, variance: Float = 0
        ) {
            (self.slot, self.mean, self.count, self.variance) = (slot, mean, count, variance)
        }
    }

    private var hours = InlineArray<72, Hour>(repeating: Hour())
    private var next = 0

    package init() {}

    /// Takes the newest hour in, and gives the one whose wait is over.
    package mutating func push(_ hour: Hour) -> Hour {
        let oldest = hours[next]
        hours[next] = hour
        next = next + 1 == Self.count ? 0 : next + 1
        return oldest
    }

    /// The hours in which something came, whether they will teach or not; oldest first.
    var met: [Hour] {
        var met: [Hour] = []
        for offset in 0..<Self.count {
            let hour = hours[(next + offset) % Self.count]
            if hour.isMet { met.append(hour) }
        }
        return met
    }

    /// Hours that will teach nothing; 0 is the newest.
    package mutating func forget(newest range: Range<Int>) {
        for back in range.clamped(to: 0..<Self.count) {
            hours[(next + 2 * Self.count - 1 - back) % Self.count].count = 0
        }
    }

    package static func == (left: AwaitingHours, right: AwaitingHours) -> Bool {
        left.next == right.next
            && left.hours.indices.allSatisfy { left.hours[$0] == right.hours[$0] }
    }

    func encode(into writer: inout ByteWriter) {
        let hours = hours
        let figures = hours.indices.flatMap { (index: Int) -> [Float] in
            let hour = hours[index]
            return [Float(hour.slot), hour.mean, hour.count, hour.variance]
        }
        writer.write(figures)
        writer.write(UInt32(next))
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        let figures = try reader.readFloats()
        next = Int(try reader.read(UInt32.self))
        guard figures.count == 4 * Self.count, next < Self.count else {
            throw ByteFault(offset: reader.offset, expected: "hours that a baseline awaits")
        }
        for index in hours.indices {
            hours[index] = Hour(
                slot: UInt8(clamping: Int(figures[4 * index])), mean: figures[4 * index + 1],
                count: figures[4 * index + 2], variance: figures[4 * index + 3])
        }
    }
}
