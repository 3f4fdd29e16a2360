import Vocabulary

/// A purchase that is decided and still on its way.
struct Purchase: Sendable, Equatable {
    let due: Instant
    let visit: Instant
    let position: Int
    let shopper: Int
    let product: Int

    /// Whose purchase it is where no shopper made it: a robot's, which takes nothing from the
    /// shelves.
    static let nobody = Int(UInt32.max)

    /// The order in which purchases arrive; total, since a place of a visit is bought once.
    static func comesBefore(_ left: Purchase, _ right: Purchase) -> Bool {
        (left.due, left.visit, left.position) < (right.due, right.visit, right.position)
    }
}

/// The purchases on their way, the next one first: a binary heap.
struct PurchaseQueue: Sendable {
    private var heap: [Purchase] = []

    init() {}

    var next: Purchase? { heap.first }

    /// All of them, in the order in which they arrive.
    var inOrder: [Purchase] { heap.sorted(by: Purchase.comesBefore) }

    mutating func insert(_ purchase: Purchase) {
        heap.append(purchase)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Purchase.comesBefore(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the next one if it is due at `instant` or before.
    mutating func removeNext(dueBy instant: Instant) -> Purchase? {
        guard let first = heap.first, first.due <= instant else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && Purchase.comesBefore(heap[child], heap[least]) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
