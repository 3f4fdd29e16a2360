import Foundation
import Vocabulary
import World

extension DiskFile {
    /// The lock, if it comes free within a span of wall time.
    func lock(within patience: Span) throws(DiskFault) -> Bool {
        let deadline = WallClock.monotonic() + patience
        while try !lock() {
            guard WallClock.monotonic() < deadline else { return false }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return true
    }
}
