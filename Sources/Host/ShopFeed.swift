import Engine
import Foundation
import Ingestion
import Learning
import Monitoring
import Numerics
import Operation
import Recording
import Serving
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
    private let parser: RecordParser
    /// Of the checkpoints that served while the log is followed, the last.
    private var followed: ServedModel?
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
        var saved = SavedShop(shop: YarnShop(settings: settings.shop), lineNumber: 0, sequence: 0)
        if try host.disk.exists(statePath) {
            do {
                saved = try SavedShop(try host.disk.read(statePath), settings: settings.shop)
            } catch ShopStateError.damaged, ShopStateError.notAShop {
                // The log has all that the shop ever did: it plays it again from the beginning.
                try host.note("\(statePath) is damaged; the shop follows its log from the start")
            }
        }
        shop = saved.shop
        let engine = host.engine
        lineParser = RecordParser(
            keepsFeatures: true, rules: engine.recordRules)
        parser = RecordParser(keepsFeatures: true, rules: engine.recordRules)
        source = engine.sourceIndex(of: "yarn shop", fingerprint: Fingerprint(hash: 0, size: 0))
        lineNumber = Int(engine.sources[source].lineNumber)
        anchor = WallClock.monotonic()
        anchorTime = shop.now
        try followLog(from: saved)
        anchorTime = shop.now
    }

    /// Event time up to which all has happened.
    package var now: Instant { shop.now }

    /// What shoppers met and did since this feed was opened.
    package var tally: ShopTally { shop.tally }

    package var description: String {
        let pace =
            settings.speed == 0
            ? "as fast as possible" : "\(Self.plain(settings.speed)) x real time"
        return "yarn shop, seed \(settings.shop.seed), \(pace)"
    }

    package func pump() throws -> FeedState {
        if host.engine.isSettling { return .more }
        // A push falls between two minutes, always the same two.
        if host.isCheckpointing { return .idle(Span(microseconds: 1000)) }
        if checkWarm(), settings.speed > 0, let wait = timeUntilNextMinute() { return .idle(wait) }
        let ranker = ShopRanker(host.desk.current, parser: parser)
        for line in playMinute(ranker) { try take(line) }
        host.desk.note(ranker.samples)
        return .more
    }

    package func save() throws {
        let saved = SavedShop(
            shop: shop, lineNumber: lineNumber, sequence: host.engine.rawEnd.sequence)
        try host.disk.replace(statePath, with: saved.encode())
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

    private struct ShopLine: Equatable {
        var stream: StreamKind
        var bytes: [UInt8]
        /// What served the visit that an example is of.
        var served: ServedModel?

        static func == (left: ShopLine, right: ShopLine) -> Bool {
            left.stream == right.stream && left.bytes == right.bytes
        }
    }

    private func playMinute(_ ranker: ShopRanker) -> [ShopLine] {
        var visits = ranker
        var lines: [ShopLine] = []
        shop.advance(to: shop.now + .minutes(1), ranker: &visits) { stream, bytes in
            lines.append(ShopLine(stream: stream, bytes: bytes, served: ranker.served))
        }
        return lines
    }

    private func take(_ new: ShopLine) throws {
        let (stream, bytes) = (new.stream, new.bytes)
        lineNumber += 1
        let padded = bytes + [UInt8](repeating: 0, count: LinePadding.size)
        try padded.withUnsafeBytes { buffer in
            let record = UnsafeRawBufferPointer(rebasing: buffer[..<bytes.count])
            let line = lineParser.line(record, stream: stream, number: lineNumber)
            if stream == .examples, let served = new.served { host.noteServed(line, by: served) }
            try host.engine.take(line, source: source)
        }
    }

    private static func plain(_ speed: Double) -> String {
        speed == speed.rounded() ? "\(Int(speed))" : "\(speed)"
    }
}

