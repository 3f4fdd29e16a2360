import Numerics
import Vocabulary

extension FTRLLearner {
    /// The learner's parameters and nothing else, in one order: two learners that learned the
    /// same have the same bytes.
    ///
    ///     u32  2, the FTRL learner
    ///     f32 × 4  alpha, beta, l1, l2;  u32  bits
    ///     f64 × 2  count and sum of weights of what was learned
    ///     u32  count of numbers; for each, by rising key: u32 key, 16 f64 with their count
    ///     u64  count of slots; for each, by rising index: u32 index, f32 z, f32 root
    package func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt32(2))
        for value in [settings.alpha, settings.beta, settings.l1, settings.l2] {
            writer.write(value)
        }
        writer.write(UInt32(settings.bits))
        writer.write(count)
        writer.write(weightSum)
        writer.write(UInt32(numbers.count))
        let order = (0..<numbers.count).sorted { numbers.keys[$0] < numbers.keys[$1] }
        for index in order {
            writer.write(numbers.keys[index])
            numbers[index].encode(into: &writer)
        }
        let countOffset = writer.bytes.count
        writer.write(UInt64(0))
        var written: UInt64 = 0
        forEachSlot { index, slot in
            writer.write(UInt32(index))
            writer.write(slot.z)
            writer.write(slot.root)
            written += 1
        }
        withUnsafeBytes(of: written.littleEndian) { bytes in
            writer.bytes.replaceSubrange(countOffset..<countOffset + 8, with: bytes)
        }
        return writer.bytes
    }

    /// Reads what `encode` wrote.
    package convenience init(decoding bytes: UnsafeRawBufferPointer) throws(ByteFault) {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt32.self) == 2 else {
            throw ByteFault(offset: 0, expected: "an FTRL learner")
        }
        var settings = LearnerSettings()
        settings.alpha = try reader.readFloat()
        settings.beta = try reader.readFloat()
        settings.l1 = try reader.readFloat()
        settings.l2 = try reader.readFloat()
        settings.bits = Int(try reader.read(UInt32.self))
        guard (10...28).contains(settings.bits) else {
            throw ByteFault(offset: reader.offset - 4, expected: "10 to 28 bits")
        }
        self.init(settings: settings)
        let count = try reader.readDouble()
        restoreSums(count: count, weightSum: try reader.readDouble())
        for _ in 0..<(try reader.read(UInt32.self)) {
            let key = try reader.read(UInt32.self)
            numbers.append(key, try NumberStatistics(decoding: &reader))
        }
        for _ in 0..<(try reader.read(UInt64.self)) {
            let index = Int(try reader.read(UInt32.self))
            guard index < slotCount else {
                throw ByteFault(offset: reader.offset - 4, expected: "a slot below \(slotCount)")
            }
            table[index] = Slot(z: try reader.readFloat(), root: try reader.readFloat())
            touched[index >> 9] = 1
        }
    }

    /// Counts of slots in use and of parameters that are not finite.
    package func inspect() -> (slotCount: Int, nonFiniteCount: Int) {
        var used = 0
        var broken = 0
        forEachSlot { _, slot in
            used += 1
            if !slot.z.isFinite || !slot.root.isFinite { broken += 1 }
        }
        for index in 0..<numbers.count where !numbers[index].isFinite { broken += 1 }
        return (used, broken)
    }

    private func forEachSlot(_ body: (Int, Slot) -> Void) {
        for page in 0..<pageCount where touched[page] != 0 {
            for index in page * 512..<min((page + 1) * 512, slotCount) {
                let slot = table[index]
                if slot.z != 0 || slot.root != 0 { body(index, slot) }
            }
        }
    }
}
