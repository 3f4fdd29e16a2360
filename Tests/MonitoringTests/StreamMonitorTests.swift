import Foundation
import Monitoring
import Numerics
import Testing
import Vocabulary

/// Six weeks of a stream with days, weekends and growth, from two segments with weekends of their
/// own, straight into a monitor.
private struct SeasonalStream {
    static let segments: [(name: String, free: ClosedRange<Int>)] = [("us", 5...6), ("il", 4...5)]
    static let price = FeatureHash.name("price")
    static let colour = FeatureHash.name("colour")

    /// What is wrong, and where; from day 30 on.
    enum Fault {
        case none, shift(segment: Int), missing, volume, category, constant
        /// A source with a fifth of the examples sends nothing.
        case silence
        /// Half of the examples for a month from day 60 on, and so much a year later.
        case season(later: Double)
        /// The same source leaves out a feature, or sends it otherwise.
        case partnerMissing, partnerShift
        /// Ten times the examples on days 16 and 17; and a third of them from day 30 on.
        case rush
    }

    /// Left out of what is usual.
    var leftOut: [Range<Instant>] = []

    var monitor = StreamMonitor()
    var changes: [StreamMonitor.Change] = []
    let seed: UInt64
    let fault: Fault
    private var hour: Int64 = 480_000
    static let faultHour: Int64 = 480_000 + 30 * 24

    init(seed: UInt64, _ fault: Fault = .none) {
        (self.seed, self.fault) = (seed, fault)
    }

    static func slot(_ hour: Int64, _: String) -> Int { Int((hour + 72) % 168) }

    /// Plays so many days on.
    mutating func play(days: Int) {
        for _ in 0..<(24 * days) {
            monitor.advance(to: Self.start(of: hour), leavingOut: leftOut, slot: Self.slot)
            for segment in Self.segments.indices { playHour(segment) }
            monitor.advance(
                to: Self.start(of: hour + 1), leavingOut: leftOut, slot: Self.slot)
            changes += monitor.takeChanges()
            hour += 1
        }
    }

    static func hour(ofDay day: Int) -> Int64 { 480_000 + Int64(day) * 24 }
    static func start(ofDay day: Int) -> Instant { start(of: hour(ofDay: day)) }

    static func start(of hour: Int64) -> Instant {
        Instant(microseconds: hour * 3_600_000_000)
    }

    private mutating func playHour(_ segment: Int) {
        var chance = SeededRandom(key: seed).forked(part: UInt64(segment), UInt64(hour))
        let isFaulty = hour >= Self.faultHour
        let slot = Self.slot(hour, "")
        let day = Double(slot % 24)
        var level = 30 + 20 * sin(2 * .pi * (day - 9) / 24)
        if Self.segments[segment].free.contains(slot / 24) { level *= 0.6 }
        level *= 1 + 0.005 * min(60, Double(hour - 480_000) / 24)
        if case .volume = fault, isFaulty { level *= 0.35 }
        let isRush = hour >= Self.hour(ofDay: 16) && hour < Self.hour(ofDay: 18)
        if case .rush = fault, isRush { level *= 10 }
        if case .rush = fault, isFaulty { level *= 0.35 }
        if case .season(let later) = fault {
            let days = (hour - 480_000) / 24
            if (60..<90).contains(days) { level *= 0.5 }
            if (424..<454).contains(days) { level *= later }
        }
        let hash = UInt64(segment + 1)
        if !monitor.knows(segment: hash) {
            monitor.add(segment: hash, name: Self.segments[segment].name, zone: "")
        }
        let sources: [UInt64] = [1, 2]
        for (source, name) in zip(sources, ["partner", "app"])
        where !monitor.knows(source: source) {
            monitor.add(source: source, name: name, zone: "")
        }
        for number in 0..<max(0, Int(level + chance.between(-5, 5))) {
            let source = sources[number % 5 == 0 ? 0 : 1]
            if case .silence = fault, isFaulty, source == sources[0] { continue }
            let id = UInt64(hour) << 20 | UInt64(segment) << 16 | UInt64(number)
            guard
                let origin = monitor.noteExample(
                    segment: hash, source: source, isDuplicate: false),
                monitor.wants(id: id)
            else { continue }
            let isPartners = isFaulty && source == sources[0]
            let values = values(&chance, segment, isFaulty, isPartners, day)
            values.withUnsafeBufferPointer { values in
                monitor.note(values, id: id, from: origin) { value in
                    (value.name == Self.price ? "price" : "colour", "ultraviolet")
                }
            }
        }
    }

