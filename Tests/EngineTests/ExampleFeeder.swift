import Engine
import Ingestion
import Vocabulary

/// Gives an engine labelled examples one at a time.
struct ExampleFeeder {
    private let engine: ModelEngine
    private let source: Int
    private let parser = RecordParser(keepsFeatures: true)

    init(_ engine: ModelEngine, source: Int) {
        self.engine = engine
        self.source = source
    }

    func feed(_ index: Int) throws {
        let text = "{\"id\":\"e\(index)\",\"ts\":\(index),\"features\":{\"a\":1},\"label\":1}"
        let line = Array(text.utf8) + [UInt8](repeating: 0, count: LinePadding.size)
        try line.withUnsafeBytes { bytes in
            let record = UnsafeRawBufferPointer(
                rebasing: bytes[..<(bytes.count - LinePadding.size)])
            let line = parser.line(record, stream: .examples, number: index + 1)
            try engine.take(line, source: source)
        }
    }
}
