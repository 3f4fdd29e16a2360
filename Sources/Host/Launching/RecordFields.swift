import Foundation
import Numerics
import Vocabulary

/// One line of a stream with all of its fields, for those who look at it beside the data's way.
struct RecordFields {
    private let fields: [String: Any]

    /// Nil for what is no JSON object.
    init?(_ line: UnsafeRawBufferPointer) {
        do {
            let object = try JSONSerialization.jsonObject(with: Foundation.Data(line))
            guard let fields = object as? [String: Any] else { return nil }
            self.fields = fields
        } catch {
            return nil
        }
    }

    var id: UInt64? { text("id").map(FeatureHash.id) }

    var time: Instant? { time("ts") }
    var heartbeat: Instant? { time("heartbeat") }

    /// The hash of what arms are assigned by: `unit`, else `source`, else `id`.
    var unit: UInt64? { (text("unit") ?? text("source") ?? text("id")).map(FeatureHash.tag) }

    func text(_ name: String) -> String? { fields[name] as? String }

    func number(_ name: String) -> Double? { (fields[name] as? NSNumber)?.doubleValue }

    private func time(_ name: String) -> Instant? {
        if let text = text(name) { return Instant(rfc3339: text) }
        return number(name).map { Instant(microseconds: Int64(($0 * 1e6).rounded())) }
    }
}