    private func values(
        _ chance: inout SeededRandom, _ segment: Int, _ isFaulty: Bool,
        _ isPartners: Bool, _ day: Double
    ) -> [FeatureValue] {
        var values: [FeatureValue] = []
        var price = chance.unit() + chance.unit() + chance.unit() + 0.1 * sin(2 * .pi * day / 24)
        if case .shift(let only) = fault, isFaulty, only == segment { price += 0.5 }
        if case .partnerShift = fault, isPartners { price += 1 }
        let isMissing =
            switch fault {
            case .missing where isFaulty: chance.chance(0.4)
            case .partnerMissing where isPartners: chance.chance(0.6)
            default: false
            }
        if !isMissing {
            values.append(
                FeatureValue(name: Self.price, number: price, category: 0, kind: .number))
        }
        var colour = UInt64(chance.below(6)) + 100
        if case .category = fault, isFaulty, chance.chance(0.08) { colour = 999 }
        if case .constant = fault, isFaulty { colour = 100 }
        values.append(
            FeatureValue(
                name: Self.colour, number: 0,
                category: SeededRandom.mixed(colour ^ Self.colour), kind: .category))
        return values
    }

    /// What was found, the first first.
    var found: [Finding] {
        changes.compactMap { if case .opened(let finding) = $0 { finding } else { nil } }
    }
}

@Suite("Stream monitor")
struct StreamMonitorTests {
    @Test("Seasons, weekends of two countries and growth alone raise nothing", arguments: 1...4)
    func quiet(seed: UInt64) {
        var stream = SeasonalStream(seed: seed)
        stream.play(days: 42)
        #expect(stream.found.isEmpty, "\(stream.found)")
        #expect(stream.monitor.coverage > 0.99)
    }

    @Test("A fault is found under its name, in its feature and segment, with its onset")
    func faults() throws {
        let cases: [(SeasonalStream.Fault, AlarmName, String, String)] = [
            (.shift(segment: 1), .featureShifted, "price", "il"),
            (.missing, .featureMissing, "price", ""), (.volume, .volumeLow, "", ""),
            (.category, .categoryNew, "colour", ""), (.constant, .featureConstant, "colour", ""),
        ]
        for (fault, name, feature, segment) in cases {
            var stream = SeasonalStream(seed: 7, fault)
            stream.play(days: 33)
            let first = try #require(stream.found.first, "\(name)")
            #expect(first.name == name && first.feature == feature && first.segment == segment)
            let begin = SeasonalStream.start(of: SeasonalStream.faultHour)
            #expect(first.raised > begin && first.raised <= begin + .hours(24), "\(first)")
            #expect((first.onset - begin).magnitude <= .hours(3), "\(first)")
            #expect(stream.found.count == 1, "\(stream.found)")
        }
    }

    @Test("What lasts becomes what is normal: the finding ends, and does not come again")
    func lasting() throws {
        var stream = SeasonalStream(seed: 3, .shift(segment: 0))
        stream.play(days: 75)
        #expect(stream.found.count == 1, "\(stream.found)")
        #expect(stream.monitor.findings.isEmpty)
    }

    @Test("What is within an event makes no measure of other weeks, and deafens nobody")
    func leftOut() {
        func played(_ windows: [Range<Instant>]) -> [Finding] {
            var stream = SeasonalStream(seed: 6, .rush)
            stream.leftOut = windows
            stream.play(days: 33)
            return stream.found.filter { $0.raised > SeasonalStream.start(ofDay: 30) }
        }
        #expect(played([]).isEmpty)
        let rush = SeasonalStream.start(ofDay: 16)..<SeasonalStream.start(ofDay: 18)
        #expect(played([rush]).map(\.name) == [.volumeLow])
    }

    @Test("A season that came a year ago too is no alarm, and a deeper one is")
    func seasons() {
        func played(_ later: Double) -> [AlarmName] {
            var stream = SeasonalStream(seed: 5, .season(later: later))
            stream.play(days: 440)
            return stream.found.filter { $0.raised > SeasonalStream.start(ofDay: 400) }.map(\.name)
        }
        #expect(played(0.5).isEmpty)
        #expect(played(0.2) == [.volumeLow])
        var first = SeasonalStream(seed: 5, .season(later: 1))
        first.play(days: 70)
        #expect(first.found.map(\.name) == [.volumeLow])
    }

