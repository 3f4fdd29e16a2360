import Numerics
import TestKit
import Testing

@Suite("Bytes of files")
struct ByteCodingTests {
    private struct Fields: Equatable {
        var byte: UInt8
        var word: UInt32
        var signed: Int64
        var double: UInt64
        var float: Float
        var isSet: Bool
        var text: String
        var block: [UInt8]
        var doubles: [Double]
        var words: [UInt64]

        init(_ random: inout SplitMix64) {
            byte = UInt8(truncatingIfNeeded: random.next())
            word = UInt32(truncatingIfNeeded: random.next())
            signed = Int64(bitPattern: random.next())
            double = random.next()
            float = Float(random.normal())
            isSet = random.chance(0.5)
            text = String(repeating: random.pick(["a", "é", "🧶", ""]), count: random.below(5))
            block = random.bytes(random.below(6))
            doubles = (0..<random.below(4)).map { _ in random.normal() }
            words = (0..<random.below(4)).map { _ in random.next() }
        }

        init(_ reader: inout ByteReader) throws(ByteFault) {
            byte = try reader.read()
            word = try reader.read()
            signed = try reader.read()
            double = try reader.readDouble().bitPattern
            float = try reader.readFloat()
            isSet = try reader.readBool()
            text = try reader.readText()
            block = Array(try reader.readBlock())
            doubles = try reader.readDoubles()
            words = try reader.readWords()
        }

        func encode() -> [UInt8] {
            var writer = ByteWriter()
            writer.write(byte)
            writer.write(word)
            writer.write(signed)
            writer.write(Double(bitPattern: double))
            writer.write(float)
            writer.write(isSet)
            writer.write(text)
            writer.write(block: block)
            writer.write(doubles)
            writer.write(words)
            return writer.bytes
        }
    }

    @Test("What was written is read again", arguments: 1...20 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let fields = Fields(&random)
        try fields.encode().withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let restored = try Fields(&reader)
            #expect(restored == fields)
            #expect(reader.remaining == 0)
        }
    }

    @Test("Every cut is found", arguments: 1...20 as ClosedRange<UInt64>)
    func cuts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let whole = Fields(&random).encode()
        for count in 0..<whole.count {
            let cut = Array(whole[..<count])
            cut.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                let fault = #expect(throws: ByteFault.self) { _ = try Fields(&reader) }
                #expect(fault.map { $0.offset <= count } ?? false)
            }
        }
    }

    @Test("Random bytes are never read beyond their end", arguments: [1, 2] as [UInt64])
    func noise(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<3000 {
            let noise = random.bytes(random.below(80))
            noise.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                _ = try? Fields(&reader)
                #expect(reader.offset <= noise.count)
            }
        }
    }

    @Test("Lengths near the end of all numbers are refused, not added up")
    func hugeLengths() {
        var writer = ByteWriter()
        writer.write(UInt64.max)
        writer.write(UInt32.max)
        writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            #expect(throws: ByteFault.self) { _ = try reader.readBlock() }
            var texts = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[8...]))
            #expect(throws: ByteFault.self) { _ = try texts.readText() }
            var doubles = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[8...]))
            #expect(throws: ByteFault.self) { _ = try doubles.readDoubles() }
        }
    }

    @Test("A text that is no UTF-8 is refused, and a truth that is neither")
    func badValues() {
        let bad: [UInt8] = [2, 0, 0, 0, 0xC3, 0x28]
        bad.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            #expect(throws: ByteFault.self) { _ = try reader.readText() }
            var truth = ByteReader(bytes)
            #expect(throws: ByteFault.self) { _ = try truth.readBool() }
        }
    }

    @Test("Files are little-endian")
    func endianness() {
        var writer = ByteWriter()
        writer.write(UInt32(0x0102_0304))
        #expect(writer.bytes == [4, 3, 2, 1])
    }
}
