import Shop
import Testing
import Vocabulary

private let settings = ShopSettings(seed: 11, visitsPerDay: 3000)

@Suite("What the shop promises the engine")
struct ShopContractTests {
    private func day(_ settings: ShopSettings) -> [UInt8] {
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var recorder = Recorder()
        recorder.play(&shop, to: settings.start + .days(1), &ranker)
        return recorder.text
    }

    @Test("The same seed gives the same bytes, another seed gives others")
    func seeds() {
        let once = day(settings)
        #expect(once == day(settings))
        var other = settings
        other.seed = 12
        #expect(once != day(other))
    }

    @Test("Any cutting of time into steps gives the same bytes", arguments: 1...4)
    func steps(seed: UInt64) {
        let whole = day(settings)
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var recorder = Recorder()
        var chance = seed
        let end = settings.start + .days(1)
        let longest: UInt64 = [90_000_000, 600_000_000, 9_000_000_000, 60_000_000][Int(seed) - 1]
        while shop.now < end {
            chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let kind = chance >> 61
            let step = (chance >> 8) % longest
            var next = shop.now + Span(microseconds: Int64(step))
            // Some steps end exactly on a minute, some are of no length.
            if kind == 0 { next = next.floored(to: .minutes(1)) }
            if kind == 1 { next = shop.now }
            recorder.play(&shop, to: min(next, end), &ranker)
        }
        #expect(recorder.text == whole)
    }

    @Test("Steps that end on the very instant of an event give the same bytes")
    func stepsOnEvents() {
        let whole = day(settings)
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var scout = Recorder()
        scout.play(&shop, to: settings.start + .days(1), &ranker)
        let stops = scout.examples().map(\.time) + scout.purchases().map(\.time)
        var again = YarnShop(settings: settings)
        var recorder = Recorder()
        for stop in stops.sorted() { recorder.play(&again, to: stop, &ranker) }
        recorder.play(&again, to: settings.start + .days(1), &ranker)
        #expect(recorder.text == whole)
    }

    @Test("A restored shop goes on as the saved one does", arguments: [1, 3600, 31_234, 86_399])
    func restoring(second: Int) throws {
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var before = Recorder()
        before.play(&shop, to: settings.start + .seconds(second), &ranker)
        let bytes = shop.saved()
        var copy = try YarnShop(restoring: bytes, settings: settings)
        #expect(copy.now == shop.now)
        #expect(copy.saved() == bytes)
        var on = Recorder()
        var onCopy = Recorder()
        on.play(&shop, to: settings.start + .days(2), &ranker)
        onCopy.play(&copy, to: settings.start + .days(2), &ranker)
        #expect(on.text == onCopy.text)
        #expect(shop.saved() == copy.saved())
    }

    @Test("Lines come in event-time order, with a heartbeat every minute that holds its promise")
    func heartbeats() {
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var recorder = Recorder()
        recorder.play(&shop, to: settings.start + .days(1), &ranker)
        var latest = settings.start
        var latestHeartbeat = settings.start
        var heartbeatCount = 0
        for line in recorder.lines {
            let time: Instant
            switch (line.stream, ShownLine(line.bytes), LabelLine(line.bytes)) {
            case (.examples, let shown?, _):
                time = shown.time
            case (.labels, _, .purchase(_, let instant)?):
                time = instant
                #expect(time > latestHeartbeat)
            case (.labels, _, .heartbeat(let instant)?):
                time = instant
                #expect(time - latestHeartbeat == .minutes(1))
                latestHeartbeat = time
                heartbeatCount += 1
            default:
                Issue.record("neither: \(String(decoding: line.bytes, as: UTF8.self))")
                continue
            }
            #expect(time >= latest)
            latest = time
        }
        #expect(heartbeatCount == 1440)
    }

