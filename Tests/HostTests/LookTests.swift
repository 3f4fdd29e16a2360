import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("Whether anybody looks")
struct LookTests {
    private static let day = Instant(microseconds: 1_767_571_200_000_000)

    private func watcher(_ user: String, since: Instant) -> WatcherReport {
        WatcherReport(user: user, from: "ssh", since: since)
    }

    @Test("Each person's first look of a day is journalled, after ten seconds, and no second one")
    func days() {
        let book = LookBook(nil)
        let ann = watcher("ann", since: Self.day)
        #expect(book.note([ann], at: Self.day + .seconds(9)).isEmpty && book.last == nil)
        let first = book.note([ann], at: Self.day + .seconds(10))
        #expect(first.map(\.by) == ["ann"] && first.first?.act == "look")
        let bob = watcher("bob", since: Self.day + .hours(1))
        let later = Self.day + .hours(2)
        #expect(book.note([ann, bob], at: later).map(\.by) == ["bob"])
        #expect(book.note([], at: later + .hours(1)).isEmpty)
        #expect(book.last == LookReport(by: "bob", at: later))
        // A console that stays attached is looked at on the next day as well.
        #expect(book.note([ann], at: Self.day + .days(1)).map(\.by) == ["ann"])
    }

    @Test("After a restart the last look is known, and not journalled again on the same day")
    func restart() {
        let book = LookBook(LookReport(by: "ann", at: Self.day + .hours(3)))
        let ann = watcher("ann", since: Self.day + .hours(5))
        #expect(book.note([ann], at: Self.day + .hours(6)).isEmpty)
        #expect(book.last?.at == Self.day + .hours(6))
    }

    private func state(_ folder: ScratchFolder, _ key: String) throws -> StateFolder {
        try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: "[models.m]\n\(key)\n", file: "test")
        }
    }

    @Test("A look that is too long ago is an alarm, which says who looked last")
    func longAgo() throws {
        let folder = try ScratchFolder()
        _ = try state(folder, "")
        try SQLite.run(
            folder.path + "/state/journal.sqlite",
            """
            INSERT INTO journal VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM journal),
                '2026-01-05T08:00:00.000000Z', 'engine', 'look', NULL, 'ann', 'ssh', '',
                '\(LookBook.effect)', '')
            """)
        let model = Acts.snapshotAtRest(try state(folder, "look_every = \"2d\"")).models[0]
        let alarm = try #require(model.alarms.first { $0.name == "not_looked_at" })
        #expect(alarm.text.hasPrefix("somebody is to look every 2d"))
        #expect(alarm.text.contains(": ann last did, ") && alarm.severity == .warning)
    }

    @Test("A look of now is no alarm, and without look_every nobody asks")
    func unseen() throws {
        let folder = try ScratchFolder()
        let ann = watcher("ann", since: Self.day)
        for draft in LookBook(nil).note([ann], at: Self.day + .hours(1)) {
            try state(folder, "").journal.append(draft)
        }
        func alarm(_ key: String) throws -> AlarmReport? {
            let model = Acts.snapshotAtRest(try state(folder, key)).models[0]
            return model.alarms.first { $0.name == "not_looked_at" }
        }
        // The journal's clock is the wall's: that look was now.
        #expect(try alarm("look_every = \"1d\"") == nil)
        #expect(try alarm("") == nil)
        let known = Acts.snapshotAtRest(try state(folder, "look_every = \"1d\"")).engine.lastLook
        #expect(known?.by == "ann")
        #expect(throws: ConfigurationFault.self) { try alarm("look_every = \"0s\"") }
    }
}
