import Dispatch
import Synchronization

/// Work on a queue of its own, for whoever does something else meanwhile.
final class Beside<Value>: Sendable {
    /// Made by one thread, used by others only once it is made.
    private struct Made: @unchecked Sendable {
        var value: Value
    }

    private let made: Mutex<Made?> = Mutex(nil)
    private let isMade = DispatchSemaphore(value: 0)

    /// What is asked of one queue is done one after the other.
    init(on queue: DispatchQueue, _ work: @escaping @Sendable () -> Value) {
        queue.async { [self] in
            let value = Made(value: work())
            made.withLock { $0 = value }
            isMade.signal()
        }
    }

    /// Waits until it is there; for any number of threads.
    var value: Value {
        isMade.wait()
        isMade.signal()
        guard let made = made.withLock({ $0 }) else { preconditionFailure("nothing was made") }
        return made.value
    }
}

/// Something large that is handed to another thread, and gone once that is done with it.
final class Handover<Value: Sendable>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: Value) {
        self.value = Mutex(value)
    }

    /// Once.
    func take<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
        let taken = value.withLock { value in
            defer { value = nil }
            return value
        }
        guard let taken else { preconditionFailure("it was taken before") }
        return try body(taken)
    }
}
