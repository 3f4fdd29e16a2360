import Engine
import Host
import Operation
import Synchronization
import Testing
import Vocabulary

/// Purges where no engine runs: what they tell on their way, and what an interruption leaves.
@Suite("Purges that are interrupted") struct InterruptedPurgeTests {
    /// Hears how far an act is, and interrupts it at some step.
    private final class Operator: Sendable {
        private let heard = Mutex<[(step: String, share: Double)]>([])
        private let limit: String?

        init(interruptingAt limit: String? = nil) { self.limit = limit }

        var course: ActCourse {
            ActCourse(
                tell: { step, share in self.heard.withLock { $0.append((step, share)) } },
                isInterrupted: {
                    guard let limit = self.limit else { return false }
                    return limit.isEmpty
                        || self.heard.withLock { $0.last?.step.contains(limit) ?? false }
                })
        }

        func shares(of step: String) -> [Double] {
            heard.withLock { $0.filter { $0.step.contains(step) }.map(\.share) }
        }
    }

    private func isGone(_ index: Int) -> Bool { (200..<300).contains(index) }
    private let act = Act.leaveOut(ExampleSelection(200..<300))
    private static let count = 2400

    /// A training log of more batches than are learned between two looks.
    private func grown() throws -> PurgeBench {
        let bench = try PurgeBench()
        for part in stride(from: 60, through: Self.count, by: 60) { try bench.grow(to: part) }
        return bench
    }

    private func perform(_ bench: PurgeBench, _ ada: Operator) throws -> ActOutcome {
        try Acts.performAtRest(bench.request(act), on: try bench.open(), ada.course)
    }

    @Test("A purge tells how far it is, while it looks and while it learns again")
    func tells() throws {
        let bench = try grown()
        let ada = Operator()
        _ = try perform(bench, ada)
        for step in ["looking through its log", "learns again"] {
            let shares = ada.shares(of: step)
            #expect(shares.count > 1 && shares == shares.sorted(), "\(step): \(shares)")
            #expect(shares.allSatisfy { (0...1).contains($0) }, "\(step): \(shares)")
        }
        #expect(ada.shares(of: "learns again").last ?? 0 > 0.5)
    }

    @Test("What is kept on the way back has learned less than what serves: it is no update")
    func onItsWay() throws {
        let bench = try grown()
        let served = try bench.newest()
        #expect(served.verdict == .passed)
        try bench.effect(.leaveOut(ExampleSelection(0..<20)))
        let made = try bench.checkpoints().filter { $0.id > served.id }
        #expect(made.count > 2)
        #expect(made.first?.verdict == .passed)
        for report in made.dropFirst() {
            #expect(report.verdict == .inconclusive, "\(report.id)")
            let check = report.checks?.first { $0.subject == .relearning }
            let lacking = served.cursor - report.cursor
            #expect(check?.text.contains(": \(lacking) examples") == true, "\(report.id)")
        }
    }

    @Test("Interrupted before its first change it is refused, and nothing was changed")
    func refused() throws {
        let bench = try grown()
        let before = try bench.newest()
        guard case .refused(let text) = try perform(bench, Operator(interruptingAt: "")) else {
            Issue.record("it was done")
            return
        }
        #expect(text.contains("nothing was changed"))
        #expect(try bench.newest() == before)
        #expect(try bench.open().models[0].engine.trainer.exclusions.isEmpty)
    }

    @Test("Interrupted while it learns it is in force, keeps how far it came, and is gone on with")
    func goesOn() throws {
        let bench = try grown()
        let wanted = try bench.digest(Self.count, isFinal: false, without: isGone)
        let outcome = try perform(bench, Operator(interruptingAt: "learns again"))
        #expect(outcome.effects.first?.text.contains("INTERRUPTED") == true, "\(outcome)")
        let kept = try bench.newest()
        #expect(kept.exclusions.count == 1 && kept.learnerDigest != wanted)
        #expect(kept.cursor > 0)
        // It begins where it was interrupted, not where the purge did.
        let bob = Operator()
        let again = try perform(bench, bob)
        #expect(again.effects.first?.changed == false)
        #expect(try bench.newest().learnerDigest == wanted)
        // A third time there is nothing left to do.
        let newest = try bench.newest()
        _ = try perform(bench, Operator())
        #expect(try bench.newest() == newest)
    }
}
