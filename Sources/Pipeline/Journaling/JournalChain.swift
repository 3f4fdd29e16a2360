import Numerics
import Vocabulary

/// The hash chain of the journal: each entry's digest covers its fields and the digest before.
///
/// The bytes under the digest: the previous digest in hex (empty for the first entry), then
/// each field as `name=length:text`, in the order given here; so no two different entries
/// have the same bytes.
package enum JournalChain {
    /// The fields of one entry as text.
    package struct Fields: Sendable, Equatable {
        package var seq: String
        package var ts: String
        package var kind: String
        package var act: String
        package var model: String
        package var by: String
        package var from: String
        package var reason: String
        package var effect: String

        package init(
            seq: String, ts: String, kind: String, act: String, model: String, by: String,
            from: String, reason: String, effect: String
        ) {
            self.seq = seq
            self.ts = ts
            self.kind = kind
            self.act = act
            self.model = model
            self.by = by
            self.from = from
            self.reason = reason
            self.effect = effect
        }
    }

    package static func digest(after previous: String, _ fields: Fields) -> String {
        var hash = SHA256()
        hash.update(Array(previous.utf8))
        let named = [
            ("seq", fields.seq), ("ts", fields.ts), ("kind", fields.kind), ("act", fields.act),
            ("model", fields.model), ("by", fields.by), ("from", fields.from),
            ("reason", fields.reason), ("effect", fields.effect),
        ]
        for (name, text) in named {
            hash.update(Array("\(name)=\(text.utf8.count):\(text)".utf8))
        }
        return hash.finish().hex
    }
}
