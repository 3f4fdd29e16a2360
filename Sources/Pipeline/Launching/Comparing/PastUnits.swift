/// Units that were seen before a launch, in bounded memory.
package struct PastUnits: Sendable {
    /// Counts.
    private enum Limits {
        /// Later ones are passed over, and then nobody can be told to be new.
        static let unitCountMax = 1 << 21
    }

    private var units: Set<UInt64> = []
    private var isFull = false

    package init() {}

    package mutating func add(_ unit: UInt64) {
        guard units.count < Limits.unitCountMax else {
            isFull = isFull || !units.contains(unit)
            return
        }
        units.insert(unit)
    }

    /// False where nothing came before, or not all of it is known.
    func isNew(_ unit: UInt64) -> Bool {
        !units.isEmpty && !isFull && !units.contains(unit)
    }
}
