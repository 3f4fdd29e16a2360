/// What a simulated disk does to those who use it, by chance and by the number of the call.
package struct FaultPlan: Sendable {
    /// How a process ends before its time.
    package enum Cut: Sendable {
        /// The files stay as they were written.
        case killed
        /// What was not synced is lost, whole or in parts.
        case powerLost
    }

    // Chances of one call.
    package var readError = 0.0
    package var shortRead = 0.0
    package var writeError = 0.0
    package var shortWrite = 0.0
    package var syncError = 0.0
    /// Of what makes, opens, lists, renames and removes.
    package var nameError = 0.0
    package var bookError = 0.0
    package var kill = 0.0
    package var powerLoss = 0.0

    /// The number of the call at which the process is cut off; counts from 1.
    package var cut: (call: Int, how: Cut)?
    /// The numbers of the calls during which nothing can be written that needs space.
    package var full: ClosedRange<Int>?
    /// The number of a call that fails.
    package var failingCall: Int?

    package init() {}
}
