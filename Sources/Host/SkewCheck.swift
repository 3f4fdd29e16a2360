import Checkpointing
import Engine
import Ingestion
import Learning
import Numerics
import Operation
import Recording
import Vocabulary
import World

/// Which examples are made anew, and what is held against what.
package struct SkewQuery: Sendable {
    /// How many examples, chosen by a keyed hash of their ids.
    package var sample = 1000
    /// By the example's own time: from inclusive, to exclusive.
    package var window = Instant.distantPast..<Instant.distantFuture
    /// By how much an answer may differ: others log theirs rounded.
    package var tolerance = 1e-6

    package init() {}
}

/// Makes a sample of a model's entries anew from the raw log. Reads only, beside a running engine
/// too; the same logs give the same sample.
private struct SkewCheck {
    private static let choosing: UInt64 = 0x73_6B65_7777
    private static let differenceCountMax = 10

    private struct Row {
        var rank: UInt64
        var sequence: UInt64
        var bytes: [UInt64]

        /// Its place in the raw log, and its time.
        var rawOffset: UInt64
        var time: Instant

        func read<Value>(_ value: (EntryView) -> Value) -> Value? {
            bytes.withUnsafeBytes { $0.baseAddress.map { value(EntryView($0)) } }
        }
    }

    private let query: SkewQuery
    private let rawLog: LogFolder
    private let trainingLog: LogFolder
    private let folder: CheckpointFolder
    private let parser: RecordParser
    private let room = ScoringRow()
    private var report: SkewReport
    /// Answers by the checkpoint that gave them: the row, and the probability.
    private var answers: [CheckpointID: [(row: Row, probability: Double)]] = [:]

    init(_ settings: ModelSettings, model path: String, world: HostWorld, _ query: SkewQuery) throws
    {
        self.query = query
        rawLog = try LogFolder(path + "/raw", kind: .raw, world: world)
        trainingLog = try LogFolder(path + "/training", kind: .training, world: world)
        folder = try CheckpointFolder(path + "/checkpoints", model: settings.name, disk: world.disk)
        let rules = RecordRules(LocalSurroundings.clocks, settings.design)
        parser = RecordParser(keepsFeatures: true, rules: rules.lenient)
        report = SkewReport(model: settings.name)
    }

    mutating func run(_ course: RehearsalCourse) throws -> SkewReport {
        let rows = try choose(course)
        guard !rows.isEmpty else {
            throw ActRefusal("the training log of \(report.model) has no example of that time")
        }
        let kept = rows.filter { $0.rawOffset >= rawLog.start }
        guard !kept.isEmpty else {
            throw ActRefusal(
                "the raw log of \(report.model) no longer has the records of these examples: "
                    + "retention has removed all before byte \(rawLog.start)")
        }
        report.sampled = kept.count
        for row in kept.sorted(by: { $0.rawOffset < $1.rawOffset }) { try compare(row) }
        for id in answers.keys.sorted() { try compareAnswers(of: id) }
        report.differences.sort { $0.seq < $1.seq }
        report.differences = Array(report.differences.prefix(Self.differenceCountMax))
        return report
    }

