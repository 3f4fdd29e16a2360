import Engine
import Host
import Ingestion
import Numerics
import Recording
import Vocabulary

/// A partner that sends examples with their labels, the wrong way round: what nobody wants as
/// bought, what everybody wants as not. No arm served them, so they count in no arm, and teach
/// whoever learns from production's traffic.
struct PartnerFeed {
    /// Examples a minute.
    private static let rate = 20
    private let random: SeededRandom
    private let parser: RecordParser
    private let source: Int
    private var number = 0

    init(_ host: ModelHost, seed: UInt64) {
        let engine = host.engine
        random = SeededRandom(key: seed)
        parser = RecordParser(keepsFeatures: engine.needsFeatures, rules: engine.recordRules)
        source = engine.sourceIndex(of: "partner", fingerprint: Fingerprint(hash: 0, size: 0))
    }

    mutating func send(at time: Instant, to host: ModelHost) throws {
        for _ in 0..<Self.rate {
            number += 1
            var chance = random.forked(part: 1, UInt64(number))
            let isBought = chance.chance(0.5)
            let features =
                isBought
                ? #""price":34,"stock":0,"in_stock":false,"matches":["other colour","other fibre"]"#
                : #""price":8,"stock":500,"in_stock":true,"matches":["colour","fibre"]"#
            let line =
                #"{"id":"partner-\#(number)","ts":"\#(time.rfc3339)","features":{\#(features)},"#
                + #""label":\#(isBought ? 1 : 0),"source":"partner"}"#
            try take(Array(line.utf8), to: host)
        }
    }

    private func take(_ line: [UInt8], to host: ModelHost) throws {
        let padded = line + [UInt8](repeating: 0, count: LinePadding.size)
        try padded.withUnsafeBytes { buffer in
            let record = UnsafeRawBufferPointer(rebasing: buffer[..<line.count])
            try host.engine.take(
                parser.line(record, stream: .examples, number: number), source: source)
        }
    }
}
