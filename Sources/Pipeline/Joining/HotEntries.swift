import CShims
import Vocabulary

/// Where the bytes of a waiting example lie in `HotEntries`.
struct HotPlace: Equatable {
    /// Counts chunks from 1 since the start; 0 is nowhere.
    var chunk: UInt32
    /// Offset in the chunk, in words of eight bytes.
    var word: UInt16

    static let none = HotPlace(chunk: 0, word: 0)
}

/// The bytes of the examples that wait for labels, in chunks.
///
/// A chunk is given back when nothing in it waits any more; when together they pass the limit,
/// the oldest goes first. One in which little waits is emptied by its owner, `takeSparse`, so
/// that the few examples whose labels never come don't keep the memory of the many. On the
/// data's way.
struct HotEntries: ~Copyable {
    let sizeMax: Int
    /// The chunks in use, oldest first, as bare memory: they are looked at for each entry.
    private var chunks: UnsafeMutablePointer<Chunk>
    private var chunkCount = 0
    private let chunkCountMax: Int
    private var firstOrdinal: UInt32 = 1
    private var heldSize = 0
    private var spares: [UnsafeMutableRawPointer] = []
    /// The newest chunk, where entries are added, and how full it is.
    private var newest: UnsafeMutableRawPointer?
    private var used = 0
    private var released: UnsafeMutableRawPointer?
    private var mayBeSparse = false

    private struct Chunk {
        /// Nil once it was given back.
        var base: UnsafeMutableRawPointer?
        var used = 0
        var entryCount = 0
        var liveCount = 0
    }

    /// A chunk taken out of use, whose entries that wait are to be kept again.
    struct Sparse {
        fileprivate var base: UnsafeMutableRawPointer
        fileprivate var used: Int
    }

    private static let chunkSize = 512 << 10
    /// Lines of the cache.
    private static let prefetchedLineCount = 4
    /// Chunks that are kept for reuse.
    private static let spareCountMax = 4
    /// A chunk is sparse when fewer than one in so many of its entries wait.
    private static let sparseness = 8
    /// Put in the place of the record's offset when an entry waits no more.
    private static let gone = UInt64.max

    init(sizeMax: Int) {
        self.sizeMax = max(sizeMax, 2 * Self.chunkSize)
        // Between chunks in use there may be some that were given back.
        chunkCountMax = 4 * (self.sizeMax / Self.chunkSize + 1)
        chunks = .allocate(capacity: chunkCountMax)
    }

    deinit {
        for index in 0..<chunkCount { chunks[index].base?.deallocate() }
        chunks.deallocate()
        for spare in spares { spare.deallocate() }
    }

    mutating func keep(_ entry: UnsafeRawPointer) -> HotPlace {
        bury()
        let size = EntryView(entry).size
        if newest == nil || used + size > Self.chunkSize { addChunk() }
        guard let base = newest else { return .none }
        let index = chunkCount &- 1
        (base + used).copyMemory(from: entry, byteCount: size)
        let place = HotPlace(chunk: firstOrdinal + UInt32(index), word: UInt16(used >> 3))
        used += size
        chunks[index].entryCount &+= 1
        chunks[index].liveCount &+= 1
        return place
    }

    /// Nil if the bytes are here no longer.
    func bytes(at place: HotPlace) -> UnsafeRawPointer? {
        guard let index = index(of: place), let base = chunks[index].base else { return nil }
        return UnsafeRawPointer(base + Int(place.word) << 3)
    }

    /// True while so little is kept that it is near the processor in any case.
    @inline(__always)
    var fitsCache: Bool { heldSize <= 8 * Self.chunkSize }

    /// Asks for the first bytes of an entry; the processor follows on by itself.
    func prefetch(_ place: HotPlace) {
        guard let bytes = bytes(at: place) else { return }
        for line in 0..<Self.prefetchedLineCount { spindle_prefetch(bytes + line * 64) }
    }

    /// The entry waits no more. Its bytes stay readable until the next change.
    mutating func release(_ place: HotPlace) {
        bury()
        guard let index = index(of: place), let base = chunks[index].base else { return }
        released = base + Int(place.word) << 3
        chunks[index].liveCount &-= 1
    }

    /// After a chunk was begun, an older one in which little waits, taken out of use; it is to
    /// be given back with `free`. At most one for each begun.
    mutating func takeSparse() -> Sparse? {
        guard mayBeSparse else { return nil }
        mayBeSparse = false
        bury()
        for index in 0..<max(0, chunkCount - 1) {
            let chunk = chunks[index]
            guard let base = chunk.base, chunk.liveCount * Self.sparseness < chunk.entryCount
            else { continue }
            chunks[index].base = nil
            heldSize -= Self.chunkSize
            return Sparse(base: base, used: chunk.used)
        }
        return nil
    }

    /// The entries of a chunk taken out that still waited.
    func forEachWaiting(_ sparse: Sparse, _ body: (UnsafeRawPointer) -> Void) {
        var offset = 0
        while offset < sparse.used {
            let entry = EntryView(UnsafeRawPointer(sparse.base + offset))
            if entry.rawOffset != Self.gone { body(entry.base) }
            offset += entry.size
        }
    }

    mutating func free(_ sparse: Sparse) {
        giveBack(sparse.base)
    }

    private mutating func giveBack(_ base: UnsafeMutableRawPointer) {
        if spares.count < Self.spareCountMax { spares.append(base) } else { base.deallocate() }
    }

    private func index(of place: HotPlace) -> Int? {
        guard place.chunk >= firstOrdinal, place.chunk != 0 else { return nil }
        let index = Int(place.chunk - firstOrdinal)
        return index < chunkCount ? index : nil
    }

    /// Marks what was released last, now that its bytes are needed no more.
    private mutating func bury() {
        guard let entry = released else { return }
        entry.storeBytes(of: Self.gone, toByteOffset: EntryLayout.recordOffset, as: UInt64.self)
        released = nil
    }

    private mutating func addChunk() {
        if chunkCount > 0 { chunks[chunkCount - 1].used = used }
        for index in 0..<chunkCount where chunks[index].liveCount == 0 { drop(index) }
        if heldSize + Self.chunkSize > sizeMax { dropOldest() }
        forgetFirst()
        while chunkCount == chunkCountMax {
            dropOldest()
            forgetFirst()
        }
        let base = spares.popLast() ?? .allocate(byteCount: Self.chunkSize, alignment: 16)
        (chunks + chunkCount).initialize(to: Chunk(base: base))
        chunkCount += 1
        heldSize += Self.chunkSize
        newest = base
        used = 0
        mayBeSparse = true
    }

    /// What was given back at the front needs no place any more.
    private mutating func forgetFirst() {
        var goneCount = 0
        while goneCount < chunkCount, chunks[goneCount].base == nil { goneCount += 1 }
        guard goneCount > 0 else { return }
        chunkCount -= goneCount
        chunks.update(from: chunks + goneCount, count: chunkCount)
        firstOrdinal += UInt32(goneCount)
    }

    private mutating func dropOldest() {
        for index in 0..<chunkCount where chunks[index].base != nil { return drop(index) }
    }

    private mutating func drop(_ index: Int) {
        guard let base = chunks[index].base else { return }
        giveBack(base)
        chunks[index].base = nil
        heldSize -= Self.chunkSize
    }
}
