import Filtering
import Ingestion
import Joining
import Recording
import Vocabulary
import World

/// Lines appended to the raw log, batch by batch, and synced at the end; beside a plain write and
/// sync of as many bytes.
final class AppendStage: Stage {
    private var lines: [UInt8] = []
    private var ends: [Int] = []
    private let batch = LogBatch(kind: .raw)

    private static let batchSizeMax = 256 << 10
    private static let rowCountMax = 200_000

    func prepare(_ scratch: Scratch) throws {
        try WorkloadRows.forEachBlock(scratch.path(.examples)) { found in
            for line in found {
                lines += line.bytes
                ends.append(lines.count)
            }
            return ends.count < Self.rowCountMax
        }
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let watch = Stopwatch()
        let size = try append(scratch)
        let (seconds, wall) = (watch.cpuSeconds, watch.wallSeconds)
        let floorWatch = Stopwatch()
        try PlainWrite.write(size, pieces: Self.batchSizeMax, scratch)
        let floor = floorWatch.cpuSeconds
        var sample = Sample(rows: ends.count, cpuSeconds: seconds, ratio: seconds / floor)
        sample.figures["megabytes_per_second"] = Double(size) / wall / 1e6
        sample.figures["plain_megabytes_per_second"] =
            Double(size) / floorWatch.wallSeconds / 1e6
        return sample
    }

    /// Gives the bytes of the log.
    private func append(_ scratch: Scratch) throws -> Int {
        let path = scratch.folder + "/raw-log"
        try scratch.disk.remove(path)
        let file = try scratch.disk.open(path, .readWrite)
        let source = SourceProgress(
            path: path, endOffset: 0, lineNumber: 0, fingerprint: Fingerprint(hash: 0, size: 0))
        var size = 0
        batch.clear(firstSequence: 0)
        func settle() throws {
            batch.append(trailer: SourceTable.encode([source]))
            batch.seal()
            try file.write(batch.bytes, at: size)
            size += batch.size
            batch.clear(firstSequence: 0)
        }
        try lines.withUnsafeBytes { bytes in
            var start = 0
            for (number, end) in ends.enumerated() {
                _ = batch.append(
                    .line, stream: .examples, source: 0, lineNumber: number,
                    line: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                start = end
                if batch.size >= Self.batchSizeMax { try settle() }
            }
        }
        if !batch.isEmpty { try settle() }
        try file.sync()
        return size
    }
}

/// The disk as a floor: bytes written and synced, and nothing else.
enum PlainWrite {
    static func write(
        _ size: Int, pieces pieceSize: Int, _ scratch: Scratch, name: String = "plain"
    ) throws {
        let path = scratch.folder + "/" + name
        try scratch.disk.remove(path)
        let file = try scratch.disk.open(path, .readWrite)
        let piece = [UInt8](repeating: 0x61, count: pieceSize)
        try piece.withUnsafeBytes { bytes in
            var done = 0
            while done < size {
                let count = min(pieceSize, size - done)
                try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: done)
                done += count
            }
        }
        try file.sync()
    }
}

/// Examples meet their labels: two streams of records in the order of event time, with entries in
/// memory.
final class JoinStage: Stage {
    private var entries: [UInt8] = []
    /// In the order of a merge; an example has the place of its entry.
    private var records: [(record: ParsedRecord, entry: Int)] = []
    private var exampleCount = 0

    private static let rowCountMax = 200_000

    func prepare(_ scratch: Scratch) throws {
        let merger = StreamMerger(
            examples: LineReader(try FileBytes(scratch.path(.examples)), stream: .examples),
            labels: LineReader(try FileBytes(scratch.path(.labels)), stream: .labels))
        reading: while true {
            let line: UnsafePointer<ParsedLine>
            switch try merger.next() {
            case .line(let next): line = next
            case .labelsEnded: continue
            case .ended: break reading
            }
            let record = line.pointee.record
            if record.kind == .example, exampleCount == Self.rowCountMax { break }
            records.append((record, entries.count))
            guard record.kind == .example else { continue }
            exampleCount += 1
            let entry = line.pointee.entry
            entries += UnsafeRawBufferPointer(
                start: entry, count: EntryView(UnsafeRawPointer(entry)).size)
        }
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let watch = Stopwatch()
        var joiner = LabelJoiner(settings: LabelJoiner.Settings())
        var joined = 0
        entries.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for index in records.indices {
                let ahead = index + 8
                if ahead < records.count { joiner.prefetch(records[ahead].record.idHash) }
                let (record, entry) = records[index]
                if record.kind == .example {
                    _ = joiner.add(record, entry: base + entry, rawOffset: UInt64(entry))
                } else if case .joined = joiner.add(record) {
                    joined += 1
                }
                while joiner.nextDue() != nil { joined += 1 }
            }
        }
        var sample = Sample(rows: exampleCount, cpuSeconds: watch.cpuSeconds)
        sample.figures["joined_share"] = Double(joined) / Double(max(exampleCount, 1))
        return sample
    }
}

/// Features against a schema of five rules, from memory.
final class FilterStage: Stage {
    private var features: [FeatureValue] = []
    private var ends: [Int] = []
    private let filter = SchemaFilter(rules: FilterStage.rules)

    private static let rowCountMax = 2000

    private static var rules: [FeatureRule] {
        var price = FeatureRule(name: "price")
        (price.isRequired, price.kind, price.minimum, price.maximum) = (true, .number, 0, 100)
        var score = FeatureRule(name: "score")
        (score.kind, score.minimum) = (.number, 0)
        var device = FeatureRule(name: "device")
        (device.isRequired, device.vocabulary) = (true, ["d0", "d1", "d2", "d3"])
        var user = FeatureRule(name: "user")
        user.kind = .category
        var member = FeatureRule(name: "member")
        member.vocabulary = ["m0", "m1"]
        return [device, member, price, score, user]
    }

    func prepare(_ scratch: Scratch) throws {
        try WorkloadRows.forEachBlock(scratch.path(.labelled), keepsFeatures: true) { lines in
            for line in lines {
                features += line.features
                ends.append(features.count)
            }
            return ends.count < Self.rowCountMax
        }
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let watch = Stopwatch()
        var rows = 0
        var rejected = 0
        features.withUnsafeBufferPointer { all in
            while rows < scratch.rows {
                var start = 0
                for end in ends {
                    let row = UnsafeBufferPointer(rebasing: all[start..<end])
                    if filter.check(row) != nil { rejected += 1 }
                    start = end
                }
                rows += ends.count
            }
        }
        guard rejected == 0 else { throw BenchFault("\(rejected) rows broke the schema") }
        return Sample(rows: rows, cpuSeconds: watch.cpuSeconds)
    }
}
