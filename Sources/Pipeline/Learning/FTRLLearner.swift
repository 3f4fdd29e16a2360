import CShims
import Numerics
import Vocabulary

/// FTRL-Proximal logistic regression over hashed features, one learning rate a coordinate
/// (McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches", algorithm 1).
///
/// A category is a slot with value 1. A number has two: its running z-score, clipped to ±5, and
/// a slot for its bin, a third of a deviation wide, so that an effect need not be a straight
/// line. The bias stands apart. A row whose squared norm, bias left out, exceeds
/// `rowNormMax` is scaled down to it, so that a row of a hundred features takes no hundredfold
/// step. The gradient is weighted by the example's weight over the mean weight so far.
///
/// On the data's way, so fast comes before plain: a slot holds z and the root of the summed
/// squared gradients, and its weight is computed when it is needed. The slots of a row are
/// gathered, learned side by side and put back; of two coordinates in one slot, the last one's
/// step counts. Entries are taken as they come: what the settings choose of their features is done
/// before, by a `FeatureChooser`. Not a value, because the table is large.
package final class FTRLLearner {
    package let settings: LearnerSettings

    static let rowNormMax: Float = 20
    static let binsPerDeviation = 3.0
    private static let logitMax = 30.0

    struct Slot {
        var z: Float
        var root: Float
    }

    private(set) var table: UnsafeMutablePointer<Slot>
    private var memory: UnsafeMutableRawPointer
    private static let pageSize = 4096
    /// True once slots all over the table were used, so that it lies on large pages.
    private var isSpread: Bool
    /// A table is spread when one in so many of its pages is used; a larger one is never, because
    /// it would take up all of its memory at once.
    private static let spreadness = 4
    private static let spreadBitsMax = 24
    /// Rows to the next look at that.
    private var rowsToSpreadCheck = 0
    let mask: UInt32
    /// One byte for each 512 slots that were ever written, or for all of a spread table: a
    /// checkpoint reads only those.
    let touched: UnsafeMutablePointer<UInt8>
    var numbers = NumberTable()
    private(set) var weightSum = 0.0
    private(set) var count = 0.0
    var row: CoordinateRow
    /// What its values are to be multiplied by.
    private var rowScale: Float = 1
    /// The table's index for the k-th number of the last row, which is mostly that of the next.
    private var lastNumbers: UnsafeMutablePointer<LastNumber>
    private var lastNumberCapacity = 64
    /// False where the last row had numbers that are met for the first time.
    private var knowsEachNumber = false

    private struct LastNumber {
        var key: UInt32
        var index: Int32
        /// The slot of the number's z-score.
        var slot: UInt32
    }

    /// What is known of an entry before it is learned.
    package struct Scored {
        /// NaN if the entry was not learned.
        package var logit: Double
        package var logistic: Entropy.Logistic

        /// False if the entry left no trace, because its step was not finite.
        package var isLearned: Bool { !logit.isNaN }
    }

    /// What was not finite.
    package enum StepFault: String, Sendable {
        /// One that was there before.
        case weight
        /// The gradient, or what it would have made of a weight.
        case step
    }

    /// Of the newest step that was not finite; nil if all were.
    package private(set) var stepFault: StepFault?
    /// Of a step; NaN makes the next one fail, a fault that is injected.
    private var inverseAlpha: Float

    /// What of a step is taken: 1 but while an event is ridden through with smaller ones.
    package var stepShare: Float = 1

    /// The slots behind the table, which no feature hashes to: the bias, and one that stays empty.
    var biasSlot: UInt32 { mask + 1 }
    private var paddingSlot: UInt32 { mask + 2 }
    static let slotsPerPage = 512
    var pageCount: Int { (slotCount + Self.slotsPerPage - 1) / Self.slotsPerPage }
    var slotCount: Int { Int(mask) + 2 }

    package convenience init(settings: LearnerSettings) {
        self.init(settings: settings, usedSlotCount: 0)
    }

    /// With the count of slots that will be used at once, as far as it is known.
    init(settings: LearnerSettings, usedSlotCount: Int) {
        precondition((10...28).contains(settings.bits), "a table has 2^10 to 2^28 slots")
        self.settings = settings
        inverseAlpha = 1 / settings.alpha
        mask = UInt32(1) << UInt32(settings.bits) - 1
        let size = (Int(mask) + 3) * MemoryLayout<Slot>.stride
        // Hashed, that many slots lie on as many pages.
        isSpread =
            settings.bits <= Self.spreadBitsMax
            && usedSlotCount > size / Self.pageSize / Self.spreadness
        let memorySize = size + Self.pageSize
        let memory = isSpread ? spindle_zeroed_large(memorySize) : spindle_zeroed(memorySize)
        guard let memory,
            let pages = spindle_zeroed(size / Self.pageSize + 1)
        else { preconditionFailure("no memory for a table of \(size) bytes") }
        self.memory = memory
        // 512 slots are a page, so that whoever reads those that were written touches no other.
        table = memory.alignedUp(toMultipleOf: Self.pageSize).assumingMemoryBound(to: Slot.self)
        touched = pages.assumingMemoryBound(to: UInt8.self)
        row = CoordinateRow(capacity: 256)
        lastNumbers = .allocate(capacity: lastNumberCapacity)
        lastNumbers.initialize(repeating: Self.noNumber, count: lastNumberCapacity)
        if isSpread { touched.update(repeating: 1, count: pageCount) }
    }

    deinit {
        spindle_release(memory)
        spindle_release(touched)
        lastNumbers.deallocate()
    }

    /// Asks for the memory that an entry will need soon.
    @inline(__always)
    package func prefetch(_ bytes: UnsafeRawPointer) {
        let entry = EntryView(bytes)
        let keys = entry.categoryKeys
        for index in 0..<entry.categoryCount {
            spindle_prefetch(table + Int(keys[index] & mask))
        }
    }

    /// The logit for an entry; probability is its logistic function.
    package func score(_ entry: EntryView) -> Double {
        let count = spread(entry)
        return logit(of: row, count, scale: rowScale)
    }

    /// Scores an entry, then learns it; gives the logit from before.
    package func learn(_ entry: EntryView) -> Double {
        teach(entry).logit
    }

    /// Scores an entry, then learns it; gives what was known of it before. An entry whose step
    /// would leave something that is not finite changes nothing.
    package func teach(_ entry: EntryView) -> Scored {
        let rowCount = spread(entry)
        let logit = logit(of: row, rowCount, scale: rowScale)
        let logistic = Entropy.Logistic(logit)
        let weight = Double(entry.weight)
        let (taughtCount, taughtWeight) = (count + 1, weightSum + weight)
        let scale = taughtWeight > 0 ? weight * (taughtCount / taughtWeight) : 0
        let gradient = Float((logistic.probability - Double(entry.label)) * scale) * stepShare
        // Slots that were used before lie on pages that are known.
        let isNew = !isSpread && row.hasNewSlot
        let remainder = spindle_ftrl_learn(
            floats, row.row, CoordinateRow.padded(rowCount), gradient, inverseAlpha)
        if remainder.isNaN { return takeBack(rowCount, logistic) }
        (count, weightSum) = (taughtCount, taughtWeight)
        if isNew { touch(rowCount) }
        updateNumbers(entry)
        rowsToSpreadCheck &-= 1
        if rowsToSpreadCheck < 0 { checkSpread() }
        return Scored(logit: logit, logistic: logistic)
    }

    /// Makes the step at hand undone, bit for bit.
    @inline(never)
    private func takeBack(
        _ rowCount: Int, _ logistic: Entropy.Logistic
    ) -> Scored {
        // All that share a slot had the same from it.
        for index in 0..<CoordinateRow.padded(rowCount) {
            table[Int(row.slots[index])] = Slot(
                z: row.row.z[index], root: row.row.roots[index])
        }
        let isKnown = (0..<rowCount).allSatisfy { row.row.weights[$0].isFinite }
        stepFault = isKnown ? .step : .weight
        isStepSpoiled = false
        return Scored(logit: .nan, logistic: logistic)
    }

    /// True while the next step is to fail.
    package var isStepSpoiled: Bool {
        get { inverseAlpha.isNaN }
        set { inverseAlpha = newValue ? .nan : 1 / settings.alpha }
    }

    /// Few features stay on few small pages; many take as long for small pages as for themselves.
    private func checkSpread() {
        let isSettled = isSpread || settings.bits > Self.spreadBitsMax
        // Rarer the longer the features stay few, so that looking costs next to nothing.
        rowsToSpreadCheck = isSettled ? .max : max(256, pageCount / 32, Int(count / 16))
        guard !isSettled else { return }
        var touchedCount = 0
        for page in 0..<pageCount where touched[page] != 0 { touchedCount += 1 }
        guard touchedCount > pageCount / Self.spreadness else { return }
        moveToLargePages()
    }

    private func moveToLargePages() {
        let size = (slotCount + 1) * MemoryLayout<Slot>.stride
        // Where there is no memory for two, the table stays where it is.
        guard let larger = spindle_large(size) else { return }
        let slots = larger.assumingMemoryBound(to: Slot.self)
        for page in 0..<pageCount {
            let first = page * Self.slotsPerPage
            let count = min(Self.slotsPerPage, slotCount + 1 - first)
            if touched[page] != 0 {
                (slots + first).initialize(from: table + first, count: count)
            } else {
                (slots + first).initialize(repeating: Slot(z: 0, root: 0), count: count)
            }
        }
        spindle_release(memory)
        (memory, table) = (larger, slots)
        isSpread = true
        touched.update(repeating: 1, count: pageCount)
    }

    /// Lays an entry out over the slots, the bias first; gives the count of coordinates.
    @inline(__always)
    private func spread(_ entry: EntryView) -> Int {
        let numberCount = entry.numberCount
        let categoryCount = entry.categoryCount
        let needed = 1 + categoryCount + 2 * numberCount
        if needed > row.capacity { row = CoordinateRow(capacity: needed * 2) }
        if numberCount > lastNumberCapacity { growLastNumbers(to: numberCount) }
        var (count, norm) = spreadCategories(of: entry, row)
        let values = entry.numbers
        let keys = entry.numberKeys
        var index = 0
        var isEachKnown = true
        while index < numberCount {
            if let last = lastNumber(keys[index], at: index) {
                spread(
                    values[index], numbers.statistics + Int(last.index), keys[index],
                    slot: last.slot, row, &count, &norm)
            } else {
                isEachKnown = false
            }
            index &+= 1
        }
        knowsEachNumber = isEachKnown
        rowScale = Self.rowScale(norm)
        return count
    }

    /// Puts the bias and the categories at the beginning of a row; gives their count and the
    /// squared norm, bias left out.
    @inline(__always)
    func spreadCategories(of entry: EntryView, _ row: CoordinateRow) -> (count: Int, norm: Float) {
        let categoryCount = entry.categoryCount
        row.slots[0] = biasSlot
        row.values[0] = 1
        spindle_ftrl_spread(
            entry.categoryKeys, categoryCount, mask, row.slots + 1, row.values + 1)
        return (1 &+ categoryCount, Float(categoryCount))
    }

    /// Puts a number behind what stands in a row: its z-score and its bin.
    @inline(__always)
    func spread(
        _ value: Double, _ known: UnsafeMutablePointer<NumberStatistics>, _ key: UInt32,
        slot: UInt32, _ row: CoordinateRow, _ count: inout Int, _ norm: inout Float
    ) {
        guard known.pointee.inverseDeviation > 0 else { return }
        let z = known.pointee.standardised(value)
        let value = Float(z)
        row.slots[count] = slot
        row.values[count] = value
        // 1 to 31: z is within ±5, three bins a deviation.
        let bin = spindle_whole(z * Self.binsPerDeviation + 16)
        row.slots[count &+ 1] = Self.slot(key, bin: bin) & mask
        row.values[count &+ 1] = 1
        count &+= 2
        norm += value * value + 1
    }

    /// The bias keeps its value.
    @inline(__always)
    static func rowScale(_ norm: Float) -> Float {
        norm > rowNormMax ? (rowNormMax / norm).squareRoot() : 1
    }

    @inline(__always)
    func logit(of row: CoordinateRow, _ count: Int, scale: Float) -> Double {
        let (slots, values) = (row.slots, row.values)
        // What lies behind the row has no value, and so no part in the sum.
        let padded = CoordinateRow.padded(count)
        var index = count
        while index < padded {
            slots[index] = paddingSlot
            values[index] = 0
            index &+= 1
        }
        let sum = spindle_ftrl_weigh(
            floats, row.row, padded, scale, kernelSettings, isSpread ? nil : row.newSlots)
        return min(max(sum, -Self.logitMax), Self.logitMax)
    }

    var kernelSettings: spindle_ftrl_settings {
        spindle_ftrl_settings(
            beta: settings.beta, inverseAlpha: 1 / settings.alpha, l1: settings.l1,
            l2: settings.l2)
    }

    /// The table as bare floats.
    var floats: UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(table).assumingMemoryBound(to: Float.self)
    }

    /// Notes on which pages the last row lies.
    private func touch(_ count: Int) {
        let (slots, touched) = (row.slots, self.touched)
        for index in 0..<count { touched[Int(slots[index]) >> 9] = 1 }
    }

    /// After learning, so that a score never knows the value it scores.
    @inline(__always)
    private func updateNumbers(_ entry: EntryView) {
        let values = entry.numbers
        let keys = entry.numberKeys
        let count = entry.numberCount
        var index = 0
        if knowsEachNumber {
            let (statistics, last) = (numbers.statistics, lastNumbers)
            while index < count {
                statistics[Int(last[index].index)].update(values[index])
                index &+= 1
            }
            return
        }
        while index < count {
            let last = lastNumbers[index]
            if last.key == keys[index], last.index >= 0 {
                numbers.statistics[Int(last.index)].update(values[index])
            } else {
                updateNumber(keys[index], values[index], at: index)
            }
            index &+= 1
        }
    }

    /// Of a number that the last row did not have there.
    private func updateNumber(_ key: UInt32, _ value: Double, at position: Int) {
        guard let index = numbers.findOrAdd(key) else { return }
        lastNumbers[position] = remembered(key, index)
        numbers.statistics[index].update(value)
    }

    @inline(__always)
    private func lastNumber(_ key: UInt32, at position: Int) -> LastNumber? {
        let last = lastNumbers[position]
        return last.key == key && last.index >= 0 ? last : newNumber(key, at: position)
    }

    private func newNumber(_ key: UInt32, at position: Int) -> LastNumber? {
        guard let index = numbers.find(key) else { return nil }
        lastNumbers[position] = remembered(key, index)
        return lastNumbers[position]
    }

    private func remembered(_ key: UInt32, _ index: Int) -> LastNumber {
        LastNumber(key: key, index: Int32(index), slot: slot(ofNumber: key))
    }

    private static let noNumber = LastNumber(key: 0, index: -1, slot: 0)

    /// The slot of a number's z-score.
    func slot(ofNumber key: UInt32) -> UInt32 { Self.slot(key, bin: 0) & mask }

    /// Bin 0 is the z-score itself. The mixing is that of Chris Wellons' 32-bit "lowbias32".
    @inline(__always)
    private static func slot(_ key: UInt32, bin: UInt32) -> UInt32 {
        var mixed = key ^ (bin &* 0x9E37_79B1)
        mixed ^= mixed >> 16
        mixed = mixed &* 0x7FEB_352D
        mixed ^= mixed >> 15
        mixed = mixed &* 0x846C_A68B
        return mixed ^ mixed >> 16
    }

    private func growLastNumbers(to count: Int) {
        lastNumbers.deallocate()
        lastNumberCapacity = count * 2
        lastNumbers = .allocate(capacity: lastNumberCapacity)
        lastNumbers.initialize(repeating: Self.noNumber, count: lastNumberCapacity)
    }

    func restoreSums(count: Double, weightSum: Double) {
        self.count = count
        self.weightSum = weightSum
    }
}
