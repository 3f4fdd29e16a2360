import Vocabulary

/// Where the bytes of a waiting example lie in `HotEntries`.
struct HotPlace: Equatable {
    /// Counts chunks from 1 since the start; 0 is nowhere.
    var chunk: UInt32
    var offset: UInt32

    static let none = HotPlace(chunk: 0, offset: 0)
}

/// The bytes of the examples that wait for labels, in chunks that are freed when nothing in
/// them waits any more, or when together they pass the limit: then the oldest goes first.
struct HotEntries: ~Copyable {
    let sizeMax: Int
    private var chunks: [Chunk?] = []
    private var firstOrdinal: UInt32 = 1
    private var heldSize = 0
    private var spare: UnsafeMutableRawPointer?

    private struct Chunk {
        var base: UnsafeMutableRawPointer
        var used = 0
        var liveCount = 0
    }

    private static let chunkSize = 1 << 20

    init(sizeMax: Int) {
        self.sizeMax = max(sizeMax, 2 * Self.chunkSize)
    }

    deinit {
        for chunk in chunks { chunk?.base.deallocate() }
        spare?.deallocate()
    }

    mutating func keep(_ entry: UnsafeRawPointer) -> HotPlace {
        let size = EntryView(entry).size
        if !(chunks.last.map { $0.map { $0.used + size <= Self.chunkSize } ?? false } ?? false) {
            addChunk()
        }
        let index = chunks.count - 1
        guard var chunk = chunks[index] else { return .none }
        (chunk.base + chunk.used).copyMemory(from: entry, byteCount: size)
        let place = HotPlace(
            chunk: firstOrdinal + UInt32(index), offset: UInt32(chunk.used))
        chunk.used += size
        chunk.liveCount += 1
        chunks[index] = chunk
        return place
    }

    /// Nil if the bytes are here no longer.
    func bytes(at place: HotPlace) -> UnsafeRawPointer? {
        guard place.chunk >= firstOrdinal, place.chunk != 0 else { return nil }
        let index = Int(place.chunk - firstOrdinal)
        guard index < chunks.count, let chunk = chunks[index] else { return nil }
        return UnsafeRawPointer(chunk.base + Int(place.offset))
    }

    /// The entry waits no more. Its bytes stay readable until the next call of `keep`.
    mutating func release(_ place: HotPlace) {
        guard place.chunk >= firstOrdinal, place.chunk != 0 else { return }
        let index = Int(place.chunk - firstOrdinal)
        guard index < chunks.count, chunks[index] != nil else { return }
        chunks[index]?.liveCount -= 1
    }

    private mutating func addChunk() {
        for index in chunks.indices where chunks[index]?.liveCount == 0 { free(index) }
        if heldSize + Self.chunkSize > sizeMax,
            let oldest = chunks.firstIndex(where: { $0 != nil })
        {
            free(oldest)
        }
        while let first = chunks.first, first == nil {
            chunks.removeFirst()
            firstOrdinal += 1
        }
        let base = spare ?? .allocate(byteCount: Self.chunkSize, alignment: 16)
        spare = nil
        chunks.append(Chunk(base: base))
        heldSize += Self.chunkSize
    }

    private mutating func free(_ index: Int) {
        guard let chunk = chunks[index] else { return }
        if spare == nil { spare = chunk.base } else { chunk.base.deallocate() }
        chunks[index] = nil
        heldSize -= Self.chunkSize
    }
}
