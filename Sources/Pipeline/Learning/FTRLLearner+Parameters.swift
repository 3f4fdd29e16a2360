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
        let version = try reader.read(UInt32.self)
        guard [LearnerSnapshot.version, LearnerSnapshot.choosingVersion].contains(version) else {
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
        if version == LearnerSnapshot.choosingVersion {
            settings.features = try FeatureChoice(decoding: &reader)
        }
        self.init(settings: settings, usedSlotCount: bytes.count / Self.slotSize)
        let count = try reader.readDouble()
        restoreSums(count: count, weightSum: try reader.readDouble())
        for _ in 0..<(try reader.read(UInt32.self)) {
            let key = try reader.read(UInt32.self)
            numbers.append(key, try NumberStatistics(decoding: &reader))
        }
        let used = try reader.read(UInt64.self)
        guard used <= reader.remaining / Self.slotSize else {
            throw ByteFault(offset: reader.offset, expected: "\(used) slots")
        }
        let start = reader.offset
        let slots = try reader.readBytes(Int(used) * Self.slotSize)
        if let wrong = fill(slots) {
            throw ByteFault(
                offset: start + wrong * Self.slotSize, expected: "a slot below \(slotCount)")
        }
    }

    /// Bytes of one slot as it is encoded.
    static let slotSize = 12

    /// Puts slots where they belong; gives the first that belongs nowhere.
    private func fill(_ slots: UnsafeRawBufferPointer) -> Int? {
        guard var at = slots.baseAddress else { return nil }
        for number in 0..<slots.count / Self.slotSize {
            let index = Int(UInt32(littleEndian: at.loadUnaligned(as: UInt32.self)))
            guard index < slotCount else { return number }
            table[index] = Slot(
                z: at.loadUnaligned(fromByteOffset: 4, as: Float.self),
                root: at.loadUnaligned(fromByteOffset: 8, as: Float.self))
            touched[index >> 9] = 1
            at += Self.slotSize
        }
        return nil
    }
}

extension FeatureChoice {
    /// u32 count of what is ignored, the names; u32 count of crosses, two names each.
    func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(ignored.count))
        for name in ignored { writer.write(name) }
        writer.write(UInt32(crosses.count))
        for cross in crosses {
            writer.write(cross.left)
            writer.write(cross.right)
        }
    }

    fileprivate init(decoding reader: inout ByteReader) throws(ByteFault) {
        var ignored: [String] = []
        for _ in 0..<(try reader.read(UInt32.self)) { ignored.append(try reader.readText()) }
        var crosses: [Cross] = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            let left = try reader.readText()
            crosses.append(Cross(left, try reader.readText()))
        }
        self.init(ignored: ignored, crosses: crosses)
    }
}
