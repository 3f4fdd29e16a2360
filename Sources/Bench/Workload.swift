import Numerics
import Shop
import Vocabulary
import World

/// The forms in which a workload is written, each a file of its name.
package enum WorkloadForm: String, CaseIterable, Sendable {
    /// Examples that bring their labels: nothing to join.
    case labelled = "labelled.jsonl"
    /// The same with keys in another order on each row.
    case shuffled = "shuffled.jsonl"
    /// Two streams; a label comes a minute to an hour after its example.
    case examples = "examples.jsonl"
    case labels = "labels.jsonl"
    /// The labelled rows without their numbers.
    case categories = "categories.jsonl"
    case vowpal = "rows.vw"
    case vowpalCategories = "categories.vw"
    case vowpalJSON = "rows.vw.jsonl"
}

/// A click stream that was written to a folder.
package struct Workload: Sendable {
    package var folder: String
    package var seed: UInt64
    package var rows: Int
    package var clicks: Int
    /// Mean log loss of the generator's own probabilities: nothing can do better.
    package var oracleLogLoss: Double
    /// SHA-256 of the labelled rows.
    package var digest: String

    package func path(_ form: WorkloadForm) -> String { folder + "/" + form.rawValue }

    /// Writes the wanted forms of the first `rows` rows of a seed's stream.
    package static func write(
        seed: UInt64, rows: Int, forms: Set<WorkloadForm>, into folder: String, disk: any Disk
    ) throws -> Workload {
        try disk.makeFolder(folder)
        var writer = WorkloadWriter(
            seed: seed, forms: forms, folder: folder, disk: disk)
        return try writer.write(rows: rows)
    }
}

/// Writes one workload, all forms side by side.
private struct WorkloadWriter {
    private let stream: ClickStream
    private let folder: String
    private let disk: any Disk
    private let forms: [WorkloadForm]
    private var rowWriter: RowWriter
    private var labels: [(time: Int64, index: Int, isClick: Bool)] = []

    init(seed: UInt64, forms: Set<WorkloadForm>, folder: String, disk: any Disk) {
        stream = ClickStream(seed: seed)
        rowWriter = RowWriter(seed: seed)
        self.folder = folder
        self.disk = disk
        // The labelled rows are made in any case: their digest names the workload.
        self.forms = WorkloadForm.allCases.filter { forms.contains($0) || $0 == .labelled }
    }

    mutating func write(rows: Int) throws -> Workload {
        var workload = Workload(
            folder: folder, seed: stream.seed, rows: rows, clicks: 0, oracleLogLoss: 0, digest: "")
        var files = try forms.map { try GrowingFile(folder + "/" + $0.rawValue, disk: disk) }
        var digest = SHA256()
        var row = ClickStream.Row()
        var loss = 0.0
        for index in 0..<rows {
            stream.fill(&row, index)
            if row.isClick { workload.clicks += 1 }
            loss -= Elementary.log(row.isClick ? row.probability : 1 - row.probability)
            for (number, form) in forms.enumerated() {
                let before = files[number].buffer.count
                append(row, form, to: &files[number].buffer)
                if form == .labelled {
                    files[number].buffer[before...].withUnsafeBytes { digest.update($0) }
                }
                try files[number].flush(above: GrowingFile.sizeMax)
            }
        }
        try writeLabels(&files)
        for number in files.indices { try files[number].flush(above: 0) }
        workload.oracleLogLoss = rows > 0 ? loss / Double(rows) : 0
        workload.digest = digest.finish().hex
        return workload
    }

    private mutating func append(
        _ row: ClickStream.Row, _ form: WorkloadForm, to text: inout [UInt8]
    ) {
        var spelling = RowWriter.Spelling()
        spelling.hasLabel = form != .examples
        spelling.isShuffled = form == .shuffled
        spelling.hasNumbers = form != .categories
        switch form {
        case .labelled, .shuffled, .examples, .categories:
            rowWriter.appendExample(row, spelling, to: &text)
        case .labels: labels.append((row.labelTime.microseconds, row.index, row.isClick))
        case .vowpal: rowWriter.appendVowpal(row, hasNumbers: true, to: &text)
        case .vowpalCategories: rowWriter.appendVowpal(row, hasNumbers: false, to: &text)
        case .vowpalJSON: rowWriter.appendVowpalJSON(row, to: &text)
        }
    }

    /// Labels stand in their file in the order of their own times.
    private mutating func writeLabels(_ files: inout [GrowingFile]) throws {
        guard let number = forms.firstIndex(of: .labels) else { return }
        labels.sort { ($0.time, $0.index) < ($1.time, $1.index) }
        for label in labels {
            rowWriter.appendLabelRecord(
                label.index, isClick: label.isClick, at: Instant(microseconds: label.time),
                to: &files[number].buffer)
            try files[number].flush(above: GrowingFile.sizeMax)
        }
    }
}

/// A file that is written from its beginning, through a buffer.
struct GrowingFile {
    static let sizeMax = 1 << 20

    var buffer: [UInt8] = []
    private let file: any DiskFile
    private(set) var size = 0

    init(_ path: String, disk: any Disk) throws {
        file = try disk.open(path, .readWrite)
        try file.truncate(to: 0)
        buffer.reserveCapacity(Self.sizeMax + 4096)
    }

    mutating func flush(above limit: Int) throws {
        guard buffer.count > limit else { return }
        try buffer.withUnsafeBytes { try file.write($0, at: size) }
        size += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
