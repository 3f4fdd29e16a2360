import Vocabulary

/// Room for the entries of the lines that a reader holds, in two blocks: while a line of one is
/// still at hand, the lines after it go to the other.
struct EntryBlocks: ~Copyable {
    private let entries: (UnsafeMutableRawPointer, UnsafeMutableRawPointer)
    private let features: (Features?, Features?)
    private var isSecond = false
    private var used = 0
    private var featureCount = 0

    private typealias Features = UnsafeMutablePointer<FeatureValue>

    /// Each block has room for its share and for the two largest entries, so that two lines are
    /// at hand whatever they hold.
    private static let size = LineReader.Limits.blockSize + 2 * RecordParser.Limits.entrySizeMax
    private static let featureCountMax = 2048

    init(keepsFeatures: Bool) {
        func entryBlock() -> UnsafeMutableRawPointer {
            .allocate(byteCount: Self.size, alignment: 16)
        }
        func featureBlock() -> Features? {
            guard keepsFeatures else { return nil }
            return .allocate(
                capacity: Self.featureCountMax + 2 * RecordParser.Limits.featureCountMax + 2)
        }
        entries = (entryBlock(), entryBlock())
        features = (featureBlock(), featureBlock())
    }

    deinit {
        entries.0.deallocate()
        entries.1.deallocate()
        features.0?.deallocate()
        features.1?.deallocate()
    }

    var hasRoom: Bool {
        used <= LineReader.Limits.blockSize && featureCount <= Self.featureCountMax
    }

    /// Begins with an empty block that does not hold this entry.
    mutating func begin(besides entry: UnsafeMutableRawPointer?) {
        used = 0
        featureCount = 0
        isSecond = entry.map { $0 >= entries.0 && $0 < entries.0 + Self.size } ?? false
    }

    /// Makes the parser write its next example behind those that are here.
    @inline(__always)
    func aim(_ parser: RecordParser) {
        parser.aim(
            entry: (isSecond ? entries.1 : entries.0) + used,
            features: (isSecond ? features.1 : features.0).map { $0 + featureCount })
    }

    /// The parser's last example stays here.
    @inline(__always)
    mutating func advance(_ parser: RecordParser) {
        used += EntryView(UnsafeRawPointer(parser.entry)).size
        featureCount += parser.features.count
    }
}
