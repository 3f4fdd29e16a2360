/// What a run should have held, and did not.
package struct Violation: Error, Codable, Equatable, CustomStringConvertible {
    package var seed: UInt64
    /// Counts the moves from 1; 0 is before the first.
    package var step: Int
    package var invariant: String
    package var expected: String
    package var found: String

    package var description: String {
        "seed \(seed), step \(step): \(invariant)\n  expected \(expected)\n  found    \(found)"
    }
}

/// What became of one seed.
package struct RunReport: Codable {
    package var seed: UInt64
    package var steps = 0
    /// Calls of the disk, and how many of them failed.
    package var calls = 0
    package var faults = 0
    /// Processes that were cut off or ended, and begun again.
    package var restarts = 0
    /// Candidates that became production.
    package var promotions = 0
    /// Launches that were under way at the end, and found again by another process.
    package var launches = 0
    package var violation: Violation?
}