extension ShopFeed {
    /// The log may be ahead of the saved state: the engine was cut off. Then the shop plays those
    /// minutes once more, each with the checkpoint that served it, and must come to the very lines
    /// that stand in the log; what the log lacks of the last one is taken in. A log that tells
    /// another story, after other settings say, or whose checkpoints are gone, is skipped.
    private func followLog(from saved: SavedShop) throws {
        let logged = try loggedLines(behind: saved)
        var next = 0
        while next < logged.count {
            let minute = logged[next...].prefix { !Self.isHeartbeat($0) }
            guard let answers = try answers(in: minute) else { return try skipLog(from: saved) }
            let ranker = ShopRanker(host.desk.current, parser: parser, following: answers)
            let lines = playMinute(ranker)
            let known = logged[next...].prefix(lines.count)
            guard known.elementsEqual(lines.prefix(known.count)) else {
                return try skipLog(from: saved)
            }
            for line in lines.dropFirst(known.count) { try take(line) }
            next += lines.count
        }
        try host.settle()
    }

    private func skipLog(from saved: SavedShop) throws {
        shop = saved.shop
        if let newest = host.engine.clock.newestOfAll { shop.skip(to: newest) }
        try host.note(
            "the yarn shop cannot be brought to where its log is, and skips to "
                + shop.now.rfc3339)
    }

    private func loggedLines(behind saved: SavedShop) throws -> [ShopLine] {
        var lines: [ShopLine] = []
        try host.forEachRawRecord(from: saved.sequence) { record in
            guard record.kind == .line, record.source == source,
                record.lineNumber > saved.lineNumber
            else { return }
            lines.append(ShopLine(stream: record.stream, bytes: Array(record.line)))
        }
        return lines
    }

    private static func isHeartbeat(_ line: ShopLine) -> Bool {
        line.stream == .labels && line.bytes.starts(with: Array("{\"heartbeat\"".utf8))
    }

    /// Who served each visitor of a minute, as the examples say; nil where a checkpoint that did is
    /// not kept.
    private func answers(
        in minute: ArraySlice<ShopLine>
    ) throws -> [String: ShopRanker.Known]? {
        var answers: [String: ShopRanker.Known] = [:]
        for example in minute where example.stream == .examples {
            let line = try JSON.decode(LoggedVisit.self, from: Foundation.Data(example.bytes))
            if answers[line.source] != nil { continue }
            let model = try line.checkpoint.flatMap(served)
            if let id = line.checkpoint, id.model == host.name, model == nil { return nil }
            answers[line.source] = ShopRanker.Known(model: model, arm: line.arm)
        }
        return answers
    }

    private struct LoggedVisit: Decodable {
        var source: String
        var checkpoint: CheckpointID?
        var arm: ArmName?
    }

    private func served(by id: CheckpointID) throws -> ServedModel? {
        let plan = host.desk.current
        let known = [plan.stable, plan.canary?.model, plan.lastGood, followed].compactMap { $0 }
        if let model = known.first(where: { $0.checkpoint == id }) { return model }
        if id.model != host.name { return try host.launch?.model(id, of: host) }
        guard host.checkpoints.contains(where: { $0.id == id }) else { return nil }
        followed = try host.folder.load(id).checkpoint.served
        return followed
    }
}

/// The shop, and how much of it the raw log had when it was saved.
///
///     u64  number of the shop's last line;  u64  the raw log's sequence behind it
///     u64  XXH64 of the two words before
///          the shop as `YarnShop.saved` writes it
private struct SavedShop {
    var shop: YarnShop
    var lineNumber: Int
    var sequence: UInt64

    init(shop: YarnShop, lineNumber: Int, sequence: UInt64) {
        self.shop = shop
        self.lineNumber = lineNumber
        self.sequence = sequence
    }

    func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt64(lineNumber))
        writer.write(sequence)
        writer.write(writer.bytes.withUnsafeBytes { XXHash64.hash($0) })
        return writer.bytes + shop.saved()
    }

    init(_ bytes: [UInt8], settings: ShopSettings) throws {
        let head = Array(bytes.prefix(24))
        guard head.count == 24 else { throw ShopStateError.damaged }
        let words = head.withUnsafeBytes { bytes in
            [0, 8, 16].map { offset in
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
        }
        guard head[..<16].withUnsafeBytes({ XXHash64.hash($0) }) == words[2] else {
            throw ShopStateError.damaged
        }
        lineNumber = Int(clamping: words[0])
        sequence = words[1]
        shop = try YarnShop(restoring: Array(bytes.dropFirst(24)), settings: settings)
    }
}
