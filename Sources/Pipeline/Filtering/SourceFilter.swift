import CShims
import Numerics
import Vocabulary

/// Tells sources that send too much, and those that ask much and never want anything: robots.
///
/// How many positives are too few is told from the other sources. Their rates differ, by as much as
/// a beta-binomial says whose correlation is estimated from them by moments (Williams 1982,
/// "Extra-binomial variation in logistic linear models", equation 3.2, with one rate for all). A
/// source is held back from the next turn of the window on, for as long as its outcomes count.
struct SourceFilter: Sendable {
    /// Counts.
    enum Limits {
        /// Of sources that are told apart; what others send is admitted.
        static let sourceCountMax = 1 << 16
        /// Outcomes below which nothing is said of a source, or by it.
        static let outcomeCountMin = 20
        /// Sources with so many that have to be there to be compared with.
        static let peerCountMin = 20
        static let correlation = 0.0005...0.5
        /// One that is held back is let go once chance alone leaves so few so many times as often:
        /// what others do varies from hour to hour.
        static let patience = 100.0
    }

    /// What one source sent, and what became of it, in the window and memory that run and in those
    /// before.
    private struct Source {
        var id: UInt64
        var recent: UInt32 = 0
        var before: UInt32 = 0
        var outcomes = Outcomes()
        var earlier = Outcomes()
        var isHeld = false

        var all: Outcomes {
            Outcomes(
                count: outcomes.count + earlier.count,
                positives: outcomes.positives + earlier.positives)
        }
    }

    private struct Outcomes {
        var count: UInt32 = 0
        var positives: UInt32 = 0

        var rate: Double { Double(positives) / Double(count) }
    }

    private let settings: FilterSettings
    /// In the order in which they came.
    private var sources: [Source] = []
    private var places: [UInt64: Int] = [:]
    private var recent = 0
    private var before = 0
    /// Since 1970, in windows and in memories; nil before the first example.
    private var window: Int64?
    private var era: Int64 = 0
    /// Of all sources when they were last compared.
    private var usualRate = 0.0

    init(_ settings: FilterSettings) {
        self.settings = settings
    }

    private var isOn: Bool { settings.sourceShareMax != nil || settings.sourceRateChance != nil }

    var heldCount: Int { sources.count(where: \.isHeld) }

    mutating func turn(to now: Instant) {
        guard isOn else { return }
        let next = Self.index(of: now, settings.window)
        guard let window else {
            (self.window, era) = (next, Self.index(of: now, settings.memory))
            return
        }
        guard next > window else { return }
        let isNext = next == window + 1
        before = isNext ? recent : 0
        recent = 0
        for index in sources.indices {
            sources[index].before = isNext ? sources[index].recent : 0
            sources[index].recent = 0
        }
        self.window = next
        let nextEra = Self.index(of: now, settings.memory)
        if nextEra > era {
            for index in sources.indices {
                sources[index].earlier =
                    nextEra == era + 1 ? sources[index].outcomes : Outcomes()
                sources[index].outcomes = Outcomes()
            }
            era = nextEra
        }
        forget()
        compare()
    }

    private static func index(of time: Instant, _ size: Span) -> Int64 {
        time.floored(to: size).microseconds / size.microseconds
    }

    /// Sources of which nothing is known any more, and where there are too many, those of which
    /// little is.
    private mutating func forget() {
        let isFull = sources.count > Limits.sourceCountMax * 3 / 4
        sources.removeAll { source in
            guard source.recent == 0, source.before == 0 else { return false }
            let count = source.all.count
            return count == 0 || isFull && count < UInt32(Limits.outcomeCountMin)
        }
        places = Dictionary(
            uniqueKeysWithValues: sources.enumerated().map { ($1.id, $0) })
    }

    /// The place of a source, made if there is room.
    private mutating func place(of id: UInt64) -> Int? {
        if let place = places[id] { return place }
        guard sources.count < Limits.sourceCountMax else { return nil }
        places[id] = sources.count
        sources.append(Source(id: id))
        return sources.count - 1
    }

    // MARK: too much

    /// Finds the surplus of a source. An example without a source is of none.
    mutating func shareFinding(_ id: UInt64, at now: Instant) -> ExampleFilter.Finding? {
        guard let most = settings.sourceShareMax, id != 0, let window, let place = places[id]
        else { return nil }
        let source = sources[place]
        // Of the window before, as much counts as of it lies within one window's length.
        let begin = Instant(microseconds: window * settings.window.microseconds)
        let gone = (now - begin).seconds / settings.window.seconds
        let left = min(max(1 - gone, 0), 1)
        let count = Double(source.recent) + Double(source.before) * left
        let total = Double(recent) + Double(before) * left
        guard count >= Double(settings.sourceCountMin), count >= most * total else { return nil }
        let share = FigureText.percent(most)
        return .init(
            rejection: Rejection(
                rule: .sourceShare, field: "source",
                text: "expected at most \(share) of \(settings.window.text) of one source, "
                    + "found \(FigureText.percent((count + 1) / (total + 1)))"))
    }

    mutating func admit(_ id: UInt64) {
        guard isOn else { return }
        recent += 1
        guard id != 0, let place = place(of: id) else { return }
        sources[place].recent &+= 1
    }

    // MARK: too few positives

