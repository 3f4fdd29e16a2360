import Ingestion
import Vocabulary

/// What a parser made of one line, kept beyond the next one.
package struct Reading: Equatable {
    package var outcome: Result<ParsedRecord, Rejection>
    package var features: [Feature]
    package var entry: [UInt8]

    /// A feature that can be compared; numbers by their bits.
    package struct Feature: Hashable {
        package var name: UInt64
        package var bits: UInt64
        package var category: UInt64
        package var isNumber: Bool
    }

    package var isAdmitted: Bool {
        if case .success = outcome { return true }
        return false
    }

    package var rejection: Rejection? {
        if case .failure(let rejection) = outcome { return rejection }
        return nil
    }
}

/// Parses lines from arrays, with any sixteen bytes behind them.
package final class LineParser {
    private let parser: RecordParser

    package init(rules: RecordRules = RecordRules()) {
        parser = RecordParser(keepsFeatures: true, rules: rules)
    }

    /// One that can learn no more ways, so that it reads plain records off them.
    package static func full(
        _ streams: [StreamKind] = [.examples, .labels], rules: RecordRules = RecordRules()
    ) -> LineParser {
        let parser = LineParser(rules: rules.clocks == nil ? rules : rules.lenient)
        let fields = rules.clocks == nil ? ",\"propensity\":1" : ",\"tz\":\"UTC\""
        for stream in streams {
            for way in 0..<5 {
                let features = (0..<240).map { "\"\(way)-\($0)\":1" }.joined(separator: ",")
                let others = features.replacing(":1", with: ":\"x\"")
                _ = parser.read(
                    stream == .examples
                        ? "{\"id\":\"e\",\"ts\":1,\"features\":{\(features)}\(fields)}"
                        : "{\"id\":\"e\",\"ts\":1,\"label\":1,\(others)}", stream)
            }
        }
        return parser
    }

    package func read(
        _ line: [UInt8], _ stream: StreamKind = .examples, tail: UInt8 = 0
    ) -> Reading {
        let padded = line + [UInt8](repeating: tail, count: LinePadding.size)
        let outcome: Result<ParsedRecord, Rejection> = padded.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else {
                return .failure(Rejection(rule: .notAnObject, field: "", text: ""))
            }
            do throws(Rejection) {
                return .success(try parser.parse(base, count: line.count, stream: stream))
            } catch {
                return .failure(error)
            }
        }
        guard case .success = outcome else {
            return Reading(outcome: outcome, features: [], entry: [])
        }
        guard stream == .examples else {
            return Reading(outcome: outcome, features: [], entry: [])
        }
        let features = parser.features.map { feature in
            Reading.Feature(
                name: feature.name, bits: feature.number.bitPattern, category: feature.category,
                isNumber: feature.kind == .number)
        }
        let size = EntryView(UnsafeRawPointer(parser.entry)).size
        let entry = Array(UnsafeRawBufferPointer(start: parser.entry, count: size))
        return Reading(outcome: outcome, features: features, entry: entry)
    }

    package func read(_ line: String, _ stream: StreamKind = .examples) -> Reading {
        read(Array(line.utf8), stream)
    }
}
