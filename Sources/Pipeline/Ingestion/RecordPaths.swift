import CShims
import Vocabulary

/// One step of a way that records took before: bytes that must stand there, and what follows.
///
/// On the data's way, so fast comes before plain: 16 bytes are compared at once.
struct PathStep {
    /// The first 16 bytes, and ones where there are so many. Whoever compares knows the order of
    /// these.
    private var head = SIMD16<UInt8>()
    private var headMask = SIMD16<UInt8>()
    /// Of more than 16 bytes the last 16, which may overlap the first.
    private var tail = SIMD16<UInt8>()
    private var tailMask = SIMD16<UInt8>(repeating: 0xFF)
    /// A feature's name.
    let meaning: UInt64
    let size: Int32
    /// The step after the value, and the one to try if these bytes do not stand there, as their
    /// distance in bytes from the first step; 0 none.
    var next: Int32 = 0
    var sibling: Int32 = 0
    let kind: Kind

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

    init(_ base: UnsafePointer<UInt8>, size: Int, kind: Kind, meaning: UInt64) {
        for index in 0..<min(size, 16) {
            head[index] = base[index]
            headMask[index] = 0xFF
        }
        if size > 16 {
            for index in 0..<16 { tail[index] = base[size - 16 + index] }
        }
        self.size = Int32(size)
        self.kind = kind
        self.meaning = meaning
    }

    /// Where the bytes of the step at a pointer end, if they stand at `base`; nil if they do not.
    /// `LinePadding.size` bytes behind `end` are readable.
    @inline(__always)
    static func match(
        _ step: UnsafePointer<PathStep>, _ base: UnsafePointer<UInt8>,
        before end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        let behind = base + Int(step.pointee.size)
        guard behind <= end, spindle_same16(base, step) != 0,
            step.pointee.size <= 16
                || spindle_same16(behind - 16, UnsafeRawPointer(step) + tailOffset) != 0
        else { return nil }
        return behind
    }

    private static let tailOffset = 32

    /// True if it is for the same bytes and what follows them.
    func isSame(as other: PathStep) -> Bool {
        size == other.size && head == other.head && tail == other.tail && kind == other.kind
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
            var child = Self.index(steps[at].next)
            var last = 0
            var siblingCount = 0
            while child != 0, !steps[child].isSame(as: step) {
                last = child
                child = Self.index(steps[child].sibling)
                siblingCount += 1
            }
            if child == 0 {
                guard count < Limits.stepCount, siblingCount < Limits.siblingCount else { return }
                child = count
                (steps + child).initialize(to: step)
                count += 1
                if last == 0 {
                    steps[at].next = Self.distance(child)
                } else {
                    steps[last].sibling = Self.distance(child)
                }
            }
            at = child
        }
    }

    private static func index(_ distance: Int32) -> Int {
        Int(distance) / MemoryLayout<PathStep>.stride
    }

    private static func distance(_ index: Int) -> Int32 {
        Int32(index * MemoryLayout<PathStep>.stride)
    }

    /// The step at a distance in bytes from the first.
    @inline(__always)
    static func step(
        _ first: UnsafePointer<PathStep>, _ distance: Int32
    ) -> UnsafePointer<PathStep> {
        (UnsafeRawPointer(first) + Int(distance)).assumingMemoryBound(to: PathStep.self)
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
