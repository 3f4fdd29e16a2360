import Engine
import Foundation
import Host
import Operation
import Testing
import Validation
import Vocabulary
import World

@Suite("The gate on disk", .serialized)
struct GateTests {
    private func order(_ shop: ShopDay, _ id: CheckpointID) -> GateOrder {
        let folder = shop.folder.path + "/state/models/shop"
        var order = GateOrder(
            candidate: "\(folder)/checkpoints/\(id).spindle", folder: folder,
            settings: shop.model.engine.settings.gate)
        order.reference = order.candidate
        return order
    }

    private func verdict(_ order: GateOrder) -> (Verdict, [String]) {
        let checks = GateRun.judge(order, disk: LocalDisk()).checks
        return (GateCheck.verdict(of: checks), GateCheck.reasons(of: checks))
    }

    @Test("A golden set that is missing, empty, of one class or broken lets nothing pass")
    func golden() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        let order = order(shop, try #require(shop.serving))
        #expect(verdict(order).0 == .passed, "\(verdict(order).1)")
        let path = order.folder + "/golden.jsonl"
        let rows = try String(contentsOfFile: path, encoding: .utf8)
            .split(separator: "\n").map(String.init)
        func expect(_ text: String?, _ reason: String) throws {
            if let text {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            } else {
                try FileManager.default.removeItem(atPath: path)
            }
            let (found, reasons) = verdict(order)
            #expect(found == .inconclusive)
            #expect(reasons.joined().contains(reason), "\(reasons)")
        }
        try expect("", "the golden set is empty")
        try expect("\n\n", "the golden set is empty")
        let negatives = rows.filter { $0.contains("\"label\":0.0") }
        try expect(negatives.joined(separator: "\n"), "of one class")
        try expect(rows.prefix(60).joined(separator: "\n"), "golden set is")
        var broken = rows
        broken[16] = "{\"id\":"
        try expect(broken.joined(separator: "\n"), "golden.jsonl:17")
        broken[16] = rows[16].replacingOccurrences(of: "\"label\"", with: "\"lable\"")
        try expect(broken.joined(separator: "\n"), "golden.jsonl:17: label")
        broken[16] = "\u{1}x"
        try expect(broken.joined(separator: "\n"), "golden.jsonl:17")
        try expect(nil, "there is no golden set")
    }

    @Test("Any flipped bit of the file fails it, and names the file")
    func bits() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        let order = order(shop, try #require(shop.serving))
        let size = try Data(contentsOf: URL(fileURLWithPath: order.candidate)).count
        var bit = 3
        while bit < size * 8 {
            try shop.folder.flipBit(bit, of: order.candidate)
            let (found, reasons) = verdict(order)
            #expect(found == .failed, "bit \(bit)")
            #expect(reasons.first?.contains(order.candidate) == true)
            try shop.folder.flipBit(bit, of: order.candidate)
            bit += size / 2 + 8 * 911
        }
        #expect(verdict(order).0 == .passed)
    }
}
