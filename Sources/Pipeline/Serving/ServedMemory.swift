import Vocabulary

/// What was predicted for an example, and what came of it.
package struct ServedOutcome: Sendable, Equatable {
    package var checkpoint: CheckpointID
    package var probability: Double
    package var label: Double
    /// Event time of the example.
    package var servedAt: Instant

    package init(
        checkpoint: CheckpointID, probability: Double, label: Double, servedAt: Instant
    ) {
        self.checkpoint = checkpoint
        self.probability = probability
        self.label = label
        self.servedAt = servedAt
    }
}

/// What was predicted for the newest examples, so that their labels can be held against it.
///
/// A table of fixed size without chains: of two ids in one place the newer stays. What is
/// forgotten is missed by the comparison of arms, and by nothing else.
package final class ServedMemory {
    private struct Place {
        var id: UInt64 = 0
        var checkpoint: UInt32 = 0
        var probability: Float = 0
    }

    /// Counts.
    package enum Limits {
        package static let placeCount = 1 << 18
    }

    private var places: [Place] = []

    package init() {}

    /// False until something is remembered.
    @inlinable @inline(__always)
    package var isEmpty: Bool { count == 0 }

    @usableFromInline var count = 0

    /// Remembers what a checkpoint answered for an example.
    package func note(id: UInt64, checkpoint: CheckpointID, probability: Double) {
        if places.isEmpty {
            places = [Place](repeating: Place(), count: Limits.placeCount)
        }
        count = 1
        places[index(id)] = Place(
            id: id, checkpoint: UInt32(truncatingIfNeeded: checkpoint.number),
            probability: Float(probability))
    }

    /// The number of the checkpoint that answered for an example, and its answer; once.
    package func take(id: UInt64) -> (checkpoint: Int, probability: Double)? {
        guard !places.isEmpty else { return nil }
        let place = places[index(id)]
        guard place.id == id, place.checkpoint > 0 else { return nil }
        places[index(id)] = Place()
        return (Int(place.checkpoint), Double(place.probability))
    }

    private func index(_ id: UInt64) -> Int {
        Int(truncatingIfNeeded: (id ^ id >> 29) & UInt64(Limits.placeCount - 1))
    }
}
