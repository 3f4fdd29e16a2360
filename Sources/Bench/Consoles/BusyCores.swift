import Foundation
import Numerics
import Synchronization

/// Keeps every core busy, until it is ended.
final class BusyCores: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let threads = DispatchGroup()

    /// What is worked on again and again is as large as what a learner works on.
    init(over bytes: [UInt8]) {
        for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
            threads.enter()
            let thread = Thread { [self] in
                var sum: UInt64 = 0
                while !isOver.load(ordering: .relaxed) {
                    sum &+= bytes.withUnsafeBytes { XXHash64.hash($0, seed: sum) }
                }
                threads.leave()
            }
            thread.name = "load"
            thread.start()
        }
    }

    func end() {
        isOver.store(true, ordering: .relaxed)
        threads.wait()
    }
}