    @Test("Hours of a purge that wait to be learned are taken back; others are learned in turn")
    func awaiting() {
        let count = AwaitingHours.count
        var hours = AwaitingHours()
        for hour in 0..<count {
            let due = hours.push(AwaitingHours.Hour(mean: Float(hour), count: 5))
            #expect(due.count == 0)
        }
        // The newest ten, but for the newest two; and what is older than all.
        hours.forget(newest: 2..<10)
        hours.forget(newest: count..<count + 40)
        for hour in 0..<count {
            let due = hours.push(AwaitingHours.Hour())
            #expect(due.mean == Float(hour))
            #expect((due.count == 0) == (count - 10..<count - 2).contains(hour))
        }
    }

    @Test("A source that falls silent is told by its name")
    func sources() throws {
        var stream = SeasonalStream(seed: 8, .silence)
        stream.play(days: 33)
        let low = stream.found.filter { $0.name == .volumeLow }
        #expect(low.map(\.source) == ["partner"], "\(stream.found)")
        #expect(stream.found.count == 1, "\(stream.found)")
    }

    @Test("A feature that one source leaves out, or sends otherwise, is told with that source")
    func featuresOfSources() throws {
        let cases: [(SeasonalStream.Fault, AlarmName)] = [
            (.partnerMissing, .featureMissing), (.partnerShift, .featureShifted),
        ]
        for (fault, name) in cases {
            var stream = SeasonalStream(seed: 9, fault)
            stream.play(days: 33)
            let first = try #require(stream.found.first, "\(name)")
            #expect(first.name == name && first.feature == "price", "\(first)")
            #expect(first.source == "partner" && first.segment.isEmpty, "\(first)")
            #expect(first.text.contains("from partner"))
            #expect(stream.found.count == 1, "\(stream.found)")
        }
    }

    @Test("A feature that becomes another is out of the domain; one of quiet weeks never is")
    func domain() {
        var quiet = SeasonalStream(seed: 4)
        for _ in 0..<42 {
            quiet.play(days: 1)
            #expect(quiet.monitor.outsideDomain.isEmpty, "\(quiet.monitor.outsideDomain)")
        }
        let index = quiet.monitor.moves().first?.index ?? 1
        #expect(index < PlaceMix.limit / 2)
        var stream = SeasonalStream(seed: 4, .constant)
        stream.play(days: 32)
        #expect(stream.monitor.outsideDomain == ["colour"])
        #expect(stream.monitor.moves().first?.feature == "colour")
    }

    @Test("A move tells where, since when and by how much; what stands still tells of none")
    func moves() throws {
        var stream = SeasonalStream(seed: 6, .shift(segment: 1))
        stream.play(days: 32)
        let moves = stream.monitor.moves()
        let price = try #require(moves.first)
        #expect(price.feature == "price")
        let begun = try #require(price.since)
        #expect((begun - SeasonalStream.start(ofDay: 30)).magnitude <= .hours(3), "\(begun)")
        let (us, il) = (price.parts[0], price.parts[1])
        #expect(us.name == "us" && il.name == "il" && !il.isSource)
        #expect(abs(us.score) < 4 && abs(il.score) > 4, "\(price.parts)")
        let means = try #require(price.means)
        #expect(abs(means.recent - means.usual) > 0.01)
        // The edges are where the scale says that they are.
        let edges = try #require(price.edges)
        #expect(edges.count == 9 && edges == edges.sorted())
        #expect(abs(price.recent.reduce(0, +) - 1) < 0.01)
        // Of a week everything is known, and of the newest hours three days.
        #expect(price.week.count == 168 && !price.week.contains { $0 == nil })
        #expect(price.newest.count { $0 != nil } == 72)
        let other = try #require(moves.first { $0.feature == "colour" })
        #expect(other.since == nil && other.edges == nil && other.means == nil)
    }

