import HeapModule
import Vocabulary

/// When an example is due, and which of those that are due at once goes first.
struct Deadline: Comparable {
    var time: Instant
    var rank: UInt64
    var ordinal: UInt64

    static func < (left: Deadline, right: Deadline) -> Bool {
        if left.time != right.time { return left.time < right.time }
        return (left.rank, left.ordinal) < (right.rank, right.ordinal)
    }
}

/// The deadlines of a join: ends of waits, and turns of those whose labels are known. Each kind
/// comes nearly in order; both together do not.
struct Deadlines {
    private var waits = DeadlineQueue()
    private var turns = DeadlineQueue()

    mutating func insert(_ deadline: Deadline, isWait: Bool) {
        if isWait { waits.insert(deadline) } else { turns.insert(deadline) }
    }

    /// Takes out the first of all, if it is no later than `limit`.
    mutating func popFirst(upTo limit: Instant) -> Deadline? {
        let (wait, turn) = (waits.first(upTo: limit), turns.first(upTo: limit))
        if let wait, turn.map({ wait < $0 }) ?? true {
            waits.removeFirst()
            return wait
        }
        if turn != nil { turns.removeFirst() }
        return turn
    }
}

/// Deadlines in their order, whatever the order in which they came.
///
/// A calendar queue (Brown 1988): deadlines lie unordered in blocks of time, and a block is sorted
/// when its turn comes. They come nearly in order, so that sorting is nearly free, and most of
/// them, the ends of waits whose labels were in time, are never compared but with their neighbours.
struct DeadlineQueue {
    /// Of the blocks whose turn has come; those before `position` are gone.
    private var open: [Deadline] = []
    private var position = 0
    /// Those that came after their block was opened.
    private var latecomers = Heap<Deadline>()
    /// Blocks that are open end before this one.
    private var firstClosed = Int64.min
    /// By the number of the block.
    private var blocks: [Int64: [Deadline]] = [:]
    private var numbers = Heap<Int64>()
    /// The block that was added to last: mostly the next one's too.
    private var newest: [Deadline] = []
    private var newestNumber: Int64?

    /// Blocks are 2 to this power of microseconds long, some 17 minutes.
    private static let blockShift = Int64(30)

    mutating func insert(_ deadline: Deadline) {
        let number = deadline.time.microseconds >> Self.blockShift
        guard number >= firstClosed else { return latecomers.insert(deadline) }
        if number != newestNumber { turn(to: number) }
        newest.append(deadline)
    }

    /// The first of all, if it is no later than `limit`.
    mutating func first(upTo limit: Instant) -> Deadline? {
        let limitNumber = limit.microseconds >> Self.blockShift
        while position == open.count, latecomers.isEmpty {
            guard let number = numbers.min, number <= limitNumber else { return nil }
            openBlock(number)
        }
        let first = isLate ? latecomers.min : open[position]
        return first.flatMap { $0.time <= limit ? $0 : nil }
    }

    /// Takes away what `first` gave.
    mutating func removeFirst() {
        if isLate { latecomers.removeMin() } else { position += 1 }
    }

    /// Whether the first is one that came late.
    private var isLate: Bool {
        guard position < open.count else { return true }
        return latecomers.min.map { $0 < open[position] } ?? false
    }

    /// Has the block at hand that is added to next.
    private mutating func turn(to number: Int64?) {
        if let newestNumber { blocks[newestNumber] = newest }
        (newestNumber, newest) = (number, [])
        guard let number else { return }
        if let known = blocks.removeValue(forKey: number) {
            newest = known
        } else {
            numbers.insert(number)
        }
    }

    private mutating func openBlock(_ number: Int64) {
        numbers.removeMin()
        turn(to: nil)
        open = blocks.removeValue(forKey: number) ?? []
        open.sort()
        (position, firstClosed) = (0, number + 1)
    }
}
