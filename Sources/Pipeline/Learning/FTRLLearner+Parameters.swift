import Numerics
import Vocabulary

extension FTRLLearner {
    /// The parameters of this moment; takes as long as copying what was ever written.
    package func snapshot() -> LearnerSnapshot { LearnerSnapshot(self) }

    /// The learner's parameters and nothing else, as `LearnerSnapshot` lays them out.
    package func encode() -> [UInt8] { snapshot().encode() }

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
            for index in page * Self.slotsPerPage..<min((page + 1) * Self.slotsPerPage, slotCount) {
                let slot = table[index]
                if slot.z != 0 || slot.root != 0 { body(index, slot) }
            }
        }
    }
}
