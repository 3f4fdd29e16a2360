import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("The journal")
struct JournalTests {
    private func filled(_ folder: ScratchFolder) throws -> String {
        let path = folder.path + "/journal.sqlite"
        let journal = try Journal(path)
        for number in 1...5 {
            try journal.append(
                JournalDraft(
                    kind: .act, act: "stop", model: ModelName("m"), by: "eve", from: "tty",
                    reason: "r\(number)", effect: "e"))
        }
        return path
    }

    @Test("Entries count from 1, and each follows from the one before")
    func chains() throws {
        let folder = try ScratchFolder()
        let journal = try Journal(try filled(folder))
        #expect(try journal.verify().count == 5)
        #expect(try journal.entries(since: nil).map(\.seq) == [1, 2, 3, 4, 5])
        #expect(try journal.tail(2).map(\.reason) == ["r5", "r4"])
        #expect(try journal.entries(since: nil, after: 3).map(\.seq) == [4, 5])
    }

    @Test("A search finds what a column contains, page by page, and takes its text by the letter")
    func searches() throws {
        let folder = try ScratchFolder()
        let path = try filled(folder)
        let journal = try Journal(path)
        func found(_ text: String, before: Int = .max) throws -> [Int] {
            try journal.search(JournalQuery(text: text, before: before)).entries.map(\.seq)
        }
        let effects = ["50% off", "5_6", "back\\slash", "ÄRGER"]
        for effect in effects {
            try journal.append(JournalDraft(kind: .engine, effect: effect))
        }
        #expect(try found("R3") == [3])
        #expect(try found("%") == [6] && found("_") == [7] && found("\\") == [8])
        #expect(try found("ärger") == [] && found("ÄRGER") == [9])
        #expect(try found("ENGINE") == [9, 8, 7, 6])
        #expect(try found("", before: 3) == [2, 1])
        #expect(try journal.search(JournalQuery(text: "", before: 3)).reached == 1)
        // Pages are bounded by what they look at, and by what they give.
        try SQLite.run(
            path,
            "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
                + "INSERT INTO journal SELECT i, '2026-01-01T00:00:00Z', 'engine', NULL, NULL, "
                + "'b', 'f', '', 'e' || i, '' FROM n")
        let page = try journal.search(JournalQuery(text: "e123", before: 50_001))
        #expect(page.entries.isEmpty && page.reached == 30_001)
        let full = try journal.search(JournalQuery(text: "e", before: 50_001))
        #expect(full.entries.count == 100 && full.reached == 49_901)
    }

    @Test("A changed field breaks the chain at its entry, which is named")
    func findsAChange() throws {
        let folder = try ScratchFolder()
        let path = try filled(folder)
        try SQLite.run(path, "DROP TRIGGER journal_no_update")
        try SQLite.run(path, "UPDATE journal SET reason = 'nothing' WHERE seq = 3")
        let broken = #expect(throws: BrokenChain.self) { try Journal(path).verify() }
        #expect(broken?.seq == 3)
    }

    @Test("Entries that are cut off at the end are missed, also once others follow")
    func findsACut() throws {
        let folder = try ScratchFolder()
        let path = try filled(folder)
        let head = folder.path + "/journal.head"
        let kept = try Data(contentsOf: URL(fileURLWithPath: head))
        #expect(try Journal(path).verify().isEndKnown)
        try SQLite.run(path, "DROP TRIGGER journal_no_delete; DELETE FROM journal WHERE seq > 3")
        let missing = #expect(throws: BrokenChain.self) { try Journal(path).verify() }
        #expect(missing?.seq == 4)
        #expect("\(try #require(missing))".contains("there were 5 entries"))
        let journal = try Journal(path)
        for number in 1...4 {
            try journal.append(JournalDraft(kind: .engine, effect: "n\(number)"))
            let broken = #expect(throws: BrokenChain.self) { try journal.verify() }
            #expect(broken?.seq == 5)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: head)) == kept)
    }

    @Test("What a power failure left of the journal's head is no false alarm")
    func headBehind() throws {
        let folder = try ScratchFolder()
        let path = try filled(folder)
        let head = URL(fileURLWithPath: folder.path + "/journal.head")
        let older = try Data(contentsOf: head)
        let journal = try Journal(path)
        try journal.append(JournalDraft(kind: .engine, effect: "e"))
        let whole = try Data(contentsOf: head)
        #expect(older != whole)
        // Older than the journal; partly written; empty; not there at all.
        for (bytes, isKnown) in [
            (older, true), (older.prefix(40) + whole.suffix(40), false), (Data(), false),
            (nil, false),
        ] {
            try FileManager.default.removeItem(at: head)
            try bytes?.write(to: head)
            let verdict = try journal.verify()
            #expect(verdict.count == 6 && verdict.isEndKnown == isKnown)
            if bytes == nil { break }
        }
        // The next entry says it again.
        try journal.append(JournalDraft(kind: .engine, effect: "e"))
        #expect(try journal.verify().isEndKnown)
    }

    @Test("Alarms that are written down move the journal's head, too")
    func headOfAlarms() throws {
        let folder = try ScratchFolder()
        let journal = try Journal(try filled(folder))
        let alarm = AlarmReport(
            id: "m-1", name: "n", text: "t", since: Instant(microseconds: 0), severity: .warning,
            owner: "o")
        let model = try #require(ModelName("m"))
        try journal.tell([AlarmNotice(isRaised: true, alarm: alarm, at: alarm.since)], of: model)
        try SQLite.run(
            folder.path + "/journal.sqlite",
            "DROP TRIGGER journal_no_delete; DELETE FROM journal WHERE seq = 6")
        let broken = #expect(throws: BrokenChain.self) { try journal.verify() }
        #expect(broken?.seq == 6)
    }

    @Test("An entry that was taken out is missed, by its number")
    func findsARemoval() throws {
        let folder = try ScratchFolder()
        let path = try filled(folder)
        try SQLite.run(path, "DROP TRIGGER journal_no_delete")
        try SQLite.run(path, "DELETE FROM journal WHERE seq = 2")
        let broken = #expect(throws: BrokenChain.self) { try Journal(path).verify() }
        #expect(broken?.seq == 2)
    }

    @Test("A column that cannot be read breaks the chain, and nothing traps")
    func findsNothingWhereATextBelongs() throws {
        let folder = try ScratchFolder()
        let path = try filled(folder)
        try SQLite.run(path, "DROP TRIGGER journal_no_update")
        try SQLite.run(path, "UPDATE journal SET ts = X'00FF', kind = 7 WHERE seq = 4")
        let broken = #expect(throws: BrokenChain.self) { try Journal(path).verify() }
        #expect(broken?.seq == 4)
    }

    @Test("The database itself refuses to change an entry or take one out")
    func isAppendOnly() throws {
        let folder = try ScratchFolder()
        let path = try filled(folder)
        #expect(throws: (any Error).self) { try SQLite.run(path, "DELETE FROM journal") }
        #expect(throws: (any Error).self) { try SQLite.run(path, "UPDATE journal SET act = ''") }
    }
}
