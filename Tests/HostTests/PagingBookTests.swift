import Foundation
import Host
import Monitoring
import Operation
import Paging
import Testing
import Vocabulary
import World

@Suite("The memory of who was told")
struct PagingBookTests {
    private static let shop = ["shop"].compactMap { ModelName($0) }[0]
    private static let start = Instant(microseconds: 1_790_000_000_000_000)

    private static var policy: EscalationPolicy {
        var policy = EscalationPolicy()
        policy.receivers = ["pager": Receiver(kind: .program(path: "/bin/true"))]
        policy.steps = ["pager"]
        return policy
    }

    private static var alarms: [(ModelName, AlarmReport)] {
        let alarm = AlarmReport(
            id: "shop-1", name: "volume_low", text: "few", since: start, severity: .critical,
            owner: "team")
        return [(shop, alarm)]
    }

    private func due(_ book: PagingBook, at now: Instant = start) -> [String] {
        book.due(at: now).map(\.notification.kind.rawValue)
    }

    @Test("What is to be sent is there after a restart, and once it was sent it is not")
    func remembers() throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/paging.json"
        let book = try PagingBook(path, policy: Self.policy, disk: LocalDisk())
        #expect(book.look(at: Self.alarms, now: Self.start).fault == nil)
        #expect(due(book) == ["raised"])
        let again = try PagingBook(path, policy: Self.policy, disk: LocalDisk())
        #expect(due(again) == ["raised"])
        let id = try #require(again.due(at: Self.start).first).notification.id
        #expect(again.delivered(id) == nil)
        let third = try PagingBook(path, policy: Self.policy, disk: LocalDisk())
        #expect(due(third).isEmpty)
        // A deadline that passed meanwhile is told once.
        let late = Self.start + .hours(1)
        _ = third.look(at: Self.alarms, now: late)
        #expect(due(third, at: late) == ["escalated"])
    }

    @Test("A full disk keeps nobody from being told, and a change from being made")
    func goesOn() throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/paging.json"
        let disk = FailingDisk(atCall: 1)
        let book = try PagingBook(path, policy: Self.policy, disk: disk)
        #expect(book.look(at: Self.alarms, now: Self.start).fault != nil)
        #expect(due(book) == ["raised"])
        // There is room again: what was not kept is kept with the next look.
        #expect(book.look(at: Self.alarms, now: Self.start).fault == nil)
        let full = try PagingBook(
            folder.path + "/gone/paging.json", policy: Self.policy, disk: LocalDisk())
        _ = full.look(at: Self.alarms, now: Self.start)
        #expect(throws: DiskFault.self) {
            try full.change(isDryRun: false) { desk in
                desk.acknowledge(
                    nil, of: Self.shop, by: "dana", reason: "mine", at: Self.start,
                    policy: Self.policy)
            }
        }
        #expect(full.state(of: Self.alarms[0].1, in: Self.shop)?.acknowledgement == nil)
    }

    @Test("A file that cannot be read is put aside, and all that is open is told anew")
    func putsAside() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("paging.json", "{\"desk\":")
        let book = try PagingBook(path, policy: Self.policy, disk: LocalDisk())
        #expect(book.fault?.contains("paging.json") == true)
        #expect(FileManager.default.fileExists(atPath: path + ".unreadable"))
        _ = book.look(at: Self.alarms, now: Self.start)
        #expect(due(book) == ["raised"])
    }

    @Test("Attempts come ever later, and a message is given up after a day, in words")
    func givesUp() throws {
        let folder = try ScratchFolder()
        let book = try PagingBook(
            folder.path + "/paging.json", policy: Self.policy, disk: LocalDisk())
        _ = book.look(at: Self.alarms, now: Self.start)
        let id = try #require(book.due(at: Self.start).first).notification.id
        #expect(book.failed(id, because: "no way", at: Self.start).isEmpty)
        #expect(due(book).isEmpty && due(book, at: Self.start + .seconds(2)) == ["raised"])
        for _ in 0..<20 { _ = book.failed(id, because: "no way", at: Self.start) }
        #expect(due(book, at: Self.start + .seconds(299)).isEmpty)
        let entries = book.failed(id, because: "no way", at: Self.start + .hours(24))
        #expect(entries.map(\.act) == ["undelivered"])
        #expect(due(book, at: Self.start + .hours(48)).isEmpty)
    }

    @Test("Every alarm that paging speaks of is one that can be raised")
    func knowsTheNames() {
        let known = Set(AlarmName.allCases.map(\.rawValue)).union(AlarmCatalogue.ofPagers)
        #expect(AlarmCatalogue.names.subtracting(known).isEmpty)
    }
}
