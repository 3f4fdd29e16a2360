import Numerics
import Vocabulary

/// Tells examples that one source sends over and over: the same features, so many times in a
/// window of event time. The first ones are kept.
struct RepeatFilter: Sendable {
    /// Counts.
    enum Limits {
        /// Of different examples in one window; those beyond are not counted.
        static let exampleCountMax = 1 << 16
    }

    private let settings: FilterSettings
    private var counts: [UInt64: UInt32] = [:]
    private var window: Instant?

    init(_ settings: FilterSettings) {
        self.settings = settings
    }

    mutating func turn(to now: Instant) {
        guard settings.repeatCountMax != nil else { return }
        let begin = now.floored(to: settings.window)
        guard window.map({ begin > $0 }) ?? true else { return }
        window = begin
        counts.removeAll(keepingCapacity: true)
    }

    /// Counts an example, and finds it if there were enough of the kind. Those without a source are
    /// of one.
    mutating func finding(_ entry: EntryView) -> ExampleFilter.Finding? {
        guard let most = settings.repeatCountMax else { return nil }
        let key = XXHash64.hash(
            entry.base + EntryLayout.headerSize, count: entry.size - EntryLayout.headerSize,
            seed: entry.source)
        let count = counts[key] ?? 0
        guard count < UInt32(clamping: most) else {
            return .init(
                rejection: Rejection(
                    rule: .repeated, field: "features",
                    text: "expected the same features at most \(most) times in "
                        + "\(settings.window.text) of one source"))
        }
        if count > 0 || counts.count < Limits.exampleCountMax { counts[key] = count + 1 }
        return nil
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(window?.microseconds ?? .min)
        writer.write(UInt32(counts.count))
        for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.write(key)
            writer.write(count)
        }
    }

    mutating func restore(_ reader: inout ByteReader) throws(ByteFault) {
        let begin = try reader.read(Int64.self)
        window = begin == .min ? nil : Instant(microseconds: begin)
        counts = [:]
        for _ in 0..<(try reader.read(UInt32.self)) {
            let key = try reader.read(UInt64.self)
            counts[key] = try reader.read()
        }
    }
}
