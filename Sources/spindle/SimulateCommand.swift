import ArgumentParser
import Dispatch
import Simulation
import Synchronization

/// `spindle simulate`: whole engines in simulated worlds, with faults.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run seeded simulations of the whole engine, with faults; say what did not hold.")

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds, from the first on.") var runs = 1
    @Flag(help: "With launches of a candidate, some of which are promoted.") var launches = false
    @Flag(help: "Print what happens, move by move.") var trace = false
    @Flag(help: "Print JSON.") var json = false

    private struct Listing: Encodable {
        var runs: Int
        var steps: Int
        var calls: Int
        var faults: Int
        var restarts: Int
        var violations: [Violation]
    }

    func run() throws {
        var sum = Listing(runs: 0, steps: 0, calls: 0, faults: 0, restarts: 0, violations: [])
        for (report, trace) in simulated() {
            for line in trace where !json { print(line) }
            sum.runs += 1
            sum.steps += report.steps
            sum.calls += report.calls
            sum.faults += report.faults
            sum.restarts += report.restarts
            guard let violation = report.violation else { continue }
            sum.violations.append(violation)
            if !json { print(violation) }
        }
        if json {
            try Output.json(sum)
        } else {
            print(
                "\(sum.runs) runs, \(sum.steps) moves, \(sum.calls) calls of the disk, "
                    + "\(sum.faults) faults, \(sum.restarts) restarts; "
                    + "\(sum.violations.count) did not hold")
        }
        if !sum.violations.isEmpty { throw ExitCode(1) }
    }

    /// Every seed's report, in their order; seeds share nothing, so all cores take part.
    private func simulated() -> [(report: RunReport, trace: [String])] {
        let done = Mutex<[Int: (report: RunReport, trace: [String])]>([:])
        DispatchQueue.concurrentPerform(iterations: max(0, runs)) { number in
            var plan = RunPlan(seed &+ UInt64(number))
            if launches { plan.addLaunches() }
            let simulated = SimulatedRun(plan, isTraced: trace)
            let report = simulated.run()
            done.withLock { $0[number] = (report, simulated.trace) }
        }
        return done.withLock { done in done.keys.sorted().compactMap { done[$0] } }
    }
}
