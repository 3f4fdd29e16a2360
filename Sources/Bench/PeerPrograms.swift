import Foundation
import Host
import World

/// A program of others that learns the same rows.
struct PeerProgram {
    var name: String
    /// The Python package that it needs.
    var package: String
    var kind: Kind
    /// Slow ones get fewer rows; figures are per row.
    var rowCountMax = Int.max

    enum Kind {
        /// Vowpal Wabbit over a file, with these arguments besides.
        case vowpal(WorkloadForm, [String], usesCache: Bool)
        /// A script of ours over the labelled rows.
        case script([UInt8])
        /// A script of ours over numbers that drift, with the detector's name.
        case detector([UInt8], String)
    }

    private static let logistic = ["--loss_function", "logistic", "-b", "22"]
    private static let ftrl = logistic + ["--ftrl"]
    /// The settings of our learner.
    private static let equal =
        ftrl + ["--ftrl_alpha", "0.2", "--ftrl_beta", "1", "--l1", "0", "--l2", "0"]

    static let all: [PeerProgram] = [
        vowpal("VW --ftrl, text", .vowpal, ftrl),
        vowpal("VW --ftrl, cache", .vowpal, ftrl, usesCache: true),
        vowpal("VW --ftrl, JSON", .vowpalJSON, ftrl + ["--json"]),
        vowpal("VW default, text", .vowpal, logistic),
        vowpal("VW --ftrl as ours, categories", .vowpalCategories, equal),
        PeerProgram(
            name: "scikit-learn SGDClassifier", package: "sklearn",
            kind: .script(PackageResources.sklearn_peer_py), rowCountMax: 60_000),
        PeerProgram(
            name: "river FTRL", package: "river",
            kind: .script(PackageResources.river_peer_py), rowCountMax: 20_000),
        detector("river ADWIN", "adwin", rowCountMax: 100_000),
        detector("river PageHinkley", "page-hinkley", rowCountMax: 200_000),
    ]

    private static func detector(
        _ name: String, _ kind: String, rowCountMax: Int
    ) -> PeerProgram {
        PeerProgram(
            name: name, package: "river",
            kind: .detector(PackageResources.detectors_peer_py, kind), rowCountMax: rowCountMax)
    }

    private static func vowpal(
        _ name: String, _ form: WorkloadForm, _ arguments: [String], usesCache: Bool = false
    ) -> PeerProgram {
        PeerProgram(
            name: name, package: "vowpalwabbit",
            kind: .vowpal(form, arguments, usesCache: usesCache))
    }
}

/// Runs the programs of others with one Python.
struct PeerRunner {
    let python: String
    let scratch: Scratch
    private var presence: [String: Bool] = [:]
    /// CPU seconds of a program over a single row, which are not the rows' part.
    private var starts: [String: Double] = [:]

    init(python: String, scratch: Scratch) {
        self.python = python
        self.scratch = scratch
    }

    mutating func hasPackage(_ name: String) throws -> Bool {
        if let known = presence[name] { return known }
        let child = try run(["-c", "import \(name)"])
        presence[name] = child.status == 0
        return child.status == 0
    }

    private func run(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess.run(python, arguments, folder: scratch.folder)
    }

    /// VW's reader and learner on one CPU, neither of which interrupts the other: on two, they
    /// wait for each other busily, and it would count. The wheel has no `--onethread`; this comes
    /// closest to it.
    private static let pinnedVowpal = """
        import os
        os.sched_setaffinity(0, [max(os.sched_getaffinity(0))])
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        from vowpalwabbit.__main__ import main
        main()
        """

    mutating func sample(_ program: PeerProgram) throws -> Sample {
        switch program.kind {
        case .vowpal(let form, let arguments, let usesCache):
            return try vowpal(program, form, arguments, usesCache: usesCache)
        case .script(let script):
            return try sample(program, script, [scratch.path(.labelled)])
        case .detector(let script, let kind):
            let path = scratch.folder + "/numbers"
            if try !scratch.disk.exists(path) {
                let values = DriftingValues.make(
                    seed: scratch.workload.seed, count: scratch.rows)
                try DriftingValues.write(values, to: path, disk: scratch.disk)
            }
            return try sample(program, script, [kind, path])
        }
    }

    /// A script says itself what it took, without the start of Python.
    private func sample(
        _ program: PeerProgram, _ script: [UInt8], _ arguments: [String]
    ) throws -> Sample {
        let rows = min(scratch.rows, program.rowCountMax)
        let child = try run(
            ["-c", String(decoding: script, as: UTF8.self)] + arguments + [String(rows)])
        return try Self.decode(child, of: program)
    }

    private static func decode(_ child: ChildProcess, of program: PeerProgram) throws -> Sample {
        struct Said: Decodable {
            var rows: Int
            var cpuSeconds: Double
            var logLoss: Double?
            var found: Double?
            var batch: Double?
        }
        let line = child.output.split(separator: "\n").last ?? ""
        guard child.status == 0 else { throw failure(program, child) }
        let said = try JSON.decode(Said.self, from: Foundation.Data(line.utf8))
        var sample = Sample(rows: said.rows, cpuSeconds: said.cpuSeconds)
        sample.figures["log_loss"] = said.logLoss
        sample.figures["found"] = said.found
        sample.figures["batch"] = said.batch
        return sample
    }

    private mutating func vowpal(
        _ program: PeerProgram, _ form: WorkloadForm, _ arguments: [String], usesCache: Bool
    ) throws -> Sample {
        let path = scratch.path(form)
        if starts[program.name] == nil {
            starts[program.name] = try start(program, path, arguments)
            if usesCache {
                _ = try vowpal(program, path, arguments + ["--cache_file", path + ".cache", "-k"])
            }
        }
        let cache = usesCache ? ["--cache_file", path + ".cache"] : []
        let (seconds, logLoss) = try vowpal(program, path, arguments + cache)
        var sample = Sample(
            rows: scratch.rows, cpuSeconds: seconds - (starts[program.name] ?? 0))
        sample.figures["log_loss"] = logLoss
        return sample
    }

    /// Starting Python and making the table are no part of a row.
    private func start(
        _ program: PeerProgram, _ path: String, _ arguments: [String]
    ) throws -> Double {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = try bytes.withUnsafeMutableBytes {
            try FileBytes(path).read(into: $0)
        }
        let line = Array(bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }) + [0x0A]
        let short = scratch.folder + "/one-row"
        try scratch.disk.replace(short, with: line)
        let seconds = try (0..<3).map { _ in try vowpal(program, short, arguments).seconds }
        return seconds.median ?? 0
    }

    private func vowpal(
        _ program: PeerProgram, _ path: String, _ arguments: [String]
    ) throws -> (seconds: Double, logLoss: Double) {
        let child = try run(["-c", Self.pinnedVowpal, "-d", path] + arguments)
        guard child.status == 0, let loss = Self.loss(in: child.output) else {
            throw Self.failure(program, child)
        }
        return (child.cpuSeconds, loss)
    }

    private static func loss(in output: String) -> Double? {
        let line = output.split(separator: "\n").last { $0.hasPrefix("average loss = ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    private static func failure(_ program: PeerProgram, _ child: ChildProcess) -> BenchFault {
        BenchFault("\(program.name) failed: \(child.output.suffix(500))")
    }
}
