/// One step of a way that records took before: bytes that must stand there, and what follows.
///
/// On the data's way, so fast comes before plain: the bytes are compared as words.
struct PathStep {
    /// The first eight bytes and the last eight; of more than 16, the eight after the first and
    /// those before the last too, so that up to 32 are covered. Of fewer than eight, one word.
    private var words: (UInt64, UInt64, UInt64, UInt64)
    let size: Int32
    /// The step after the value, and the one to try if these bytes do not stand there; 0 none.
    var next: Int32 = 0
    var sibling: Int32 = 0
    let kind: Kind
    /// A feature's name.
    let meaning: UInt64

    static let sizeMax = 32

    /// What follows a step's bytes.
    enum Kind: UInt8 {
        /// Nothing: the next step's bytes.
        case nothing
        /// The inside of a string.
        case id, time, source, segment, zone, arm, unit, category, ignoredText
        case seconds, label, propensity, sampleRate, number, ignoredNumber
        /// Strings behind an opening bracket.
        case bag
        case boolean
        /// The record is over.
        case end

        /// True of the inside of a string.
        var isText: Bool {
            switch self {
            case .id, .time, .source, .segment, .zone, .arm, .unit, .category, .ignoredText: true
            case .nothing, .seconds, .label, .propensity, .sampleRate, .number, .ignoredNumber,
                .bag, .boolean, .end:
                false
            }
        }
    }

    /// At least eight bytes behind them must be readable.
    init(_ base: UnsafePointer<UInt8>, size: Int, kind: Kind, meaning: UInt64) {
        let bytes = UnsafeRawPointer(base)
        func word(_ offset: Int) -> UInt64 {
            bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
        words = (0, 0, 0, 0)
        if size < 8 {
            words.0 = word(0) & (1 << UInt64(size * 8) - 1)
        } else {
            (words.0, words.1) = (word(0), word(size - 8))
        }
        if size > 16 { (words.2, words.3) = (word(8), word(size - 16)) }
        self.size = Int32(size)
        self.kind = kind
        self.meaning = meaning
    }

    /// True if its bytes stand there; `available` says how many there are, eight more are
    /// readable.
    @inline(__always)
    func matches(_ base: UnsafePointer<UInt8>, available: Int) -> Bool {
        let size = Int(size)
        guard size <= available else { return false }
        let bytes = UnsafeRawPointer(base)
        let first = bytes.loadUnaligned(as: UInt64.self)
        if size < 8 { return (first ^ words.0) & ((1 &<< UInt64(size &* 8)) &- 1) == 0 }
        let last = bytes.loadUnaligned(fromByteOffset: size &- 8, as: UInt64.self)
        let differs = (first ^ words.0) | (last ^ words.1)
        if size <= 16 { return differs == 0 }
        let second = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let third = bytes.loadUnaligned(fromByteOffset: size &- 16, as: UInt64.self)
        return differs | (second ^ words.2) | (third ^ words.3) == 0
    }

    /// True if it is for the same bytes and what follows them.
    func isSame(as other: PathStep) -> Bool {
        size == other.size && words == other.words && kind == other.kind
            && meaning == other.meaning
    }
}

/// The ways that records of one stream took, from their first byte to their last, as a tree.
///
/// All that the parser asks of names and of the order of things was settled when a way was
/// learned, from one record that kept every rule. A record that takes the same way can only
/// break rules in its values.
struct RecordPaths: ~Copyable {
    let steps: UnsafeMutablePointer<PathStep>
    /// Step 0 stands before the first.
    private(set) var count = 0
    /// Records that took no known way since the tree was full.
    private var missCount = 0
    /// Records that took no known way since the newest one that did.
    private var missStreak = 0

    enum Limits {
        static let stepCount = 1024
        /// Alternatives at one place.
        static let siblingCount = 8
        /// A full tree is forgotten after so many misses: records have changed.
        static let missCount = 4096
        /// After so many misses in a row, ways are tried once in so many records.
        static let triedStreak = 16
    }

    init() {
        steps = .allocate(capacity: Limits.stepCount)
        clear()
    }

    deinit {
        steps.deallocate()
    }

    /// True if no more ways can be learned, until all are forgotten.
    var isFull: Bool { count >= Limits.stepCount }

    /// False for most records of a stream in which hardly any takes a known way, because keys
    /// come in ever other orders.
    @inline(__always)
    var isWorthTrying: Bool {
        missStreak & (Limits.triedStreak - 1) == 0 || missStreak < Limits.triedStreak
    }

    @inline(__always)
    mutating func noteHit() {
        if missStreak != 0 { missStreak = 0 }
    }

    mutating func noteMiss() {
        missStreak += 1
        guard isFull else { return }
        missCount += 1
        if missCount >= Limits.missCount { clear() }
    }

    /// Adds the way of one record, as far as there is room.
    mutating func learn(_ way: [PathStep]) {
        var at = 0
        for step in way {
            var child = Int(steps[at].next)
            var last = 0
            var siblingCount = 0
            while child != 0, !steps[child].isSame(as: step) {
                last = child
                child = Int(steps[child].sibling)
                siblingCount += 1
            }
            if child == 0 {
                guard count < Limits.stepCount, siblingCount < Limits.siblingCount else { return }
                child = count
                (steps + child).initialize(to: step)
                count += 1
                if last == 0 {
                    steps[at].next = Int32(child)
                } else {
                    steps[last].sibling = Int32(child)
                }
            }
            at = child
        }
    }

    private mutating func clear() {
        let nothing: (UInt64, UInt64) = (0, 0)
        withUnsafeBytes(of: nothing) { bytes in
            guard let base = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            steps.initialize(to: PathStep(base, size: 0, kind: .nothing, meaning: 0))
        }
        count = 1
        missCount = 0
    }
}
