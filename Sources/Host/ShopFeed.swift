import Engine
import Ingestion
import Learning
import Monitoring
import Numerics
import Recording
import Shop
import Vocabulary
import World

/// The yarn shop as a feed: plays event time minute by minute, at a speed, and asks the served
/// model what to show.
///
/// Within a minute one checkpoint serves; pushes fall between minutes. So what the shop does
/// depends on its seed and the model alone, not on how fast it is played.
package final class ShopFeed: Feed {
    private let host: ModelHost
    private let settings: ShopFeedSettings
    private let statePath: String
    private var shop: YarnShop
    private let parser = RecordParser()
    private let lineParser: RecordParser
    private let source: Int
    private var lineNumber: Int
    /// The wall time at which the shop was at `anchorTime`.
    private var anchor: Span
    private var anchorTime: Instant

    package init(_ host: ModelHost, settings: ShopFeedSettings, statePath: String) throws {
        self.host = host
        self.settings = settings
        self.statePath = statePath
        if Disk.exists(statePath) {
            shop = try YarnShop(
                restoring: try Disk.read(statePath), settings: settings.shop)
        } else {
            shop = YarnShop(settings: settings.shop)
        }
        let engine = host.engine
        lineParser = RecordParser(keepsFeatures: engine.needsFeatures)
        if let newest = engine.clock.newestOfAll, newest > shop.now { shop.skip(to: newest) }
        source = engine.sourceIndex(of: "yarn shop", fingerprint: Fingerprint(hash: 0, size: 0))
        lineNumber = Int(engine.sources[source].lineNumber)
        anchor = WallClock.monotonic()
        anchorTime = shop.now
    }

    package var description: String {
        let pace =
            settings.speed == 0
            ? "as fast as possible" : "\(Self.plain(settings.speed)) x real time"
        return "yarn shop, seed \(settings.shop.seed), \(pace)"
    }

    package func pump() throws -> FeedState {
        if checkWarm(), settings.speed > 0, let wait = timeUntilNextMinute() { return .idle(wait) }
        var ranker = ServedRanker(served: host.engine.serving, parser: parser)
        var lines: [(StreamKind, [UInt8])] = []
        shop.advance(to: shop.now + .minutes(1), ranker: &ranker) { stream, bytes in
            lines.append((stream, bytes))
        }
        for (stream, bytes) in lines { try take(stream, bytes) }
        return .more
    }

    package func save() throws {
        try Disk.replace(statePath, with: shop.saved())
    }

    /// The shop's first hours pass as fast as they can: until the first negatives are due there
    /// is nothing to see but purchases.
    private func checkWarm() -> Bool {
        if shop.now >= settings.shop.start + settings.warmUp { return true }
        anchor = WallClock.monotonic()
        anchorTime = shop.now + .minutes(1)
        return false
    }

    /// Nil if the next minute is due. A shop that fell behind by more than ten seconds of wall
    /// time does not try to make up for it.
    private func timeUntilNextMinute() -> Span? {
        let now = WallClock.monotonic()
        let target = shop.now + .minutes(1)
        let elapsed = (target - anchorTime).seconds / settings.speed
        let due = anchor + Span(microseconds: Int64(elapsed * 1_000_000))
        if now - due > .seconds(10) {
            anchor = now
            anchorTime = target
            return nil
        }
        return due > now ? due - now : nil
    }

    private func take(_ stream: StreamKind, _ bytes: [UInt8]) throws {
        lineNumber += 1
        let padded = bytes + [UInt8](repeating: 0, count: 8)
        try padded.withUnsafeBytes { buffer in
            let record = UnsafeRawBufferPointer(rebasing: buffer[..<bytes.count])
            let line = lineParser.line(record, stream: stream, number: lineNumber)
            try host.engine.take(line, source: source)
        }
    }

    private static func plain(_ speed: Double) -> String {
        speed == speed.rounded() ? "\(Int(speed))" : "\(speed)"
    }
}

/// What decides in the shop: the served checkpoint, or before there is one a constant, so that
/// all products are alike and the list is drawn by chance.
private struct ServedRanker: Ranker {
    let served: ServedModel?
    let parser: RecordParser

    var checkpoint: String? { served?.checkpoint.description }

    mutating func probability(ofFeatures json: [UInt8]) -> Double {
        guard let served else { return 0.05 }
        let padded = json + [UInt8](repeating: 0, count: 8)
        return padded.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return 0.05 }
            do throws(Rejection) {
                try parser.parseFeatures(base, count: json.count)
            } catch {
                preconditionFailure("the shop's own features break a rule: \(error.text)")
            }
            let entry = EntryView(UnsafeRawPointer(parser.entry))
            return Entropy.sigmoid(served.learner.score(entry))
        }
    }
}
