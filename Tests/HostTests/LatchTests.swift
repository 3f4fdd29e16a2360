import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("The latch")
struct LatchTests {
    let models = ["a", "b"].compactMap { ModelName($0) }
    let actor = Actor(user: "eve", from: "tty")
    let now = Instant(microseconds: 1_000_000)

    @Test("What was stopped is stopped after a restart, with who and why")
    func outlivesTheProcess() throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/latch"
        let first = try Latch(path, models: models, world: .local)
        let changed = first.hold(.model(models[0]), by: actor, reason: "smoke", at: now)
        try first.save()
        #expect(changed == [models[0]])
        let second = try Latch(path, models: models, world: .local)
        let hold = try #require(second.hold(of: models[0]))
        #expect(hold == Hold(by: "eve", from: "tty", reason: "smoke", since: now))
        #expect(second.hold(of: models[1]) == nil)
        #expect(try second.release(.all, at: now) == [models[0]])
        #expect(try !Latch(path, models: models, world: .local).isAnyHeld)
    }

    @Test("Stopping twice keeps the first holder")
    func isIdempotent() throws {
        let folder = try ScratchFolder()
        let latch = try Latch(folder.path + "/latch", models: models, world: .local)
        #expect(latch.hold(.all, by: actor, reason: "one", at: now) == models)
        #expect(latch.hold(.all, by: actor, reason: "two", at: now).isEmpty)
        #expect(latch.hold(of: models[1])?.reason == "one")
    }

    @Test("A torn write leaves the latch as it was before")
    func survivesATornWrite() throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/latch"
        let latch = try Latch(path, models: models, world: .local)
        _ = latch.hold(.all, by: actor, reason: "one", at: now)
        try latch.save()
        _ = try latch.release(.all, at: now)
        // Two writes when made, one for the hold, one for the release: the release lies in the
        // first slot.
        try folder.flipBit(8 * 20, of: path)
        #expect(try Latch(path, models: models, world: .local).hold(of: models[0])?.reason == "one")
    }

    @Test("A latch that cannot be read holds everything")
    func holdsWhenUnreadable() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("latch", String(repeating: "x", count: 200_000))
        let latch = try Latch(path, models: models, world: .local)
        #expect(models.allSatisfy { latch.hold(of: $0) != nil })
    }
}
