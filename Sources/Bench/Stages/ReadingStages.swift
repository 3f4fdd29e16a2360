import CShims
import Ingestion
import Vocabulary

/// Lines to records and their featurized entries, beside the search for newlines in the same file.
final class ParseStage: Stage {
    private let form: WorkloadForm

    init(_ form: WorkloadForm) {
        self.form = form
    }

    func prepare(_ scratch: Scratch) throws {
        _ = try Self.newlines(scratch.path(form))
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let path = scratch.path(form)
        let floorWatch = Stopwatch()
        let lineCount = try Self.newlines(path)
        let floor = floorWatch.cpuSeconds
        let watch = Stopwatch()
        let admitted = try Self.parse(path)
        let seconds = watch.cpuSeconds
        guard admitted == lineCount else { throw BenchFault("\(path): a row was not admitted") }
        return Sample(rows: admitted, cpuSeconds: seconds, ratio: seconds / floor)
    }

    private static func parse(_ path: String) throws -> Int {
        var admitted = 0
        try WorkloadRows.forEachBlock(path) { lines in
            for line in lines where line.isAdmitted { admitted += 1 }
            return true
        }
        return admitted
    }

    /// The floor: the file is read, and each byte looked at once.
    private static func newlines(_ path: String) throws -> Int {
        let source = try FileBytes(path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        let bytes = buffer.assumingMemoryBound(to: UInt8.self)
        guard let base = bytes.baseAddress else { return 0 }
        var found = 0
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { return found }
            var at = 0
            while at < count {
                at += spindle_find_newline(base + at, count - at) + 1
                if at <= count { found += 1 }
            }
        }
    }
}

/// JSON Lines to trained.
final class TrainStage: Stage {
    private let form: WorkloadForm

    init(_ form: WorkloadForm) {
        self.form = form
    }

    func prepare(_ scratch: Scratch) throws {}

    func measure(_ scratch: Scratch) throws -> Sample {
        let watch = Stopwatch()
        var way = StraightWay()
        try way.train(from: scratch.path(form))
        var sample = Sample(rows: way.trained, cpuSeconds: watch.cpuSeconds)
        sample.figures["log_loss"] = way.logLoss
        return sample
    }
}

/// Why a figure could not be taken.
package struct BenchFault: Error, CustomStringConvertible {
    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}
