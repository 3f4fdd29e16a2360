import Numerics
import Vocabulary

/// Counts of records as they came in, before the join.
package struct IngestCounts: Sendable, Equatable {
    /// Every non-empty line of the examples stream.
    package var examples = 0
    /// Every non-empty line of the label stream but heartbeats.
    package var labels = 0
    package var heartbeats = 0
    package var quarantinedExamples = 0
    package var quarantinedLabels = 0
    package var quarantinedRules: [AdmissionRule: Int] = [:]

    package init() {}

    /// A record that goes to quarantine.
    mutating func hold(_ stream: StreamKind, by rule: AdmissionRule) {
        switch stream {
        case .examples:
            examples += 1
            quarantinedExamples += 1
        case .labels:
            labels += 1
            quarantinedLabels += 1
        }
        quarantinedRules[rule, default: 0] += 1
    }

    /// An example that a rule held back is no longer in quarantine.
    mutating func release(_ rule: AdmissionRule) {
        quarantinedExamples -= 1
        quarantinedRules[rule, default: 0] -= 1
        if quarantinedRules[rule] == 0 { quarantinedRules[rule] = nil }
    }

    package func encode(into writer: inout ByteWriter) {
        for count in [examples, labels, heartbeats, quarantinedExamples, quarantinedLabels] {
            writer.write(Int64(count))
        }
        writer.write(UInt32(AdmissionRule.allCases.count))
        for rule in AdmissionRule.allCases {
            writer.write(Int64(quarantinedRules[rule] ?? 0))
        }
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        examples = Int(try reader.read(Int64.self))
        labels = Int(try reader.read(Int64.self))
        heartbeats = Int(try reader.read(Int64.self))
        quarantinedExamples = Int(try reader.read(Int64.self))
        quarantinedLabels = Int(try reader.read(Int64.self))
        let ruleCount = Int(try reader.read(UInt32.self))
        for index in 0..<ruleCount {
            let count = Int(try reader.read(Int64.self))
            guard count > 0, index < AdmissionRule.allCases.count else { continue }
            quarantinedRules[AdmissionRule.allCases[index]] = count
        }
    }
}

/// Where a record lies in the raw log, and the index of its source.
struct RecordPlace {
    var sequence: UInt64
    var offset: UInt64
    var source: Int
}
