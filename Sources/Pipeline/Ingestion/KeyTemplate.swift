/// A key of an object as it stood at the same place of the last record: `"name": ` from its
/// quote to its value, so that a key in its usual place is known by comparing a few words.
struct KeyTemplate {
    private var words: (UInt64, UInt64, UInt64, UInt64)
    private var masks: (UInt64, UInt64, UInt64, UInt64)
    let size: Int
    /// What the key stands for: a name's hash, or a field's number.
    let meaning: UInt64

    static let sizeMax = 32

    /// At least eight bytes behind the key must be readable.
    init(_ base: UnsafePointer<UInt8>, size: Int, meaning: UInt64) {
        let bytes = UnsafeRawPointer(base)
        func mask(_ word: Int) -> UInt64 {
            let used = min(max(size - word * 8, 0), 8)
            return used == 8 ? .max : (1 << UInt64(used * 8)) - 1
        }
        masks = (mask(0), mask(1), mask(2), mask(3))
        words = (0, 0, 0, 0)
        words.0 = bytes.loadUnaligned(as: UInt64.self) & masks.0
        if size > 8 { words.1 = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & masks.1 }
        if size > 16 {
            words.2 = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & masks.2
        }
        if size > 24 {
            words.3 = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self) & masks.3
        }
        self.size = size
        self.meaning = meaning
    }

    /// True if the same bytes lie there; `available` says how many may be read.
    @inline(__always)
    func matches(_ base: UnsafePointer<UInt8>, available: Int) -> Bool {
        guard size <= available else { return false }
        let bytes = UnsafeRawPointer(base)
        if bytes.loadUnaligned(as: UInt64.self) & masks.0 != words.0 { return false }
        if size <= 8 { return true }
        if bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & masks.1 != words.1 {
            return false
        }
        if size <= 16 { return true }
        if bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & masks.2 != words.2 {
            return false
        }
        if size <= 24 { return true }
        return bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self) & masks.3 == words.3
    }
}

/// The keys of an object in the order in which the last records had them.
struct KeyTemplates: ~Copyable {
    private let templates: UnsafeMutablePointer<KeyTemplate>
    private(set) var count = 0

    static let countMax = 64
    static let skippedCountMax = 4

    init() {
        templates = .allocate(capacity: Self.countMax)
    }

    deinit {
        templates.deallocate()
    }

    /// What the key at `base` means and its size, if it is the one expected at `place` or, where
    /// keys were left out, one of the next few; `place` moves to it.
    @inline(__always)
    func match(
        _ base: UnsafePointer<UInt8>, available: Int, at place: inout Int
    ) -> (meaning: UInt64, size: Int)? {
        let end = min(place + Self.skippedCountMax + 1, count)
        var candidate = place
        while candidate < end {
            if templates[candidate].matches(base, available: available) {
                place = candidate
                return (templates[candidate].meaning, templates[candidate].size)
            }
            candidate += 1
        }
        return nil
    }

    /// The key at this place is another one from now on; those behind it are forgotten.
    mutating func replace(
        at place: Int, _ base: UnsafePointer<UInt8>, size: Int, meaning: UInt64
    ) {
        guard place <= count, place < Self.countMax else { return }
        templates[place] = KeyTemplate(base, size: size, meaning: meaning)
        count = place + 1
    }

    /// The key at this place cannot be held.
    mutating func forget(from place: Int) {
        count = min(count, place)
    }
}
