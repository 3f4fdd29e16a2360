import Engine
import Filtering
import Ingestion
import Numerics
import Operation
import Recording
import Vocabulary
import World

/// What is to be erased of a model's logs, as it was found.
struct Erasure {
    /// Of the exclusion that stands for it.
    var number: UInt64
    /// Hashes of the examples' ids.
    var ids: Set<UInt64>
    /// A line that cannot be read is one of them if it has all texts of one of these, in quotes.
    var signs: [[[UInt8]]]
    /// Records of the raw log, by their streams.
    var examples: UInt64 = 0
    var labels: UInt64 = 0
    /// Sequences of those that are in quarantine.
    var held: [UInt64] = []
    /// The first entry of the training log; nil if it has none.
    var first: UInt64?

    var isEmpty: Bool { examples + labels == 0 && first == nil && held.isEmpty }
}

/// Erasures: records of a person go from both logs, from quarantine and the golden set, and the
/// learner becomes what it were if it had never met them. Only where no engine runs.
///
/// What goes is overwritten in its place, so that nothing else moves; first the training log, so
/// that what is cut off is found again in the raw log.
extension ModelHost {
    /// Throws an `ActRefusal` if the learner cannot be made anew.
    func erasureChange(_ order: ErasureOrder, _ request: ActRequest) throws -> PurgeChange {
        guard !isRunning else { throw ActRefusal(ErasureOrder.needsRest) }
        guard launchBook.current == nil else {
            throw ActRefusal("a launch is under way, whose arms may have met them: end it first")
        }
        var book = book
        let id = book.nextID(of: name)
        let found = try erasure(order, number: UInt64(id.number))
        guard !found.isEmpty else {
            return PurgeChange(
                plan: ExclusionPlan(exclusions: book.active), book: book,
                effect: ActEffect(
                    model: name, act: "erase", changed: false,
                    text: "neither log has a record of these", examples: 0))
        }
        let what = Exclusion.What.erasure(
            from: found.first ?? engine.trainingCount, rawEnd: rawLog.end)
        let exclusion = Exclusion(id: id, what: what)
        book.add(exclusion, by: request.actor, reason: request.reason, at: clock.now())
        let plan = try plan(leavingOut: book.active, condemned: found.ids)
        let counts =
            Self.counted(found.examples, "example") + ", " + Self.counted(found.labels, "label")
        let all = Self.counted(found.examples + found.labels, "record")
        let held = found.held.isEmpty ? "" : ", \(found.held.count) of them in quarantine"
        var effect = effect(of: plan, id, "erases \(all) (\(counts)\(held))")
        effect.act = "erase"
        if let from = found.first {
            let count = checkpoints.count { $0.reach > from }
            effect.text += "; removes \(Self.counted(UInt64(count), "checkpoint")) that may have "
            effect.text += "met them, what serves once another does"
        }
        return PurgeChange(plan: plan, book: book, effect: effect, erasure: found)
    }

    /// A purge, or an erasure, whose records go first: else nobody would find them again.
    func carryOut(_ change: PurgeChange) throws {
        if let erasure = change.erasure { try erase(erasure) }
        try apply(change.plan, change.book)
        guard change.erasure != nil, !isCatchingUp, !engine.trainer.isHeld else { return }
        // So that the newest knows of it.
        try checkpoint()
    }

    /// Overwrites what was found.
    private func erase(_ erasure: Erasure) throws {
        try trainingLog.rewrite { batch, header, _ in
            guard let base = batch.baseAddress else { return false }
            var isChanged = false
            var offset = BatchHeader.size
            for _ in 0..<header.count {
                let entry = EntryView(UnsafeRawPointer(base + offset))
                if entry.erasure == nil, erasure.ids.contains(entry.idHash) {
                    EntryLayout.erase(base + offset, number: erasure.number)
                    isChanged = true
                }
                offset += entry.size
            }
            return isChanged
        }
        try eraseGoldenRows(of: erasure)
        let search = ErasureSearch(erasure, quarantine, engine.settings)
        try rawLog.rewrite { batch, header, start in
            guard let base = batch.baseAddress else { return false }
            var isChanged = false
            var offset = BatchHeader.size
            for index in 0..<header.count {
                guard let record = RawRecord(base + offset, available: header.batchSize - offset)
                else { throw rawLog.damage(at: start) }
                let sequence = header.firstSequence + UInt64(index)
                if let remains = try search.remains(of: record, sequence, of: name) {
                    RawRecord.erase(base + offset, leaving: remains)
                    isChanged = true
                }
                offset += record.size
            }
            return isChanged
        }
        // It has told what had been held back.
        try quarantine.remove(erasure.held, of: name)
        samples = QuarantineSamples(try quarantine.newest(of: name))
    }

    // MARK: search

    private func erasure(_ order: ErasureOrder, number: UInt64) throws -> Erasure {
        var erasure = Erasure(
            number: number, ids: Set(order.ids.map { FeatureHash.id($0) }),
            signs: Self.signs(of: order))
        try findExamples(order, &erasure)
        let search = ErasureSearch(erasure, quarantine, engine.settings)
        try forEachRecord("\(name): looking for records") { record, sequence in
            guard try search.remains(of: record, sequence, of: name) != nil else { return }
            if record.stream == .examples { erasure.examples += 1 } else { erasure.labels += 1 }
            if try quarantine.held(sequence, of: name) != nil { erasure.held.append(sequence) }
        }
        try forEachTrainingBatch(where: { _ in true }) { batch, header in
            var offset = BatchHeader.size
            for index in 0..<header.count where erasure.first == nil {
                let entry = EntryView(batch + offset)
                offset += entry.size
                let isMeant =
                    entry.erasure.map { $0 == number } ?? erasure.ids.contains(entry.idHash)
                guard isMeant else { continue }
                erasure.first = header.firstSequence + UInt64(index)
            }
        }
        return erasure
    }

