import CShims

/// Bytes in memory of their own, written once, then only read: on large pages where the system
/// has them, because a file of many megabytes on small ones takes as long for its page faults
/// as for its bytes.
package final class LargeBytes: @unchecked Sendable {
    // Sendable because nothing changes once it is made.

    package let count: Int
    private let base: UnsafeMutableRawPointer

    /// `fill` gives the count of bytes that it wrote, at most `capacity`.
    package init(capacity: Int, _ fill: (UnsafeMutableRawPointer) -> Int) {
        guard let base = spindle_large(max(capacity, 1)) else {
            preconditionFailure("no memory for \(capacity) bytes")
        }
        self.base = base
        count = fill(base)
        precondition(count <= capacity, "more was written than there is room for")
    }

    deinit {
        spindle_release(base)
    }

    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }
}
