import Engine
import Foundation
import Host
import Monitoring
import Operation
import Serving
import Testing
import Vocabulary
import World

@Suite("The fallback chain", .serialized)
struct FallbackTests {
    private let body = Array(
        #"{"instances":[{"product":"alpaca","price":7.5},{"product":"wool","@id":"mine"}]}"#.utf8)

    private func tiers(_ desk: ModelDesk) throws -> [ServingTier] {
        try Predictor().predict(body, at: desk).tiers
    }

    @Test(
        "Switched by hand it answers the next request, back the one after, and outlives a restart")
    func byHand() throws {
        let folder = try ScratchFolder()
        var shop: ShopDay? = try ShopDay(in: folder)
        try shop?.playUntilServed()
        do {
            let shop = try #require(shop)
            let desk = shop.model.desk
            #expect(try tiers(desk).allSatisfy { $0 == .model })
            shop.perform(.fallback(isOn: true, tier: nil))
            #expect(try tiers(desk).allSatisfy { $0 == .table })
            #expect(shop.model.servingReport().mode == .fallback)
            #expect(shop.model.servingReport().fallback?.by == "tester")
            #expect(try shop.journal(5).contains { $0.act == "fallback" && $0.by == "tester" })
            shop.perform(.fallback(isOn: true, tier: .constant))
            #expect(try tiers(desk).allSatisfy { $0 == .constant })
            try shop.leave()
        }
        shop = nil
        let again = try ShopDay(in: folder)
        #expect(try tiers(again.model.desk).allSatisfy { $0 == .constant })
        again.perform(.fallback(isOn: false, tier: nil))
        #expect(try tiers(again.model.desk).allSatisfy { $0 == .model })
    }

    @Test("With every checkpoint broken the table answers, without it the constant")
    func corrupt() throws {
        let folder = try ScratchFolder()
        var shop: ShopDay? = try ShopDay(in: folder)
        try shop?.playUntilServed()
        try shop?.leave()
        shop = nil
        let model = folder.path + "/state/models/shop"
        for name in try FileManager.default.contentsOfDirectory(atPath: model + "/checkpoints")
        where name.hasSuffix(".spindle") {
            try folder.flipBit(8 * 200, of: "\(model)/checkpoints/\(name)")
        }
        let again = try ShopDay(in: folder)
        #expect(again.serving == nil)
        #expect(try tiers(again.model.desk).allSatisfy { $0 == .table })
        #expect(again.model.servingReport().tier == .table)
        try FileManager.default.removeItem(atPath: model + "/fallback/table.json")
        again.model.desk.testTiers()
        #expect(try tiers(again.model.desk).allSatisfy { $0 == .constant })
        let table = again.model.servingReport().tiers.first { $0.tier == .table }
        #expect(table?.text.contains("the file is gone") == true)
    }

    @Test("A fallback that lasts beyond its limit is a critical alarm, with what it costs")
    func tooLong() throws {
        let shop = try ShopDay(changes: [
            ("feature = \"product\"", "feature = \"product\"\nlimit = \"0s\"")
        ])
        try shop.playUntilServed()
        shop.perform(.fallback(isOn: true, tier: .table))
        try shop.play(minutes: 30) { shop in
            shop.model.engine.alarms.open.contains { $0.name == .fallbackTooLong }
        }
        #expect(shop.model.servingReport().fallback?.qualityGap != nil)
        shop.perform(.fallback(isOn: false, tier: nil))
        try shop.play(minutes: 30) { shop in
            !shop.model.engine.alarms.open.contains { $0.name == .fallbackTooLong }
        }
    }

    @Test("What was predicted is what training sees, and its label is counted for its checkpoint")
    func noSkew() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        let reply = try Predictor().predict(body, at: shop.model.desk)
        #expect(reply.isLogged)
        #expect(String(decoding: reply.ids[1], as: UTF8.self) == "\"mine\"")
        let feed = RequestFeed(shop.model)
        let before = shop.model.engine.counts.examples
        _ = try feed.pump()
        #expect(shop.model.engine.counts.examples == before + 2)
        #expect(shop.model.skewCount == 0)
    }
}
