import Numerics

extension BucketRows {
    /// How many values all buckets hold.
    var valueCount: Int {
        var count = 0
        for row in 0..<rowCount { count += counts[row] << row }
        return count
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(rowCount))
        for row in 0..<rowCount { writer.write(UInt8(counts[row])) }
        forEach { bucket in
            writer.write(bucket.total)
            writer.write(bucket.variance)
            return true
        }
    }

    init(restoring reader: inout ByteReader, rowCountMax: Int) throws(ByteFault) {
        self.init(rowCountMax: rowCountMax)
        let rowCount = Int(try reader.read(UInt32.self))
        guard (1...rowCountMax).contains(rowCount) else {
            throw ByteFault(offset: reader.offset, expected: "at most \(rowCountMax) rows")
        }
        var counts: [Int] = []
        for _ in 0..<rowCount {
            counts.append(Int(try reader.read(UInt8.self)))
        }
        guard counts.allSatisfy({ $0 <= Self.bucketCountMax }),
            rowCount == 1 || counts[rowCount - 1] > 0
        else { throw ByteFault(offset: reader.offset, expected: "rows of a window") }
        for row in (0..<rowCount).reversed() {
            for place in 0..<counts[row] {
                let total = try reader.readDouble()
                let variance = try reader.readDouble()
                guard total.isFinite, variance.isFinite, variance >= 0 else {
                    throw ByteFault(offset: reader.offset, expected: "a bucket of a window")
                }
                put(Bucket(count: 0, total: total, variance: variance), row: row, place: place)
            }
        }
        reach(counts)
    }
}

extension ADWIN {
    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(untilLook))
        writer.write([origin, width, total, variance])
        rows.encode(into: &writer)
    }

    /// The settings must be those of the one that was written.
    package init(
        restoring reader: inout ByteReader, _ settings: Settings = Settings()
    ) throws(ByteFault) {
        self.init(settings)
        untilLook = Int(try reader.read(UInt32.self))
        let values = try reader.readDoubles()
        rows = try BucketRows(restoring: &reader, rowCountMax: settings.rowCountMax)
        guard (1...settings.clock).contains(untilLook), values.count == 4,
            values.allSatisfy(\.isFinite), values[3] >= 0,
            values[1] == Double(rows.valueCount)
        else { throw ByteFault(offset: reader.offset, expected: "a window of values") }
        (origin, width, total, variance) = (values[0], values[1], values[2], values[3])
    }
}