    @Test("After a skip no id comes twice, and no label that was due before")
    func skipping() throws {
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var log = Recorder()
        log.play(&shop, to: settings.start + .hours(21), &ranker)
        let saved = shop.saved()
        log.play(&shop, to: settings.start + .hours(21) + .seconds(1217), &ranker)
        let seen = Set(log.examples().map(\.id))
        let labelled = Set(log.purchases().map(\.id))
        let crash = shop.now

        var again = try YarnShop(restoring: saved, settings: settings)
        again.skip(to: crash)
        #expect(again.now == crash)
        again.skip(to: crash - .hours(1))
        #expect(again.now == crash, "a skip never goes back")
        var after = Recorder()
        after.play(&again, to: crash + .days(1), &ranker)
        #expect(after.examples().allSatisfy { !seen.contains($0.id) && $0.time > crash })
        #expect(after.purchases().allSatisfy { !labelled.contains($0.id) && $0.time > crash })
        // Purchases of visits before the save that are due after the crash still come.
        let old = after.purchases().count { seen.contains($0.id) }
        #expect(old > 0)
        let ids = after.examples().map(\.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test("A skip over years takes no time to speak of, and the shelves are full again")
    func longSkip() {
        var shop = YarnShop(settings: settings)
        let full = shop.saved().count
        shop.skip(to: settings.start + .days(4000))
        var ranker = SenselessRanker()
        var recorder = Recorder()
        recorder.play(&shop, to: shop.now + .hours(1), &ranker)
        #expect(!recorder.examples().isEmpty)
        #expect(shop.saved().count >= full)
    }

    @Test("What is scored is what is logged, but for the position")
    func scoredIsLogged() {
        struct Eavesdropper: Ranker {
            var checkpoint: String? { "odd \"name\"\\\n" }
            var heard: Set<[UInt8]> = []
            mutating func probability(ofFeatures json: [UInt8]) -> Double {
                heard.insert(json)
                return Double(json.count % 7)
            }
        }
        var shop = YarnShop(settings: settings)
        var ranker = Eavesdropper()
        var recorder = Recorder()
        recorder.play(&shop, to: settings.start + .hours(2), &ranker)
        let lines = recorder.examples()
        #expect(lines.count > 400)
        for line in lines {
            #expect(line.features.suffix(2).first.map { (0x31...0x34).contains($0) } == true)
            let scored = line.features.dropLast(2) + [UInt8(ascii: "1"), UInt8(ascii: "}")]
            #expect(ranker.heard.contains(Array(scored)))
        }
        let escaped = #","checkpoint":"odd \"name\"\\\u000a"}"#
        let first = String(decoding: recorder.lines.first?.bytes ?? [], as: UTF8.self)
        #expect(recorder.lines.first?.stream == .labels || first.hasSuffix(escaped))
        #expect(
            recorder.lines.filter { $0.stream == .examples }
                .allSatisfy { String(decoding: $0.bytes, as: UTF8.self).hasSuffix(escaped) })
    }

    @Test("Times are written as the rest of the product writes them")
    func times() {
        var shop = YarnShop(settings: settings)
        var ranker = ConstantRanker()
        var recorder = Recorder()
        recorder.play(&shop, to: settings.start + .hours(6), &ranker)
        for line in recorder.lines {
            let text = String(decoding: line.bytes, as: UTF8.self)
            let time = ShownLine(line.bytes)?.time ?? LabelLine(line.bytes)?.time
            #expect(time.map { text.contains("\"\($0.rfc3339)\"") } == true, "\(text)")
        }
    }
}

extension LabelLine {
    fileprivate var time: Instant {
        switch self {
        case .purchase(_, let time), .heartbeat(let time): time
        }
    }
}

@Suite("A saved shop that cannot go on")
struct ShopStateTests {
    private let bytes = YarnShop(settings: settings).saved()

    @Test("One flipped bit anywhere is found")
    func flippedBits() {
        for index in bytes.indices.filter({ $0 < 200 || $0 % 997 == 0 || $0 + 20 > bytes.count }) {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: ShopStateError.self) {
                try YarnShop(restoring: damaged, settings: settings)
            }
        }
    }

    @Test("A file cut short is found, wherever it was cut")
    func cutShort() {
        for count in [0, 5, 8, 9, 10, 30, bytes.count - 1] {
            let expected: ShopStateError = count < 8 ? .notAShop : .damaged
            #expect(throws: expected) {
                try YarnShop(restoring: Array(bytes.prefix(count)), settings: settings)
            }
        }
    }

    @Test("A later version is named")
    func laterVersion() {
        var later = bytes
        later[8] = 3
        #expect(throws: ShopStateError.unknownVersion(3)) {
            try YarnShop(restoring: later, settings: settings)
        }
    }

    @Test("Another seed is refused, another share of exploration is not")
    func settingsOfTheSaved() throws {
        var other = settings
        other.explorationShare = 0.3
        _ = try YarnShop(restoring: bytes, settings: other)
        other.seed += 1
        #expect(throws: ShopStateError.otherSettings) {
            try YarnShop(restoring: bytes, settings: other)
        }
    }

    @Test("Settings that no shop can open with are told in words")
    func objections() {
        #expect(ShopSettings().objection == nil)
        #expect(ShopSettings(explorationShare: .nan).objection?.contains("exploration") == true)
        #expect(ShopSettings(candidateCount: 3).objection == "shown count is 4, not within 1…3")
        #expect(ShopSettings(productCount: 8).objection?.contains("candidate count") == true)
        #expect(ShopSettings(visitsPerDay: 0).objection?.contains("visits") == true)
    }
}
