import Engine
import Foundation
import Ingestion
import Operation
import Recording
import Vocabulary

/// Records that rules of the configuration held back are let in, because somebody who looked says
/// so.
extension ModelHost {
    /// One that may be let in.
    struct Releasable {
        var sequence: UInt64
        var held: HeldRecord
        var rule: AdmissionRule
        var source: Int
        var line: [UInt8]
    }

    /// Throws an `ActRefusal` that says which record cannot be let in, and why.
    func releasable(_ sequences: [UInt64]) throws -> [Releasable] {
        try Set(sequences).sorted().map { sequence in
            guard let held = try quarantine.held(sequence, of: name) else {
                throw ActRefusal("\(name): no record \(sequence) is in quarantine")
            }
            let place = "record \(sequence) (\(held.file):\(held.line), \(held.rule))"
            guard !held.isReleased else { throw ActRefusal("\(place) was released already") }
            guard let rule = AdmissionRule(rawValue: held.rule), rule.isOfConfiguration else {
                throw ActRefusal(
                    "\(place) cannot be taken in as it is; mend it where it comes from, and send "
                        + "it anew")
            }
            var found: Releasable?
            _ = try LogFollower(rawLog, from: sequence).followRecords(batchCount: 1) { record in
                guard found == nil else { return }
                found = Releasable(
                    sequence: sequence, held: held, rule: rule, source: record.source,
                    line: Array(record.line))
            }
            guard let found else {
                throw ActRefusal("\(place): retention has removed it from the raw log")
            }
            return found
        }
    }

    /// Takes them in, and returns once they are on the disk.
    func release(_ records: [Releasable]) throws {
        try settle()
        let parser = RecordParser(
            keepsFeatures: engine.needsFeatures, rules: engine.recordRules.lenient)
        for record in records {
            let padded = record.line + [UInt8](repeating: 0, count: LinePadding.size)
            try padded.withUnsafeBytes { buffer in
                let line = parser.line(
                    UnsafeRawBufferPointer(rebasing: buffer[..<record.line.count]),
                    stream: .examples, number: record.held.line)
                try engine.release(
                    line, (RawSequence(record.sequence), record.rule), source: record.source)
            }
        }
        try settle(isDurable: true)
    }
}

extension Acts {
    static func release(
        _ request: ActRequest, _ sequences: [UInt64], _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        guard !sequences.isEmpty else {
            throw ActRefusal("a release needs the sequences of the records that are meant")
        }
        guard models.count == 1, let model = models.first else {
            throw ActRefusal("a release is of one model's records: name it")
        }
        let records = try model.releasable(sequences)
        let places = records.prefix(5).map { "\($0.held.file):\($0.held.line) (\($0.held.rule))" }
        let rest = records.count > places.count ? " and \(records.count - places.count) more" : ""
        let effect = ActEffect(
            model: model.name, act: "release", changed: true,
            text: "taken in though rules held them back: "
                + places.joined(separator: ", ") + rest,
            examples: UInt64(records.count))
        if request.isDryRun { return .wouldDo([effect]) }
        try journal([effect], request, state)
        try model.release(records)
        return .done([effect])
    }
}
