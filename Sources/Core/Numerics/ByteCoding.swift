/// Writes fixed-width little-endian values one after the other: the way of all binary files.
package struct ByteWriter: Sendable {
    package var bytes: [UInt8] = []

    package init() {}

    package mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Room for so many bytes, to be filled at once; `fill` must write them all. Nothing is zeroed
    /// before, which takes longer than to fill it.
    package mutating func append(count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        let head = bytes
        let size = head.count + count
        bytes = [UInt8](unsafeUninitializedCapacity: size + count / 4) { room, used in
            guard let base = room.baseAddress else { return }
            base.initialize(from: head, count: head.count)
            fill(UnsafeMutableRawPointer(base + head.count))
            used = size
        }
    }

    package mutating func write(_ value: Double) { write(value.bitPattern) }
    package mutating func write(_ value: Float) { write(value.bitPattern) }
    package mutating func write(_ value: Bool) { write(value ? UInt8(1) : 0) }

    /// The length in bytes first, as 32 bits.
    package mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// The length in bytes first, as 64 bits.
    package mutating func write(block: [UInt8]) {
        write(UInt64(block.count))
        bytes.append(contentsOf: block)
    }

    /// The count first, as 32 bits.
    package mutating func write(_ values: [Double]) {
        write(UInt32(values.count))
        for value in values { write(value) }
    }

    package mutating func write(_ values: [Float]) {
        write(UInt32(values.count))
        for value in values { write(value) }
    }

    package mutating func write(_ values: [UInt64]) {
        write(UInt32(values.count))
        for value in values { write(value) }
    }
}

/// A file that does not hold what it should, and where that was seen.
package struct ByteFault: Error, Equatable {
    package var offset: Int
    package var expected: String

    package init(offset: Int, expected: String) {
        self.offset = offset
        self.expected = expected
    }
}

/// Reads what a `ByteWriter` wrote; every read is checked against the end.
package struct ByteReader {
    package private(set) var offset = 0
    private let bytes: UnsafeRawBufferPointer

    /// The buffer must outlive the reader.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    package var remaining: Int { bytes.count - offset }

    package mutating func read<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(ByteFault) -> Value {
        let size = MemoryLayout<Value>.size
        try need(size, "\(size) more bytes")
        defer { offset += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    package mutating func readDouble() throws(ByteFault) -> Double {
        Double(bitPattern: try read(UInt64.self))
    }

    package mutating func readFloat() throws(ByteFault) -> Float {
        Float(bitPattern: try read(UInt32.self))
    }

    package mutating func readBool() throws(ByteFault) -> Bool {
        let value = try read(UInt8.self)
        guard value <= 1 else { throw ByteFault(offset: offset - 1, expected: "0 or 1") }
        return value == 1
    }

    package mutating func readText() throws(ByteFault) -> String {
        let count = Int(try read(UInt32.self))
        try need(count, "a text of \(count) bytes")
        defer { offset += count }
        guard
            let text = String(
                validating: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]),
                as: UTF8.self)
        else { throw ByteFault(offset: offset, expected: "UTF-8") }
        return text
    }

    package mutating func readBlock() throws(ByteFault) -> UnsafeRawBufferPointer {
        let count = Int(exactly: try read(UInt64.self)) ?? .max
        return try readBytes(count)
    }

    package mutating func readBytes(_ count: Int) throws(ByteFault) -> UnsafeRawBufferPointer {
        try need(count, "a block of \(count) bytes")
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    package mutating func readDoubles() throws(ByteFault) -> [Double] {
        let count = Int(try read(UInt32.self))
        try need(count * 8, "\(count) numbers")
        var values: [Double] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try readDouble()) }
        return values
    }

    package mutating func readFloats() throws(ByteFault) -> [Float] {
        let count = Int(try read(UInt32.self))
        try need(count * 4, "\(count) numbers")
        var values: [Float] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try readFloat()) }
        return values
    }

    package mutating func readWords() throws(ByteFault) -> [UInt64] {
        let count = Int(try read(UInt32.self))
        try need(count * 8, "\(count) words")
        var values: [UInt64] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(UInt64.self)) }
        return values
    }

    private func need(
        _ count: Int, _ expected: @autoclosure () -> String
    ) throws(ByteFault) {
        guard count >= 0, count <= remaining else {
            throw ByteFault(offset: offset, expected: expected())
        }
    }
}
