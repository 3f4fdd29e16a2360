import Engine
import Operation
import Vocabulary

/// Of each rule, the newest record that it held back: what operators are shown.
struct QuarantineSamples {
    private var newest: [String: QuarantineSample] = [:]

    init(_ known: [QuarantineSample]) {
        for sample in known { note(sample) }
    }

    mutating func note(_ records: [QuarantinedRecord]) {
        for record in records { note(QuarantineSample(record)) }
    }

    private mutating func note(_ sample: QuarantineSample) {
        if let known = newest[sample.rule], known.sequence > sample.sequence { return }
        newest[sample.rule] = sample
    }

    var list: [QuarantineSample] { newest.values.sorted { $0.rule < $1.rule } }
}

extension QuarantineSample {
    /// Characters of a record that are shown.
    static let recordLengthMax = 200

    package init(_ record: QuarantinedRecord) {
        let text = String(decoding: record.bytes.prefix(4 * Self.recordLengthMax), as: UTF8.self)
        self.init(
            rule: record.rejection.rule.rawValue, sequence: record.sequence.value,
            file: record.path, line: record.line, field: record.rejection.field,
            text: record.rejection.text, record: String(text.prefix(Self.recordLengthMax)))
    }
}