    @Test("Most hours of a stream that goes on as before lie in its band")
    func bands() throws {
        var stream = SeasonalStream(seed: 9)
        stream.play(days: 30)
        var (inside, hours) = (0, 0)
        for _ in 0..<4 {
            stream.play(days: 1)
            let bands = stream.monitor.bands(slot: SeasonalStream.slot)
            let volume = try #require(bands.first { $0.kind == .volume })
            #expect(volume.low.count == 25 && !volume.low.contains { $0 == nil })
            for (low, high) in zip(volume.low, volume.high) {
                let (low, high) = (try #require(low), try #require(high))
                #expect(low < high && low >= 0)
                // A day has about 50 examples an hour of both segments, 20 to 100.
                inside += low > 5 && high < 250 ? 1 : 0
                hours += 1
            }
        }
        #expect(inside == hours, "\(inside) of \(hours)")
    }

    @Test("How features moved is worked out once an hour")
    func movesHourly() {
        var stream = SeasonalStream(seed: 6)
        stream.play(days: 20)
        let moves = stream.monitor.moves()
        #expect(stream.monitor.moves() == moves)
        #expect(stream.monitor.knownMoves?.hour == stream.monitor.hour)
        stream.play(days: 1)
        #expect(stream.monitor.moves() != moves)
    }

    @Test("A monitor that was written down goes on as the one that was not")
    func restart() throws {
        var stream = SeasonalStream(seed: 5, .missing)
        stream.play(days: 29)
        var other = stream
        var writer = ByteWriter()
        stream.monitor.encode(into: &writer)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            other.monitor = try StreamMonitor(settings: MonitorSettings(), restoring: &reader)
            #expect(reader.remaining == 0)
        }
        stream.play(days: 4)
        other.play(days: 4)
        #expect(!stream.changes.isEmpty)
        #expect(stream.changes == other.changes)
    }

    @Test("A written monitor that was cut short is refused, wherever it was cut")
    func cut() throws {
        var stream = SeasonalStream(seed: 5)
        stream.play(days: 3)
        var writer = ByteWriter()
        stream.monitor.encode(into: &writer)
        for share in [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999] {
            let part = Array(writer.bytes.prefix(Int(Double(writer.bytes.count) * share)))
            #expect(throws: ByteFault.self) {
                try part.withUnsafeBytes { bytes in
                    var reader = ByteReader(bytes)
                    _ = try StreamMonitor(settings: MonitorSettings(), restoring: &reader)
                }
            }
        }
    }

    @Test("A value that is no number is counted, and the monitors go on")
    func notFinite() throws {
        var stream = SeasonalStream(seed: 2)
        stream.play(days: 1)
        let value = FeatureValue(
            name: SeasonalStream.price, number: .nan, category: 0, kind: .number)
        let known = stream.monitor.noteExample(segment: 1, source: 1, isDuplicate: false)
        let origin = try #require(known)
        [value].withUnsafeBufferPointer { values in
            stream.monitor.note(values, id: 1, from: origin) { _ in
                ("price", "")
            }
        }
        #expect(stream.monitor.refusedCount == 1)
        stream.play(days: 1)
        #expect(stream.found.isEmpty)
    }

    @Test("Numbers at the end of what there is shift a feature, and break no monitor")
    func huge() throws {
        var stream = SeasonalStream(seed: 2, .shift(segment: 1))
        stream.play(days: 20)
        for sign in [1.0, -1, 1, 1] {
            let value = FeatureValue(
                name: SeasonalStream.price, number: sign * .greatestFiniteMagnitude, category: 0,
                kind: .number)
            let known = stream.monitor.noteExample(segment: 1, source: 1, isDuplicate: false)
            let origin = try #require(known)
            [value].withUnsafeBufferPointer { values in
                stream.monitor.note(values, id: 1, from: origin) { _ in
                    ("price", "")
                }
            }
        }
        stream.play(days: 13)
        #expect(stream.monitor.refusedCount == 0)
        // They are told themselves, and what came ten days later is still seen.
        #expect(stream.found.allSatisfy { $0.feature == "price" }, "\(stream.found)")
        #expect(stream.found.last?.segment == "il", "\(stream.found)")
    }

    @Test("Chances of the tail are those of the tables")
    func tails() {
        #expect(abs(TailChance.normal(1.959964) - 0.05) < 1e-6)
        // Student's t: two-sided 0.001 at 5 and 20 degrees of freedom.
        #expect(abs(TailChance.student(6.869, freedom: 5) - 0.001) < 1e-4)
        #expect(abs(TailChance.student(3.850, freedom: 20) - 0.001) < 2e-5)
    }
}
