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
        #expect(try journal.verify() == 5)
        #expect(try journal.entries(since: nil).map(\.seq) == [1, 2, 3, 4, 5])
        #expect(try journal.tail(2).map(\.reason) == ["r5", "r4"])
        #expect(try journal.entries(since: nil, after: 3).map(\.seq) == [4, 5])
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