    /// An id, or the names and values of all conditions, as they stand in a line without escapes.
    private static func signs(of order: ErasureOrder) -> [[[UInt8]]] {
        func quoted(_ text: String) -> [UInt8] { Array("\"\(text)\"".utf8) }
        let conditions = order.selection?.conditions ?? []
        let signs = order.ids.map { [quoted($0)] }
        guard !conditions.isEmpty else { return signs }
        return signs + [conditions.flatMap { [quoted($0.name), quoted($0.value)] }]
    }

    /// The ids of what a selection finds in either log, and of what an erasure of this number has
    /// found that was cut off.
    private func findExamples(_ order: ErasureOrder, _ erasure: inout Erasure) throws {
        let id = ExclusionID(model: name, number: Int(erasure.number))
        let filter = ExclusionFilter(
            order.selection.map { [Exclusion(id: id, what: .examples($0))] } ?? [])
        let rules = RecordRules(LocalSurroundings.clocks, engine.settings.design)
        let parser = RecordParser(keepsFeatures: true, rules: rules.lenient)
        try forEachRecord("\(name): looking for examples") { record, sequence in
            if record.kind == .erased {
                guard let erased = ErasedRecord(record.line), erased.number == erasure.number
                else { return }
                if case .held = erased.what {
                    erasure.held.append(sequence)
                } else {
                    erasure.ids.insert(erased.idHash)
                }
                return
            }
            guard !filter.isEmpty, record.kind.isLine, record.stream == .examples else { return }
            let line = parser.line(record.line, stream: .examples, number: record.lineNumber)
            guard line.isAdmitted, filter.excludes(EntryView(UnsafeRawPointer(line.entry))) else {
                return
            }
            erasure.ids.insert(line.record.idHash)
        }
        guard !filter.isEmpty else { return }
        try forEachTrainingBatch(where: { _ in true }) { batch, header in
            var offset = BatchHeader.size
            for _ in 0..<header.count {
                let entry = EntryView(batch + offset)
                offset += entry.size
                if filter.excludes(entry) { erasure.ids.insert(entry.idHash) }
            }
        }
    }

    /// Hands over each record of the raw log with its sequence; tells how far it is.
    private func forEachRecord(
        _ step: String, _ body: (RawRecord, UInt64) throws -> Void
    ) throws {
        let (start, end) = (rawLog.start, rawLog.end)
        var offset = start
        while offset < end {
            try course.look(step, Double(offset - start) / Double(end - start))
            guard let (batch, header) = try rawLog.wholeBatch(at: offset) else {
                throw rawLog.damage(at: offset)
            }
            var sequence = header.firstSequence
            try rawLog.forEachRecord(of: batch, header, at: offset) { record, _ in
                try body(record, sequence)
                sequence += 1
            }
            offset += UInt64(header.batchSize)
        }
    }

    /// What is left is a golden set of its own; with none left there is none.
    private func eraseGoldenRows(of erasure: Erasure) throws {
        guard try golden.remove(erasure.ids) else { return }
        goldenTrend = Self.freshTrend(engine.settings)
        goldenScoredAt = .distantPast
    }
}

/// Tells which records of a raw log are to be erased, and what stays of each.
private final class ErasureSearch {
    private let erasure: Erasure
    private let quarantine: any QuarantineBook
    private let parser: RecordParser

    init(_ erasure: Erasure, _ quarantine: any QuarantineBook, _ settings: ModelSettings) {
        (self.erasure, self.quarantine) = (erasure, quarantine)
        let rules = RecordRules(LocalSurroundings.clocks, settings.design)
        parser = RecordParser(rules: rules.lenient)
    }

    /// Nil for a record that is not concerned. `LinePadding.size` bytes behind it are readable.
    func remains(
        of record: RawRecord, _ sequence: UInt64, of model: ModelName
    ) throws -> ErasedRecord? {
        let remains = try remainsAtAll(of: record, sequence, of: model)
        // A line of a few bytes says nothing.
        return remains.flatMap { $0.fits(record.size - RawRecord.headerSize) ? $0 : nil }
    }

    private func remainsAtAll(
        of record: RawRecord, _ sequence: UInt64, of model: ModelName
    ) throws -> ErasedRecord? {
        guard record.kind.isLine, let base = record.line.baseAddress else { return nil }
        let number = erasure.number
        let parsed: ParsedRecord
        do throws(Rejection) {
            parsed = try parser.parse(base, count: record.line.count, stream: record.stream)
        } catch {
            let isMeant = erasure.signs.contains { texts in
                texts.allSatisfy { record.line.contains($0) }
            }
            guard isMeant else { return nil }
            let rule = try rule(of: sequence, model) ?? error.rule
            return ErasedRecord(what: .held(rule), number: number)
        }
        guard parsed.kind != .heartbeat, erasure.ids.contains(parsed.idHash) else { return nil }
        if record.kind == .line, let rule = try rule(of: sequence, model) {
            return ErasedRecord(what: .held(rule), number: number)
        }
        let what: ErasedRecord.What =
            parsed.kind == .label
            ? .label(Float(parsed.label ?? 0))
            : .example(
                entrySize: EntryView(UnsafeRawPointer(parser.entry)).size,
                label: parsed.label.map { Float($0) }, releasedFrom: record.release?.rule)
        return ErasedRecord(
            what: what, number: number, idHash: parsed.idHash, time: parsed.time)
    }

    private func rule(of sequence: UInt64, _ model: ModelName) throws -> AdmissionRule? {
        try quarantine.held(sequence, of: model).flatMap { AdmissionRule(rawValue: $0.rule) }
    }
}
