import Operation
import Vocabulary

/// What is known of the journal beyond the newest entries, which come with every snapshot.
package struct JournalView: Equatable, Sendable {
    /// Counts.
    package enum Limits {
        /// Beyond, a search is to be narrowed.
        package static let entryCountMax = 2000
    }

    /// The filter that the entries match.
    var text = ""
    /// Newest first.
    var entries: [JournalEntry] = []
    /// nil before the first look.
    var looked: Looked?
    /// Of the page that was asked for.
    var asked: Int?
    var fault: String?

    /// All entries from one number to another have been looked at.
    struct Looked: Equatable, Sendable {
        var reached: Int
        var newest: Int
    }

    /// Whether there is nothing more to be found.
    var isOver: Bool { looked?.reached ?? 2 <= 1 || isFull || fault != nil }

    var isFull: Bool { entries.count >= Limits.entryCountMax }
}

extension ViewState {
    /// The newest entries that match the filter, and older ones as far as they have come.
    package func shownEntries(_ link: LinkView) -> [JournalEntry] {
        let text = filters[Screen.journal.rawValue].text
        let newest = shown(link)?.journal ?? []
        let matching = newest.filter { Self.matches($0, text) }
        guard journal.text == text, let looked = journal.looked, let oldest = newest.last?.seq,
            // Else entries between the two are not known.
            oldest <= looked.newest + 1
        else { return matching }
        return matching + journal.entries.drop { $0.seq >= oldest }
    }

    private static func matches(_ entry: JournalEntry, _ text: String) -> Bool {
        matches(
            [
                entry.kind.rawValue, entry.act ?? "", entry.model?.text ?? "", entry.by,
                entry.reason, entry.effect,
            ], text)
    }

    /// Asks for older entries while fewer than a page lie below the one selected.
    mutating func lookBack(at moment: ConsoleMoment) -> [ConsoleAction] {
        guard screen == .journal, let newest = shown(moment.link)?.journal, !newest.isEmpty else {
            return []
        }
        keepEntries(newest)
        guard !journal.isOver, journal.asked == nil, let looked = journal.looked else { return [] }
        let shown = shownEntries(moment.link)
        let selected = shown.firstIndex { $0.seq == selectedEntry } ?? 0
        guard shown.count - 1 - selected < max(10, moment.size.height / 2) else { return [] }
        let token = takeToken()
        journal.asked = token
        return [
            .readJournal(
                token: token, JournalQuery(text: journal.text, before: looked.reached))
        ]
    }

    /// Entries that have come since stay known when newer ones push them out of the snapshot.
    private mutating func keepEntries(_ newest: [JournalEntry]) {
        let text = filters[Screen.journal.rawValue].text
        guard let first = newest.first?.seq, let last = newest.last?.seq else { return }
        let isWhole = journal.looked.map { last <= $0.newest + 1 } ?? false
        guard journal.text == text, isWhole, let looked = journal.looked else {
            journal = JournalView()
            journal.text = text
            journal.entries = newest.filter { Self.matches($0, text) }
            journal.looked = JournalView.Looked(reached: last, newest: first)
            return
        }
        let more = newest.filter { $0.seq > looked.newest && Self.matches($0, text) }
        journal.entries.insert(contentsOf: more, at: 0)
        journal.looked?.newest = max(first, looked.newest)
    }

    mutating func takePage(_ token: Int, _ page: JournalPage) {
        guard journal.asked == token, let looked = journal.looked else { return }
        journal.asked = nil
        journal.fault = page.fault
        guard page.fault == nil else { return }
        journal.entries += page.entries
        // A page that gets no further would be asked for again and again.
        journal.looked?.reached = page.reached < looked.reached ? page.reached : 1
    }

    /// How far back a search has come, behind the count of what matches.
    var searchText: String {
        guard journal.text == filter else { return "" }
        if let fault = journal.fault { return "; older ones cannot be read: \(fault)" }
        if journal.isFull { return "; narrow the text for older ones" }
        guard let looked = journal.looked else { return "" }
        if looked.reached <= 1 { return " in all" }
        let back = "back to entry \(Figure.grouped(looked.reached))"
        return journal.asked == nil ? " \(back)" : ", looking further, \(back)"
    }
}
