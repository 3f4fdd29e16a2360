import Serving
import Vocabulary

/// The answer to a request for predictions, as JSON.
///
///     {"predictions":[0.25],"ids":["q1"],"arms":["B"],"checkpoint":"shop-000012",
///      "checkpoints":["shop-000012"],"tiers":["model"],"logged":true}
enum PredictionText {
    static func bytes(of reply: Predictor.Reply) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(128 + 100 * reply.predictions.count)
        text.appendText("{\"predictions\":[")
        list(reply.predictions, &text) { $1.append(contentsOf: "\($0)".utf8) }
        text.appendText("],\"ids\":[")
        list(reply.ids, &text) { $1.append(contentsOf: $0) }
        text.appendText("],\"arms\":[")
        list(reply.arms, &text) { arm, text in
            text.append(UInt8(ascii: "\""))
            text.append(contentsOf: arm.text.utf8)
            text.append(UInt8(ascii: "\""))
        }
        text.appendText("],\"checkpoint\":")
        write(mostCommon(reply.checkpoints), &text)
        text.appendText(",\"checkpoints\":[")
        list(reply.checkpoints, &text, write)
        text.appendText("],\"tiers\":[")
        list(reply.tiers, &text) { tier, text in
            text.append(UInt8(ascii: "\""))
            text.append(contentsOf: tier.rawValue.utf8)
            text.append(UInt8(ascii: "\""))
        }
        text.appendText("],\"logged\":")
        text.appendText(reply.isLogged ? "true" : "false")
        text.appendText("}\n")
        return text
    }

    private static func write(_ checkpoint: CheckpointID?, _ text: inout [UInt8]) {
        guard let checkpoint else { return text.appendText("null") }
        text.append(UInt8(ascii: "\""))
        text.append(contentsOf: checkpoint.description.utf8)
        text.append(UInt8(ascii: "\""))
    }

    private static func list<Item>(
        _ items: [Item], _ text: inout [UInt8], _ write: (Item, inout [UInt8]) -> Void
    ) {
        for (index, item) in items.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            write(item, &text)
        }
    }

    /// The one that answered the most instances; of several, the one that answered first.
    static func mostCommon(_ checkpoints: [CheckpointID?]) -> CheckpointID? {
        guard let first = checkpoints.first else { return nil }
        if checkpoints.allSatisfy({ $0 == first }) { return first }
        var counts: [CheckpointID?: Int] = [:]
        for checkpoint in checkpoints { counts[checkpoint, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        return checkpoints.first { counts[$0] == most } ?? nil
    }
}