    func rateFinding(_ id: UInt64) -> ExampleFilter.Finding? {
        guard settings.sourceRateChance != nil, let place = places[id], sources[place].isHeld
        else { return nil }
        let all = sources[place].all
        return .init(
            rejection: Rejection(
                rule: .sourceRate, field: "source",
                text: "expected positives as of others, \(FigureText.percent(usualRate)), found "
                    + "\(all.positives) of \(all.count)"))
    }

    mutating func noteOutcome(of id: UInt64, isPositive: Bool) {
        guard id != 0, let place = place(of: id) else { return }
        sources[place].outcomes.count &+= 1
        if isPositive { sources[place].outcomes.positives &+= 1 }
    }

    private mutating func compare() {
        guard let chance = settings.sourceRateChance else { return }
        guard let usual = usual() else {
            for index in sources.indices { sources[index].isHeld = false }
            return
        }
        usualRate = usual.rate
        for index in sources.indices {
            let all = sources[index].all
            let needed = sources[index].isHeld ? chance * Limits.patience : chance
            sources[index].isHeld =
                all.count >= UInt32(Limits.outcomeCountMin)
                && BetaBinomial(rate: usual.rate, correlation: usual.correlation)
                    .isRarer(atMost: Int(all.positives), of: Int(all.count), than: needed)
        }
    }

    /// What those sources do that are not held back; nil where there are too few.
    private func usual() -> (rate: Double, correlation: Double)? {
        let peers = sources.lazy.filter {
            !$0.isHeld && $0.all.count >= UInt32(Limits.outcomeCountMin)
        }.map(\.all)
        let total = peers.reduce(0.0) { $0 + Double($1.count) }
        let peerCount = peers.count
        guard peerCount >= Limits.peerCountMin else { return nil }
        // No single one counts for much, or a robot would make itself the rule.
        let most = max(Double(Limits.outcomeCountMin), total / Double(peerCount) * 4)
        func weight(_ all: Outcomes) -> Double { min(Double(all.count), most) }
        let weights = peers.reduce(0.0) { $0 + weight($1) }
        let rate = peers.reduce(0.0) { $0 + weight($1) * $1.rate } / weights
        guard rate > 0, rate < 1 else { return nil }
        var (squares, expected, slope) = (0.0, 0.0, 0.0)
        for all in peers {
            let weight = weight(all)
            let rest = 1 - weight / weights
            squares += weight * (all.rate - rate) * (all.rate - rate)
            expected += rest
            slope += (weight - 1) * rest
        }
        let found = (squares / (rate * (1 - rate)) - expected) / slope
        let limits = Limits.correlation
        return (rate, min(max(found, limits.lowerBound), limits.upperBound))
    }

    // MARK: bytes

    func encode(into writer: inout ByteWriter) {
        writer.write(window ?? .min)
        writer.write(era)
        writer.write(UInt64(recent))
        writer.write(UInt64(before))
        writer.write(usualRate)
        writer.write(UInt32(sources.count))
        for source in sources {
            writer.write(source.id)
            for count in [
                source.recent, source.before, source.outcomes.count, source.outcomes.positives,
                source.earlier.count, source.earlier.positives,
            ] { writer.write(count) }
            writer.write(source.isHeld)
        }
    }

    mutating func restore(_ reader: inout ByteReader) throws(ByteFault) {
        let index = try reader.read(Int64.self)
        window = index == .min ? nil : index
        era = try reader.read()
        recent = Int(clamping: try reader.read(UInt64.self))
        before = Int(clamping: try reader.read(UInt64.self))
        usualRate = try reader.readDouble()
        sources = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            var source = Source(id: try reader.read())
            source.recent = try reader.read()
            source.before = try reader.read()
            source.outcomes.count = try reader.read()
            source.outcomes.positives = try reader.read()
            source.earlier.count = try reader.read()
            source.earlier.positives = try reader.read()
            source.isHeld = try reader.readBool()
            sources.append(source)
        }
        places = [:]
        for (place, source) in sources.enumerated() { places[source.id] = place }
    }
}

/// Counts of successes whose chance differs from one series of trials to the next, by a beta
/// distribution of that mean; `correlation` is that of two trials of one series.
struct BetaBinomial {
    private let alpha: Double
    private let beta: Double
    private let rate: Double

    init(rate: Double, correlation: Double) {
        precondition(rate > 0 && rate < 1, "a rate lies within 0 and 1")
        precondition(correlation > 0 && correlation < 1, "a correlation lies within 0 and 1")
        self.rate = rate
        alpha = rate * (1 / correlation - 1)
        beta = (1 - rate) * (1 / correlation - 1)
    }

    /// True if so few successes or fewer have less than that chance. Exact, by the sum of terms.
    func isRarer(atMost successes: Int, of trials: Int, than chance: Double) -> Bool {
        guard Double(successes) < rate * Double(trials) else { return false }
        let count = Double(trials)
        let none =
            LogGamma.value(beta + count) - LogGamma.value(beta)
            - LogGamma.value(alpha + beta + count) + LogGamma.value(alpha + beta)
        var term = spindle_exp(none)
        var sum = term
        for index in 0..<successes where sum < chance {
            let one = Double(index)
            term *= (count - one) / (one + 1) * (alpha + one) / (beta + count - one - 1)
            sum += term
        }
        return sum < chance
    }
}
