import Foundation
import GRDB
import Operation

extension Journal {
    /// One page, which looks at a bounded number of entries: whoever appends waits for it.
    package func search(_ query: JournalQuery) throws -> JournalPage {
        let before = min(query.before, (try tail(1).first?.seq ?? 0) + 1)
        let low = max(1, before - JournalQuery.Limits.scanCount)
        guard before > low else { return JournalPage(entries: [], reached: 1) }
        let columns = ["kind", "act", "model", "\"by\"", "reason", "effect"]
        let matches = columns.map { "\($0) LIKE ?3 ESCAPE '\\'" }.joined(separator: " OR ")
        let entries = try read(
            "SELECT * FROM journal WHERE seq < ?1 AND seq >= ?2 AND (\(matches)) "
                + "ORDER BY seq DESC LIMIT ?4",
            [before, low, Self.pattern(query.text), JournalQuery.Limits.entryCountMax])
        let isFull = entries.count == JournalQuery.Limits.entryCountMax
        return JournalPage(entries: entries, reached: isFull ? entries.last?.seq ?? low : low)
    }

    /// What contains a text, every letter of which stands for itself.
    private static func pattern(_ text: String) -> String {
        let plain = text.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }
        return "%\(plain.joined())%"
    }
}

extension JournalQuery {
    /// Reads the body of a request; throws what is wrong with it.
    init(body: [UInt8]) throws {
        do {
            self = try JSON.decode(JournalQuery.self, from: Foundation.Data(body))
        } catch {
            throw ActRefusal("expected {\"text\":\"…\",\"before\":N}")
        }
    }
}
