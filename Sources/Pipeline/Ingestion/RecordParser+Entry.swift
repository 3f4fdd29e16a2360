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
        base.storeBytes(
            of: Float(weight(fields)), toByteOffset: EntryLayout.weightOffset, as: Float.self)
        base.storeBytes(of: fields.source, toByteOffset: EntryLayout.sourceOffset, as: UInt64.self)
        base.storeBytes(
            of: fields.segment, toByteOffset: EntryLayout.segmentOffset, as: UInt64.self)
        base.storeBytes(of: 0, toByteOffset: EntryLayout.arrivalOffset, as: Int64.self)
    }

    /// One over the chance with which this example is here: of being shown, and of being kept.
    @inline(__always)
    private func weight(_ fields: RecordFields) -> Double {
        var chance = fields.sampleRate
        if propensityFloor > 0, fields.propensity > 0 {
            chance *= max(fields.propensity, propensityFloor)
        }
        return chance == 1 ? 1 : min(1 / chance, Limits.weightMax)
    }

    /// What the weight would be without its limits, less the weight.
    @inline(__always)
    func cutWeight(_ fields: RecordFields) -> Float {
        guard propensityFloor > 0, fields.propensity > 0 else { return 0 }
        let whole = 1 / (fields.sampleRate * fields.propensity)
        return Float(min(max(whole - weight(fields), 0), Limits.cutWeightMax))
    }
}
