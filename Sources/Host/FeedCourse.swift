import Synchronization

/// How far files have been read, for threads other than the engine's.
package final class FeedCourse: Sendable {
    /// At the end of a turn.
    package struct Place: Sendable {
        package var step = "reading"
        /// From 0 to 1; nil where the whole is not known.
        package var share: Double?
    }

    private let told = Mutex(Place())

    init() {}

    package var place: Place { told.withLock { $0 } }

    func note(_ place: Place) { told.withLock { $0 = place } }
}
