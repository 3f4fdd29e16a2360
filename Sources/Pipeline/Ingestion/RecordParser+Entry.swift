import Numerics
import Vocabulary

extension RecordParser {
    /// Lets the next examples be written elsewhere; both have room for the largest one.
    func aim(entry: UnsafeMutableRawPointer, features: UnsafeMutablePointer<FeatureValue>?) {
        self.entry = entry
        if let features { featureBase = features }
    }

    /// Writes the entry of an example whose features lie in a list.
    func writeEntry(_ fields: RecordFields) {
        featureCount = fields.featureCount
        let numberCount = fields.numberCount
        let times = timeCategories(fields)
        writeHeader(fields, numberCount, fields.featureCount - numberCount + times.count)
        var values = entry + EntryLayout.headerSize
        var keys = values + numberCount * 8
        var categories = keys + numberCount * 4
        let features = featureBase
        for index in 0..<fields.featureCount {
            switch features[index].kind {
            case .number:
                values.storeBytes(of: features[index].number, as: Double.self)
                keys.storeBytes(
                    of: UInt32(truncatingIfNeeded: features[index].name), as: UInt32.self)
                values += 8
                keys += 4
            case .category:
                categories.storeBytes(
                    of: UInt32(truncatingIfNeeded: features[index].category), as: UInt32.self)
                categories += 4
            }
        }
        for time in times {
            categories.storeBytes(of: UInt32(truncatingIfNeeded: time), as: UInt32.self)
            categories += 4
        }
    }

    /// Everything but the features, and the padding behind them.
    @inline(__always)
    func writeHeader(_ fields: RecordFields, _ numberCount: Int, _ categoryCount: Int) {
        let size = EntryLayout.size(numberCount: numberCount, categoryCount: categoryCount)
        let base = entry
        // The last word may be part padding; without features it is in the header.
        base.storeBytes(of: 0, toByteOffset: size - 8, as: UInt64.self)
        base.storeBytes(
            of: UInt32(size) | UInt32(fields.arm) << 24, toByteOffset: EntryLayout.sizeOffset,
            as: UInt32.self)
        base.storeBytes(
            of: UInt16(numberCount), toByteOffset: EntryLayout.numberCountOffset, as: UInt16.self)
        base.storeBytes(
            of: UInt16(categoryCount), toByteOffset: EntryLayout.categoryCountOffset,
            as: UInt16.self)
        base.storeBytes(of: fields.idHash, toByteOffset: EntryLayout.idOffset, as: UInt64.self)
        base.storeBytes(
            of: fields.time.microseconds, toByteOffset: EntryLayout.timeOffset, as: Int64.self)
        base.storeBytes(of: 0, toByteOffset: EntryLayout.recordOffset, as: UInt64.self)
        base.storeBytes(
            of: Float(fields.label ?? 0), toByteOffset: EntryLayout.labelOffset, as: Float.self)
        let weight = fields.sampleRate == 1 ? 1 : min(1 / fields.sampleRate, Limits.weightMax)
        base.storeBytes(of: Float(weight), toByteOffset: EntryLayout.weightOffset, as: Float.self)
        base.storeBytes(of: fields.source, toByteOffset: EntryLayout.sourceOffset, as: UInt64.self)
        base.storeBytes(
            of: fields.segment, toByteOffset: EntryLayout.segmentOffset, as: UInt64.self)
        base.storeBytes(of: 0, toByteOffset: EntryLayout.arrivalOffset, as: Int64.self)
        guard propensityFloor > 0, fields.propensity > 0 else { return }
        weigh(fields.sampleRate, fields.propensity)
    }

    /// By propensity and sample rate together; with what limits took off.
    @inline(never)
    private func weigh(_ sampleRate: Double, _ propensity: Double) {
        let weight = min(
            1 / (sampleRate * max(propensity, propensityFloor)), Limits.weightMax)
        let cut = min(max(1 / (sampleRate * propensity) - weight, 0), Limits.cutWeightMax)
        entry.storeBytes(of: Float(weight), toByteOffset: EntryLayout.weightOffset, as: Float.self)
        entry.storeBytes(of: Float(cut), toByteOffset: EntryLayout.arrivalOffset, as: Float.self)
    }
}
