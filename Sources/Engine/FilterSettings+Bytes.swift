import Filtering
import Numerics
import Vocabulary

extension FilterSettings {
    func encode(into writer: inout ByteWriter) {
        // NaN stands for none: no setting is one.
        for value in [sourceShareMax, sourceRateChance, anomalyMargin] {
            writer.write(value ?? .nan)
        }
        writer.write(UInt64(sourceCountMin))
        writer.write(UInt64(repeatCountMax ?? 0))
        writer.write(window.microseconds)
        writer.write(memory.microseconds)
        writer.write(UInt32(shadowed.count))
        for rule in shadowed { writer.write(rule.rawValue) }
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        func value(_ reader: inout ByteReader) throws(ByteFault) -> Double? {
            let value = try reader.readDouble()
            return value.isNaN ? nil : value
        }
        self.init()
        sourceShareMax = try value(&reader)
        sourceRateChance = try value(&reader)
        anomalyMargin = try value(&reader)
        sourceCountMin = Int(clamping: try reader.read(UInt64.self))
        let repeats = Int(clamping: try reader.read(UInt64.self))
        repeatCountMax = repeats == 0 ? nil : repeats
        window = Span(microseconds: try reader.read())
        memory = Span(microseconds: try reader.read())
        guard window > .zero, memory > .zero else {
            throw ByteFault(offset: reader.offset, expected: "spans of a filter")
        }
        shadowed = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            let name = try reader.readText()
            guard let rule = AdmissionRule(rawValue: name) else {
                throw ByteFault(offset: reader.offset, expected: "a rule of the filter")
            }
            shadowed.append(rule)
        }
    }
}
