import CShims
import Numerics
import Vocabulary

/// How a learner is set up.
package struct LearnerSettings: Sendable, Equatable {
    /// Learning rate of a coordinate that has met nothing.
    package var alpha: Float = 0.2
    package var beta: Float = 1
    package var l1: Float = 0
    package var l2: Float = 0
    /// The table has 2 to this power of slots, 8 bytes each.
    package var bits = 22

    package init() {}
}

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
/// squared gradients, and its weight is computed when it is needed. Not a value, because the
/// table is large.
package final class FTRLLearner {
    package let settings: LearnerSettings

    static let rowNormMax: Float = 20
    static let binsPerDeviation = 3.0
    private static let logitMax = 30.0

    struct Slot {
        var z: Float
        var root: Float
    }

    let table: UnsafeMutablePointer<Slot>
    private let mask: UInt32
    /// One byte for each 512 slots that were ever written: a checkpoint reads only those.
    let touched: UnsafeMutablePointer<UInt8>
    var numbers = NumberTable()
    private(set) var weightSum = 0.0
    private(set) var count = 0.0
    private var rowCapacity: Int
    private var row: UnsafeMutablePointer<Coordinate>
    /// The table's index for the k-th number of the last row, which is mostly that of the next.
    private var lastNumbers: UnsafeMutablePointer<LastNumber>
    private var lastNumberCapacity = 64

    struct Coordinate {
        var slot: UInt32
        var value: Float
        var weight: Float
    }

    private struct LastNumber {
        var key: UInt32
        var index: Int32
    }

    /// The slot behind the table, which no feature hashes to.
    var biasSlot: UInt32 { mask + 1 }
    var pageCount: Int { (slotCount + 511) / 512 }
    var slotCount: Int { Int(mask) + 2 }

    package init(settings: LearnerSettings) {
        precondition((10...28).contains(settings.bits), "a table has 2^10 to 2^28 slots")
        self.settings = settings
        mask = UInt32(1) << UInt32(settings.bits) - 1
        let size = (Int(mask) + 2) * MemoryLayout<Slot>.stride
        guard let memory = spindle_zeroed(size), let pages = spindle_zeroed(size / 4096 + 1) else {
            preconditionFailure("no memory for a table of \(size) bytes")
        }
        table = memory.assumingMemoryBound(to: Slot.self)
        touched = pages.assumingMemoryBound(to: UInt8.self)
        rowCapacity = 256
        row = .allocate(capacity: 256)
        lastNumbers = .allocate(capacity: lastNumberCapacity)
        lastNumbers.initialize(
            repeating: LastNumber(key: 0, index: -1), count: lastNumberCapacity)
    }

    deinit {
        spindle_release(table)
        spindle_release(touched)
        row.deallocate()
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
        return logit(count)
    }

    /// Scores an entry, then learns it; gives the logit from before.
    package func learn(_ entry: EntryView) -> Double {
        let rowCount = spread(entry)
        let logit = logit(rowCount)
        let probability = Entropy.sigmoid(logit)
        let weight = Double(entry.weight)
        count += 1
        weightSum += weight
        let scale = weightSum > 0 ? weight * (count / weightSum) : 0
        let gradient = Float((probability - Double(entry.label)) * scale)
        let inverseAlpha = 1 / settings.alpha
        let (row, table, touched) = (self.row, self.table, self.touched)
        for index in 0..<rowCount {
            let coordinate = row[index]
            let place = table + Int(coordinate.slot)
            let old = place.pointee
            let part = gradient * coordinate.value
            let grown = (old.root * old.root + part * part).squareRoot()
            let z = old.z + part - (grown - old.root) * inverseAlpha * coordinate.weight
            place.pointee = Slot(z: z, root: grown)
            touched[Int(coordinate.slot >> 9)] = 1
        }
        updateNumbers(entry)
        return logit
    }

    /// Lays an entry out over the slots, the bias first; gives the count of coordinates.
    @inline(__always)
    private func spread(_ entry: EntryView) -> Int {
        let numberCount = entry.numberCount
        let categoryCount = entry.categoryCount
        let needed = 1 + categoryCount + 2 * numberCount
        if needed > rowCapacity { growRow(to: needed) }
        if numberCount > lastNumberCapacity { growLastNumbers(to: numberCount) }
        let (row, mask) = (self.row, self.mask)
        row[0] = Coordinate(slot: biasSlot, value: 1, weight: 0)
        var count = 1
        let categories = entry.categoryKeys
        for index in 0..<categoryCount {
            row[count] = Coordinate(slot: categories[index] & mask, value: 1, weight: 0)
            count += 1
        }
        var norm = Float(categoryCount)
        let values = entry.numbers
        let keys = entry.numberKeys
        let statistics = numbers.statistics
        for index in 0..<numberCount {
            let key = keys[index]
            guard let place = numberIndex(key, at: index) else { continue }
            let known = statistics + place
            guard known.pointee.inverseDeviation > 0 else { continue }
            let z = known.pointee.standardised(values[index])
            let value = Float(z)
            row[count] = Coordinate(
                slot: Self.slot(key, bin: 0) & mask, value: value, weight: 0)
            // 1 to 31: z is within ±5, three bins a deviation.
            let bin = UInt32(Int32((z * Self.binsPerDeviation).rounded(.down)) + 16)
            row[count + 1] = Coordinate(
                slot: Self.slot(key, bin: bin) & mask, value: 1, weight: 0)
            count += 2
            norm += value * value + 1
        }
        if norm > Self.rowNormMax {
            let scale = (Self.rowNormMax / norm).squareRoot()
            for index in 1..<count { row[index].value *= scale }
        }
        return count
    }

    @inline(__always)
    private func logit(_ count: Int) -> Double {
        let (l1, l2) = (settings.l1, settings.l2)
        let (beta, inverseAlpha) = (settings.beta, 1 / settings.alpha)
        let (row, table) = (self.row, self.table)
        var sum = 0.0
        for index in 0..<count {
            let slot = table[Int(row[index].slot)]
            let shrunk = abs(slot.z) <= l1 ? 0 : slot.z - (slot.z > 0 ? l1 : -l1)
            let weight = -shrunk / ((beta + slot.root) * inverseAlpha + l2)
            row[index].weight = weight
            sum += Double(weight * row[index].value)
        }
        return min(max(sum, -Self.logitMax), Self.logitMax)
    }

    /// After learning, so that a score never knows the value it scores.
    @inline(__always)
    private func updateNumbers(_ entry: EntryView) {
        let values = entry.numbers
        let keys = entry.numberKeys
        for index in 0..<entry.numberCount {
            var place = numberIndex(keys[index], at: index)
            if place == nil { place = addNumber(keys[index], at: index) }
            guard let place else { continue }
            numbers.statistics[place].update(values[index])
        }
    }

    @inline(__always)
    private func numberIndex(_ key: UInt32, at position: Int) -> Int? {
        let last = lastNumbers[position]
        if last.key == key, last.index >= 0 { return Int(last.index) }
        guard let index = numbers.find(key) else { return nil }
        lastNumbers[position] = LastNumber(key: key, index: Int32(index))
        return index
    }

    private func addNumber(_ key: UInt32, at position: Int) -> Int? {
        guard let index = numbers.findOrAdd(key) else { return nil }
        lastNumbers[position] = LastNumber(key: key, index: Int32(index))
        return index
    }

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

    private func growRow(to count: Int) {
        row.deallocate()
        rowCapacity = count * 2
        row = .allocate(capacity: rowCapacity)
    }

    private func growLastNumbers(to count: Int) {
        lastNumbers.deallocate()
        lastNumberCapacity = count * 2
        lastNumbers = .allocate(capacity: lastNumberCapacity)
        lastNumbers.initialize(
            repeating: LastNumber(key: 0, index: -1), count: lastNumberCapacity)
    }

    func restoreSums(count: Double, weightSum: Double) {
        self.count = count
        self.weightSum = weightSum
    }
}