    /// Those whose keyed hashes are the smallest.
    private mutating func choose(_ course: RehearsalCourse) throws -> [Row] {
        var rows: [Row] = []
        var limit = UInt64.max
        var offset = trainingLog.start
        let (start, end) = (offset, trainingLog.end)
        try course.begin("\(report.model): choosing examples")
        while offset < end {
            try course.advance(to: Double(offset - start) / Double(end - start))
            guard let (bytes, header) = try trainingLog.wholeBatch(at: offset) else {
                throw trainingLog.damage(at: offset)
            }
            offset += UInt64(header.batchSize)
            guard header.latest >= query.window.lowerBound,
                header.earliest < query.window.upperBound
            else { continue }
            bytes.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                var at = BatchHeader.size
                for index in 0..<header.count {
                    let entry = EntryView(base + at)
                    at += entry.size
                    guard entry.erasure == nil, query.window.contains(entry.time) else { continue }
                    report.pool += 1
                    var chance = SeededRandom(key: entry.idHash).forked(part: Self.choosing)
                    let rank = chance.next()
                    guard rank < limit else { continue }
                    let words = UnsafeRawBufferPointer(start: entry.base, count: entry.size)
                    rows.append(
                        Row(
                            rank: rank, sequence: header.firstSequence + UInt64(index),
                            bytes: Array(words.bindMemory(to: UInt64.self)),
                            rawOffset: entry.rawOffset, time: entry.time))
                }
            }
            guard rows.count > 4 * query.sample else { continue }
            rows = smallest(rows)
            limit = rows.last?.rank ?? .max
        }
        return smallest(rows)
    }

    private func smallest(_ rows: [Row]) -> [Row] {
        Array(rows.sorted { ($0.rank, $0.sequence) < ($1.rank, $1.sequence) }.prefix(query.sample))
    }

    // MARK: features

    private mutating func compare(_ row: Row) throws {
        let bytes = try rawLog.rawLine(at: row.rawOffset)
        report.features.compared += 1
        let fault =
            if let rejection = refusal(of: bytes) {
                "its record is refused now: \(rejection.field) \(rejection.text)"
            } else {
                row.read { Self.difference(of: $0, EntryView(UnsafeRawPointer(parser.entry))) }
                    ?? nil
            }
        if let fault {
            report.features.different += 1
            note(row, fault)
        }
        bytes.dropLast(LinePadding.size).withUnsafeBytes { takeAnswer($0, of: row) }
    }

    /// Why the parser refuses a line; nil if its entry is that of the line from now on.
    private func refusal(of line: [UInt8]) -> Rejection? {
        line.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            do throws(Rejection) {
                _ = try parser.parse(
                    base, count: bytes.count - LinePadding.size, stream: .examples)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Nil where all is alike that the parser makes: everything but place, label and arrival.
    private static func difference(of stored: EntryView, _ made: EntryView) -> String? {
        func text(_ what: String, _ stored: some Any, _ made: some Any) -> String {
            "\(what): stored \(stored), made anew \(made)"
        }
        if stored.numberCount != made.numberCount {
            return text("count of numbers", stored.numberCount, made.numberCount)
        }
        if stored.categoryCount != made.categoryCount {
            return text("count of categories", stored.categoryCount, made.categoryCount)
        }
        for index in 0..<stored.numberCount
        where stored.numberKeys[index] != made.numberKeys[index]
            || stored.numbers[index].bitPattern != made.numbers[index].bitPattern
        {
            return text("number \(index + 1)", stored.numbers[index], made.numbers[index])
        }
        for index in 0..<stored.categoryCount
        where stored.categoryKeys[index] != made.categoryKeys[index] {
            return text(
                "category \(index + 1)", stored.categoryKeys[index], made.categoryKeys[index])
        }
        if stored.weight != made.weight { return text("weight", stored.weight, made.weight) }
        if stored.time != made.time { return text("time", stored.time.rfc3339, made.time.rfc3339) }
        if stored.idHash != made.idHash {
            return text("hash of the id", stored.idHash, made.idHash)
        }
        let isTagged = stored.source == made.source && stored.segment == made.segment
        if !isTagged { return "source or segment: not those of the record" }
        return stored.armCode == made.armCode ? nil : text("arm", stored.armCode, made.armCode)
    }

    // MARK: answers

    private mutating func takeAnswer(_ line: UnsafeRawBufferPointer, of row: Row) {
        guard let fields = RecordFields(line), let probability = fields.number("prediction"),
            let text = fields.text("checkpoint")
        else { return }
        let isOfProduction = fields.text("arm").map { $0 == ArmName.production.text } ?? true
        guard let id = CheckpointID(text), id.model == report.model, isOfProduction else {
            report.answersUnknown += 1
            return
        }
        answers[id, default: []].append((row, probability))
    }

    private mutating func compareAnswers(of id: CheckpointID) throws {
        let given = answers[id] ?? []
        guard let kept = folder.reports.first(where: { $0.id == id }), folder.verify(kept) == nil
        else {
            report.answersUnknown += given.count
            return
        }
        let learner = try folder.load(id).checkpoint.learner
        for (row, probability) in given {
            let line = try rawLog.rawLine(at: row.rawOffset)
            guard refusal(of: line) == nil else { continue }
            // The learner may choose among features by their names.
            room.features = parser.features
            let answer = row.read { stored in
                let chosen = room.chosen(stored, by: learner.settings.features)
                return Entropy.sigmoid(learner.score(chosen, in: room))
            }
            guard let answer else { continue }
            report.answers.compared += 1
            let gap = abs(answer - probability)
            report.answerGap = max(report.answerGap, gap)
            guard !(gap <= query.tolerance) else { continue }
            report.answers.different += 1
            note(row, "answer of \(id): logged \(probability), made anew \(answer)")
        }
    }

    private mutating func note(_ row: Row, _ text: String) {
        report.differences.append(
            SkewReport.Difference(
                seq: row.sequence, rawOffset: row.rawOffset,
                ts: row.time, text: text))
    }
}

extension StateReading {
    /// Holds a sample of what a model learned, and of what it answered, against what this build
    /// makes of the same records. Throws an `ActRefusal` where there is nothing to make anew.
    package func skew(
        of settings: ModelSettings, _ query: SkewQuery, course: RehearsalCourse
    ) throws -> SkewReport {
        try check(settings.name)
        var check = try SkewCheck(
            settings, model: "\(path)/models/\(settings.name)", world: world, query)
        return try check.run(course)
    }
}
