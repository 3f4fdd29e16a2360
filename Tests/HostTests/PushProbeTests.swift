import Engine
import Foundation
import Host
import Monitoring
import Operation
import Serving
import Testing
import Vocabulary

/// Whole shops, so one at a time.
@Suite("Probes of pushes", .serialized)
struct PushProbeTests {
    private func fault(_ shop: ShopDay) -> String? {
        shop.model.engine.alarms.open.first { $0.name == .pushProbeFailed }?.text
    }

    /// Probes now, and looks until what came of it is told.
    private func probe(_ shop: ShopDay, until isSo: (String?) -> Bool) throws {
        shop.model.beginProbe()
        try shop.play(minutes: 60) { isSo(fault($0)) }
    }

    private func entries(_ shop: ShopDay) throws -> [JournalEntry] {
        try shop.journal().filter { $0.kind == .push && $0.effect.contains("probe") }
    }

    /// A shop that serves, and whose candidates wait.
    private func heldShop() throws -> ShopDay {
        let shop = try ShopDay()
        try shop.playUntilServed()
        shop.perform(.hold(isOn: true))
        // The first probe began with the serving; what came of it is taken note of here.
        try shop.play(minutes: 2)
        return shop
    }

    private func probeFolder(_ shop: ShopDay) -> String {
        shop.folder.path + "/state/models/shop/probe"
    }

    @Test("A sound one says nothing, leaves nothing and gets no traffic")
    func sound() throws {
        let shop = try heldShop()
        let plan = shop.model.desk.current
        shop.model.beginProbe()
        try shop.play(minutes: 60)
        #expect(fault(shop) == nil)
        #expect(try entries(shop).isEmpty)
        #expect(shop.serving == plan.stable?.checkpoint && shop.model.desk.current.canary == nil)
        #expect(shop.model.desk.current.lastGood?.checkpoint == plan.lastGood?.checkpoint)
        #expect(try FileManager.default.contentsOfDirectory(atPath: probeFolder(shop)).isEmpty)
    }

    @Test("A push that does nothing is found though no candidate comes, and is over once mended")
    func doesNothing() throws {
        let shop = try heldShop()
        let serving = shop.serving
        shop.perform(.inject(.pushNoop, isOn: true))
        try probe(shop) { $0?.contains("would serve") == true }
        let alarm = shop.model.engine.alarms.open.first { $0.name == .pushProbeFailed }
        #expect(alarm?.name.severity == .critical)
        #expect(try entries(shop).count == 1)
        #expect(shop.serving == serving)
        shop.perform(.inject(.pushNoop, isOn: false))
        try probe(shop) { $0 == nil }
        #expect(try entries(shop).count == 1)
    }

    @Test("What cannot be written, or read back, is found and says where")
    func disk() throws {
        let shop = try heldShop()
        let folder = probeFolder(shop)
        try FileManager.default.removeItem(atPath: folder)
        try Data("in the way".utf8).write(to: URL(fileURLWithPath: folder))
        try probe(shop) { $0?.contains("probe/") == true }
        try FileManager.default.removeItem(atPath: folder)
        try probe(shop) { $0 == nil }
        let served = try #require(shop.serving)
        let file = shop.folder.path + "/state/models/shop/checkpoints/\(served).spindle"
        try shop.folder.flipBit(8 * 1000, of: file)
        try probe(shop) { $0?.contains("does not match its checksum") == true }
        #expect(shop.serving == served)
    }
}
