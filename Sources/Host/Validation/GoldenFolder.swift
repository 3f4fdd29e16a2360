import Foundation
import Ingestion
import Learning
import Numerics
import Operation
import Validation
import Vocabulary
import World

/// A model's golden set on the disk: `golden.jsonl`, an example record with its label a line, and
/// `golden.json`, which says where it comes from.
struct GoldenFolder: Sendable {
    /// Counts.
    enum Limits {
        static let rowCount = 2000
        /// So many examples to choose from, or a day of them, before a set is made unasked: a set
        /// of one hour says little of the others.
        static let poolWanted = 20_000
        /// Entries of the training log that rows are chosen from.
        static let reach: UInt64 = 200_000
        /// Bytes of a file that is read at all.
        static let sizeMax = 64 << 20
    }

    /// Where a set comes from.
    struct Origin: Codable, Sendable, Equatable {
        var rows: Int
        var positives: Int
        /// Labelled examples that they were chosen from.
        var pool: Int
        /// Event times of its examples.
        var from: Instant
        var to: Instant
        /// Wall time, and who asked for it.
        var made: Instant
        var by: String
        var digest: String
    }

    let folder: String
    let disk: any Disk
    /// Whether its rows get the features of local time, as the model's examples do.
    var design = ExampleDesign()

    var path: String { folder + "/golden.jsonl" }
    var originPath: String { folder + "/golden.json" }

    func exists() throws -> Bool { try disk.exists(path) }

    func origin() throws -> Origin? {
        guard try disk.exists(originPath) else { return nil }
        return try JSON.decode(Origin.self, from: Foundation.Data(try disk.read(originPath)))
    }

    /// Takes the place of the set that was there.
    func write(
        _ rows: [LabelledLine], pool: Int, by: String, at now: Instant
    ) throws -> Origin {
        let bytes = rows.flatMap { $0.line + [UInt8(ascii: "\n")] }
        let times = rows.map(\.time)
        let origin = Origin(
            rows: rows.count, positives: rows.count { $0.label >= 0.5 }, pool: pool,
            from: times.min() ?? .earliest, to: times.max() ?? .earliest, made: now, by: by,
            digest: SHA256.digest(of: bytes).hex)
        try disk.makeFolder(folder)
        try disk.replace(path, with: bytes)
        try disk.replace(originPath, with: [UInt8](try JSON.encode(origin)))
        return origin
    }

    /// Takes the rows of these examples out, by the hashes of their ids; false if there is none.
    /// Without any left there is no set.
    func remove(_ ids: Set<UInt64>) throws -> Bool {
        guard try exists(), let origin = try origin() else { return false }
        let bytes = try disk.read(path) + [UInt8](repeating: 0, count: LinePadding.size)
        let parser = RecordParser(rules: RecordRules(LocalSurroundings.clocks, design).lenient)
        var kept: [LabelledLine] = []
        var count = 0
        try bytes.withUnsafeBytes { buffer in
            let lines = UnsafeRawBufferPointer(rebasing: buffer.dropLast(LinePadding.size))
            try RecordLines.forEach(in: lines) { line, number in
                let row = try parse(line, number, parser)
                count += 1
                guard !ids.contains(row.view.idHash) else { return }
                kept.append(
                    LabelledLine(line: Array(line), label: row.label, time: row.view.time))
            }
        }
        guard kept.count < count else { return false }
        guard !kept.isEmpty else {
            try disk.remove(path)
            try disk.remove(originPath)
            return true
        }
        _ = try write(kept, pool: origin.pool, by: origin.by, at: origin.made)
        return true
    }

    /// Scores every row with a candidate, and with the last good one. Throws a `GoldenFault` that
    /// names the line where the file is not what it should be.
    func score(_ candidate: FTRLLearner, _ reference: FTRLLearner?) throws -> [GoldenRow] {
        guard try disk.exists(path) else {
            throw GoldenFault(path: path, line: nil, text: "there is no golden set")
        }
        let bytes = try disk.read(path) + [UInt8](repeating: 0, count: LinePadding.size)
        guard bytes.count <= Limits.sizeMax else {
            throw GoldenFault(
                path: path, line: nil, text: "expected at most \(Limits.sizeMax) bytes")
        }
        var rows: [GoldenRow] = []
        let rules = RecordRules(LocalSurroundings.clocks, design)
        let parser = RecordParser(keepsFeatures: true, rules: rules.lenient)
        let room = ScoringRow()
        func probability(_ learner: FTRLLearner, _ entry: EntryView) -> Double {
            let chosen = room.chosen(entry, by: learner.settings.features)
            return Entropy.sigmoid(learner.score(chosen, in: room))
        }
        try bytes.withUnsafeBytes { buffer in
            let lines = UnsafeRawBufferPointer(rebasing: buffer.dropLast(LinePadding.size))
            try RecordLines.forEach(in: lines) { line, number in
                let entry = try parse(line, number, parser)
                room.features = parser.features
                rows.append(
                    GoldenRow(
                        label: entry.label, weight: Double(entry.view.weight),
                        slice: entry.view.segment,
                        score: probability(candidate, entry.view),
                        reference: reference.map { probability($0, entry.view) }))
            }
        }
        return rows
    }

    /// The name of a segment, found by its hash; the hash where no row has it.
    func segment(ofHash hash: UInt64) -> String {
        struct Row: Decodable {
            var segment: String?
        }
        do {
            for line in try disk.read(path).split(separator: UInt8(ascii: "\n")) {
                let row = try JSON.decode(Row.self, from: Foundation.Data(line))
                if let name = row.segment, FeatureHash.tag(name) == hash { return name }
            }
        } catch {
            return String(hash, radix: 16)
        }
        return hash == 0 ? "without a segment" : String(hash, radix: 16)
    }

    private func parse(
        _ line: UnsafeRawBufferPointer, _ number: Int, _ parser: RecordParser
    ) throws -> (view: EntryView, label: Double) {
        guard let base = line.baseAddress else {
            throw GoldenFault(path: path, line: number, text: "expected an example")
        }
        do throws(Rejection) {
            let record = try parser.parse(base, count: line.count, stream: .examples)
            if let label = record.label {
                return (EntryView(UnsafeRawPointer(parser.entry)), label)
            }
        } catch {
            let field = error.field.isEmpty ? "" : error.field + ": "
            throw GoldenFault(path: path, line: number, text: field + error.text)
        }
        throw GoldenFault(path: path, line: number, text: "label: expected a number, found none")
    }
}

/// Where a golden set comes from, for whoever asks.
package struct GoldenSummary: Codable, Sendable {
    package var path: String
    package var rows: Int
    package var positives: Int
    package var from: Instant
    package var to: Instant
    package var made: Instant
    package var by: String
}

/// A golden set that cannot be used: file, line, and what was expected there.
struct GoldenFault: Error, CustomStringConvertible {
    var path: String
    var line: Int?
    var text: String

    var description: String { path + (line.map { ":\($0)" } ?? "") + ": " + text }
}

/// What a golden set can be chosen from.
struct LabelledPool {
    /// The chosen, in an order that is nobody's.
    var lines: [LabelledLine]
    /// How many there were to choose from.
    var count: Int

    /// Event time between the first and the last of the chosen.
    var span: Span {
        let times = lines.map(\.time)
        guard let first = times.min(), let last = times.max() else { return .zero }
        return last - first
    }
}

/// An example's record with its label in it, and what it is chosen by.
struct LabelledLine: Sendable {
    var line: [UInt8]
    var label: Double
    var time: Instant
}
