/// An exponential histogram of a window of values: row r holds up to six buckets of 2^r values
/// each, the oldest first, so that a window of n values takes memory of the order of log n
/// (Bifet and Gavaldà 2007, section 3.2, with M = 5).
///
/// On the way of every value, so fast comes before plain: all lies in one flat array, a full row
/// is merged in place, and nothing is allocated after `init`.
struct BucketRows: Sendable, Equatable {
    /// Buckets of a row before two of them become one of the next.
    static let bucketCountMax = 5
    /// A row's totals and then its variances, one more of each than it may keep.
    private static let stride = 2 * (bucketCountMax + 1)
    private static let variances = bucketCountMax + 1

    let rowCountMax: Int
    /// Rows that have been reached; the newest values lie in row 0.
    private(set) var rowCount = 1
    private(set) var counts: [Int]
    /// What no bucket lies in is 0, so that equal windows are equal.
    private var cells: [Double]

    init(rowCountMax: Int) {
        self.rowCountMax = rowCountMax
        counts = Array(repeating: 0, count: rowCountMax)
        cells = Array(repeating: 0, count: rowCountMax * Self.stride)
    }

    /// One bucket: so many values, their sum, and the sum of squared distances from their mean.
    struct Bucket {
        var count: Double
        var total: Double
        var variance: Double
    }

    /// Appends a bucket of one value; false if the last row is over-full and must lose its oldest
    /// bucket.
    @inline(__always)
    mutating func append(_ value: Double) -> Bool {
        let count = counts[0]
        cells[count] = value
        counts[0] = count &+ 1
        return count < Self.bucketCountMax || compress()
    }

    /// Merges the two oldest buckets of each over-full row into one of the next.
    private mutating func compress() -> Bool {
        let rowCountMax = rowCountMax
        var reached = rowCount
        let isWithin = counts.withUnsafeMutableBufferPointer { counts in
            cells.withUnsafeMutableBufferPointer { cells in
                var row = 0
                // Half of one over the count of values of a bucket: a power of two, so exact.
                var weight = 0.5
                while counts[row] > Self.bucketCountMax {
                    guard row &+ 1 < rowCountMax else { return false }
                    let at = row &* Self.stride
                    let next = at &+ Self.stride &+ counts[row &+ 1]
                    let gap = cells[at] - cells[at &+ 1]
                    cells[next] = cells[at] + cells[at &+ 1]
                    cells[next &+ Self.variances] =
                        cells[at &+ Self.variances] + cells[at &+ Self.variances &+ 1]
                        + weight * gap * gap
                    Self.dropTwo(cells, at)
                    Self.dropTwo(cells, at &+ Self.variances)
                    counts[row] &-= 2
                    counts[row &+ 1] &+= 1
                    row &+= 1
                    weight *= 0.5
                }
                reached = max(reached, row + 1)
                return true
            }
        }
        rowCount = reached
        return isWithin
    }

    /// Drops the two oldest values of a full row.
    @inline(__always)
    private static func dropTwo(_ cells: UnsafeMutableBufferPointer<Double>, _ at: Int) {
        cells[at] = cells[at &+ 2]
        cells[at &+ 1] = cells[at &+ 3]
        cells[at &+ 2] = cells[at &+ 4]
        cells[at &+ 3] = cells[at &+ 5]
        cells[at &+ 4] = 0
        cells[at &+ 5] = 0
    }

    /// Takes away the oldest bucket; there must be one.
    mutating func removeOldest() {
        let row = rowCount - 1
        precondition(counts[row] > 0, "no bucket to take away")
        for start in [row * Self.stride, row * Self.stride + Self.variances] {
            for index in start..<start + Self.bucketCountMax { cells[index] = cells[index + 1] }
            cells[start + Self.bucketCountMax] = 0
        }
        counts[row] -= 1
        while rowCount > 1, counts[rowCount - 1] == 0 { rowCount -= 1 }
    }

    /// Puts a bucket where it lay when it was written; `reach` makes it count.
    mutating func put(_ bucket: Bucket, row: Int, place: Int) {
        cells[row * Self.stride + place] = bucket.total
        cells[row * Self.stride + Self.variances + place] = bucket.variance
    }

    /// The buckets of each row, from row 0, were put.
    mutating func reach(_ counts: [Int]) {
        rowCount = counts.count
        self.counts.replaceSubrange(0..<counts.count, with: counts)
    }

    /// Goes over all buckets from the oldest to the newest, until `body` says no.
    @inline(__always)
    func forEach(_ body: (Bucket) -> Bool) {
        cells.withUnsafeBufferPointer { cells in
            counts.withUnsafeBufferPointer { counts in
                var row = rowCount - 1
                while row >= 0 {
                    let size = Double(1 << row)
                    let start = row &* Self.stride
                    var at = start
                    while at < start &+ counts[row] {
                        let bucket = Bucket(
                            count: size, total: cells[at],
                            variance: cells[at &+ Self.variances])
                        guard body(bucket) else { return }
                        at &+= 1
                    }
                    row -= 1
                }
            }
        }
    }
}
