import Numerics
import Vocabulary

/// What stays of a record that was erased: enough for the join to do what it did with it, and
/// nothing that it said but its time, its label, and a hash of its id. It stands in place of the
/// line, and the rest of that is zeros.
///
///      0  u8   0 example, 1 example with a label of its own, 2 label, 3 held back
///      1  u8   of a held one the rule that held it back, of a released example the rule that had;
///              255 for none: rules are numbered by their place in `AdmissionRule`
///      2  u24  the erasure's number, at most 2^24 - 1
///      5  u64  hash of the id
///     13  i64  event time, microseconds since 1970
///     21  u24  size of the example's entry
///     24  f32  an example's own label; of a label record, at 21, its label
///
/// Of a held one only the first five bytes are there.
package struct ErasedRecord: Sendable, Equatable {
    package var what: What
    package var number: UInt64
    /// Of a held one 0, as its time is none.
    package var idHash: UInt64 = 0
    package var time = Instant.earliest

    /// What it was.
    package enum What: Sendable, Equatable {
        case example(entrySize: Int, label: Float?, releasedFrom: AdmissionRule?)
        case label(Float)
        case held(AdmissionRule)
    }

    package init(what: What, number: UInt64, idHash: UInt64 = 0, time: Instant = .earliest) {
        (self.what, self.number, self.idHash, self.time) = (what, number, idHash, time)
    }

    private static let noRule = UInt8.max

    /// Nil if these bytes, in place of a line, are none of these.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard let kind = bytes.first, kind <= 3, bytes.count >= Self.size(ofKind: kind) else {
            return nil
        }
        let rules = AdmissionRule.allCases
        let rule = Int(bytes[1]) < rules.count ? rules[Int(bytes[1])] : nil
        func short(_ offset: Int) -> UInt64 {
            (0..<3).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
        }
        number = short(2)
        if kind == 3 {
            guard let rule else { return nil }
            what = .held(rule)
            return
        }
        func float(_ offset: Int) -> Float {
            Float(
                bitPattern: UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        let label = kind == 0 ? 0 : float(kind == 2 ? 21 : 24)
        let entrySize = Int(short(21))
        guard kind == 2 || entrySize >= EntryLayout.headerSize && entrySize % 8 == 0 else {
            return nil
        }
        what =
            kind == 2
            ? .label(label)
            : .example(
                entrySize: entrySize, label: kind == 1 ? label : nil, releasedFrom: rule)
        idHash = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt64.self))
        time = Instant(
            microseconds: Int64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 13, as: Int64.self)))
    }

    /// Bytes that it needs, of the shortest line that it can stand in.
    private static func size(ofKind kind: UInt8) -> Int { [24, 28, 25, 5][Int(kind)] }

    private var kind: UInt8 {
        switch what {
        case .example(_, let label, _): label == nil ? 0 : 1
        case .label: 2
        case .held: 3
        }
    }

    /// True for a line that it can stand in.
    package func fits(_ size: Int) -> Bool { size >= Self.size(ofKind: kind) }

    /// Takes the place of a line that it fits.
    package func write(over line: UnsafeMutableRawBufferPointer) {
        guard let base = line.baseAddress, fits(line.count) else { return }
        var writer = ByteWriter()
        func rule(_ rule: AdmissionRule?) -> UInt8 {
            rule.flatMap { AdmissionRule.allCases.firstIndex(of: $0) }.map { UInt8($0) }
                ?? Self.noRule
        }
        func write(short value: UInt64) {
            for shift in [0, 8, 16] { writer.write(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        func writeHeader(_ held: AdmissionRule?) {
            writer.write(kind)
            writer.write(rule(held))
            write(short: number)
            if kind == 3 { return }
            writer.write(idHash)
            writer.write(time.microseconds)
        }
        switch what {
        case .held(let rule): writeHeader(rule)
        case .label(let label):
            writeHeader(nil)
            writer.write(label.bitPattern)
        case .example(let size, let label, let released):
            writeHeader(released)
            write(short: UInt64(size))
            if let label { writer.write(label.bitPattern) }
        }
        base.initializeMemory(as: UInt8.self, repeating: 0, count: line.count)
        line.copyBytes(from: writer.bytes)
    }

    /// The entry of an example, as `EntryLayout` has one that was erased, with its place in the
    /// raw log; empty for what is no example.
    package func entry(at rawOffset: UInt64) -> [UInt64] {
        guard case .example(let size, let label, _) = what else { return [] }
        var words = [UInt64](repeating: 0, count: size / 8)
        words.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt32(size), as: UInt32.self)
            bytes.storeBytes(of: idHash, toByteOffset: EntryLayout.idOffset, as: UInt64.self)
            bytes.storeBytes(
                of: time.microseconds, toByteOffset: EntryLayout.timeOffset, as: Int64.self)
            bytes.storeBytes(of: rawOffset, toByteOffset: EntryLayout.recordOffset, as: UInt64.self)
            bytes.storeBytes(of: label ?? 0, toByteOffset: EntryLayout.labelOffset, as: Float.self)
            bytes.storeBytes(of: number, toByteOffset: EntryLayout.segmentOffset, as: UInt64.self)
        }
        return words
    }
}
