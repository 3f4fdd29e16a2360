import Engine
import Ingestion
import Vocabulary

/// Gives an engine labelled examples one at a time.
struct ExampleFeeder {
    private let engine: ModelEngine
    private let source: Int
    private let parser = RecordParser()

    init(_ engine: ModelEngine, source: Int) {
        self.engine = engine
        self.source = source
    }

    func feed(_ index: Int) throws {
        let text = "{\"id\":\"e\(index)\",\"ts\":\(index),\"features\":{\"a\":1},\"label\":1}"
        let line = Array(text.utf8) + [UInt8](repeating: 0, count: 8)
        try line.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let count = bytes.count - 8
            let record = try parser.parse(base, count: count, stream: .examples)
            try engine.take(
                UnsafeRawBufferPointer(rebasing: bytes[..<count]), stream: .examples,
                source: source,
                position: SourcePosition(path: "s", line: index + 1, endOffset: 0),
                outcome: .success(record), parser: parser)
        }
    }
}
