import Checkpointing
import Engine
import Filtering
import Ingestion
import Numerics
import Operation
import Recording
import Vocabulary
import World

/// All that a model's logs and its quarantine have of one example, and what became of it.
package struct ExampleTrace: Codable, Sendable {
    /// A record of the raw log.
    package struct Record: Codable, Sendable {
        package var line: LogLine
        /// Why it was held back; nil if it was not.
        package var held: QuarantineEntry?
    }

    /// What was joined of it.
    package struct Entry: Codable, Sendable {
        package var line: LogLine
        /// By what training leaves it out now; nil if it does not.
        package var leftOut: ExclusionID?
        /// The first checkpoint that is kept whose learner has met it.
        package var metBy: CheckpointID?
        /// True if nothing but its place, time and label is left.
        package var isErased: Bool { line.weight == 0 }
    }

    package var model: ModelName
    package var id: String
    package var records: [Record] = []
    package var entries: [Entry] = []
    /// What became of it, in a sentence.
    package var fate = ""

    fileprivate var outcome: String {
        guard let entry = entries.last else { return outcomeBeforeJoin }
        let label = "joined with label \(FigureText.text(Double(entry.line.label ?? 0)))"
        let delay =
            if let example = entry.line.ts, let arrival = entry.line.arrival {
                ", \((arrival - example).text) after it"
            } else {
                ""
            }
        let ending =
            if let exclusion = entry.leftOut {
                "\(entry.isErased ? "erased" : "left out of training") by \(exclusion)"
            } else if let checkpoint = entry.metBy {
                "learned; \(checkpoint) is the first checkpoint kept that has met it"
            } else {
                "no checkpoint that is kept has met it yet"
            }
        return "\(label)\(delay); \(ending)"
    }

    private var outcomeBeforeJoin: String {
        if records.isEmpty { return "neither log has anything of it" }
        let examples = records.filter { $0.line.stream == StreamKind.examples.name }
        guard let example = examples.last else {
            return "a label without an example that the raw log still has"
        }
        if let held = example.held, !held.released {
            return "held back by \(held.rule): \(held.reason)"
        }
        return examples.count < records.count
            ? "there is a label, and it was not joined: too late, or not yet"
            : "not joined: it waits for its label, or was left without one"
    }
}

/// Which records are of one example.
final class ExampleMatch {
    let hash: UInt64
    /// As it stands in a line without escapes.
    private let quoted: [UInt8]
    /// Its buffers are large: only for the raw log.
    private lazy var parser = RecordParser(rules: RecordRules().lenient)

    init(_ id: String) {
        hash = FeatureHash.id(id)
        quoted = Array("\"\(id)\"".utf8)
    }

    /// A line that cannot be read is of an example whose id it has in quotes. `LinePadding.size`
    /// bytes behind it are readable.
    func isOf(_ record: RawRecord) -> Bool {
        if record.kind == .erased { return ErasedRecord(record.line)?.idHash == hash }
        guard record.kind.isLine, let base = record.line.baseAddress else { return false }
        do {
            let parsed = try parser.parse(base, count: record.line.count, stream: record.stream)
            return parsed.kind != .heartbeat && parsed.idHash == hash
        } catch {
            return record.line.contains(quoted)
        }
    }
}

extension StateReading {
    /// Reads both logs from their beginnings. Throws a `LogDamage` where one is broken.
    package func trace(_ id: String, of model: ModelName) throws -> ExampleTrace {
        try check(model)
        let folder = "\(path)/models/\(model)"
        var trace = ExampleTrace(model: model, id: id)
        let example = ExampleMatch(id)
        let rawLog = try LogFolder(folder + "/raw", kind: .raw, world: world)
        try lines(of: example, in: rawLog) { line in
            let held = try quarantine.entry(of: model, sequence: line.seq)
            trace.records.append(ExampleTrace.Record(line: line, held: held))
        }
        let book = try ExclusionBook(of: folder, disk: disk)
        let kept = try checkpoints(of: model).filter { $0.verdict != .failed }.reversed()
        let trainingLog = try LogFolder(folder + "/training", kind: .training, world: world)
        try lines(of: example, in: trainingLog) { line in
            var entry = ExampleTrace.Entry(line: line)
            let exclusions = try exclusions(of: line, in: trainingLog, by: book)
            entry.leftOut = exclusions.first { book[$0]?.isUndone == false }
            entry.metBy =
                kept.first { report in
                    report.reach > line.seq
                        && !report.exclusions.contains(where: exclusions.contains)
                }?.id
            trace.entries.append(entry)
        }
        trace.fate = trace.outcome
        return trace
    }

    private func lines(
        of example: ExampleMatch, in log: LogFolder, _ body: (LogLine) throws -> Void
    ) throws {
        try LogListing(log, of: example)
            .lines(from: 0, time: nil, limit: .max, recordSize: .max, body)
    }

    /// By what an entry was ever left out, undone or not.
    private func exclusions(
        of line: LogLine, in log: LogFolder, by book: ExclusionBook
    ) throws -> [ExclusionID] {
        guard let batch = try log.seek(time: nil, sequence: line.seq),
            let (bytes, _) = try log.wholeBatch(at: batch)
        else { return [] }
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return [] }
            let entry = EntryView(base + Int(line.offset - batch))
            return book.entries.map(\.exclusion).filter {
                ExclusionFilter([$0]).excludes(entry, at: line.seq)
            }.map(\.id)
        }
    }
}
