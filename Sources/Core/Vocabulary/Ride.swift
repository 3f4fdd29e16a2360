/// The name of one ride through an event: `MODEL-rNNNN`.
package struct RideID: NumberedID {
    package static let mark = "-r"
    package static let digits = 4
    package static let title = "a ride's id"

    package let model: ModelName
    package let number: Int

    package init(model: ModelName, number: Int) {
        (self.model, self.number) = (model, number)
    }
}

/// Entries of the training log that are learned with a share of a step, because an event is ridden
/// through: a rule by an entry's place and arrival, so that a replay learns them just so.
package struct Ride: Hashable, Sendable, Codable {
    package var id: RideID
    /// The first entry of the training log that it is about.
    package var from: UInt64
    /// The first that it is no longer about; nil while it lasts.
    package var to: UInt64?
    /// The deadline: entries that arrived at this event time or later are learned as usual.
    package var until: Instant
    /// Above 0, below 1.
    package var stepShare: Float
    /// The highest number that a checkpoint of the model had when it began: those up to it know
    /// nothing of this ride.
    package var madeAfter: Int

    package init(
        id: RideID, from: UInt64, until: Instant, stepShare: Float, madeAfter: Int
    ) {
        (self.id, self.from, self.until) = (id, from, until)
        (self.stepShare, self.madeAfter) = (stepShare, madeAfter)
    }

    package func covers(_ sequence: UInt64, arrival: Instant) -> Bool {
        sequence >= from && sequence < to ?? .max && arrival < until
    }

    /// False for a checkpoint that has met entries of this ride as if there were none.
    package func agrees(withCheckpoint number: Int, reach: UInt64) -> Bool {
        number > madeAfter || reach <= from
    }
}

extension [Ride] {
    /// What of a step is taken for an entry; of several rides the smallest share counts.
    package func stepShare(of sequence: UInt64, arrival: Instant) -> Float {
        var share: Float = 1
        for ride in self where ride.covers(sequence, arrival: arrival) {
            share = Swift.min(share, ride.stepShare)
        }
        return share
    }

    /// Of entries, those that may be learned with less than a step; empty where there are none.
    package var sequences: Range<UInt64> {
        let first = map(\.from).min() ?? 0
        return first..<Swift.max(first, map { $0.to ?? .max }.max() ?? first)
    }

    /// Those that a checkpoint of this number was learned under.
    package func known(toCheckpoint number: Int) -> [Ride] {
        filter { number > $0.madeAfter }
    }
}
