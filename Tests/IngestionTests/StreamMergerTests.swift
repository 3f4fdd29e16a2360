import Ingestion
import TestKit
import Testing
import Vocabulary

@Suite("Two streams in one order")
struct StreamMergerTests {
    private static func reader(_ lines: [String], _ stream: StreamKind) -> LineReader {
        let text = lines.map { $0 + "\n" }.joined()
        return LineReader(MemorySource(Array(text.utf8)), stream: stream)
    }

    private static func example(_ id: String, _ time: Int) -> String {
        "{\"id\":\"\(id)\",\"ts\":\(time),\"features\":{}}"
    }

    private static func label(_ id: String, _ time: Int) -> String {
        "{\"id\":\"\(id)\",\"ts\":\(time),\"label\":1}"
    }

    /// What comes out, as `e` or `l` with the line's number; `|` is the end of the labels.
    private static func order(_ examples: [String]?, _ labels: [String]?) throws -> [String] {
        let merger = StreamMerger(
            examples: examples.map { reader($0, .examples) },
            labels: labels.map { reader($0, .labels) })
        var order: [String] = []
        while true {
            switch try merger.next() {
            case .line(let line):
                let letter = line.pointee.stream == .examples ? "e" : "l"
                order.append(letter + "\(line.pointee.number)")
            case .labelsEnded: order.append("|")
            case .ended: return order
            }
        }
    }

    @Test("Records come by event time, examples first where times are equal")
    func ties() throws {
        let order = try Self.order(
            [Self.example("a", 1), Self.example("b", 2), Self.example("c", 2)],
            [Self.label("a", 1), Self.label("b", 2), Self.label("c", 3)])
        #expect(order == ["e1", "l1", "e2", "e3", "l2", "l3", "|"])
    }

    @Test("One record from the year 9999 holds nothing up, on either stream")
    func outliers() throws {
        let far = 253_402_300_000
        let examples = [1, far, 2, 3].map { Self.example("e\($0)", $0) }
        let labels = [1, 2, 3].map { Self.label("l\($0)", $0) }
        #expect(
            try Self.order(examples, labels) == ["e1", "l1", "e2", "e3", "l2", "e4", "l3", "|"])
        let late = try Self.order(
            [1, 2, 3].map { Self.example("e\($0)", $0) },
            [1, far, 2, 3].map { Self.label("l\($0)", $0) })
        #expect(late == ["e1", "l1", "e2", "l2", "l3", "e3", "l4", "|"])
    }

    @Test("A rejected line keeps its place behind the line before it")
    func rejectedLines() throws {
        let order = try Self.order(
            [Self.example("a", 1), "broken", Self.example("b", 5), "broken"],
            [Self.label("a", 1), Self.label("b", 2), "broken", Self.label("c", 9)])
        #expect(order == ["e1", "e2", "l1", "l2", "l3", "e3", "e4", "l4", "|"])
    }

    @Test("The end of the labels is told once, as soon as it is reached")
    func labelsEnd() throws {
        let examples = [1, 2].map { Self.example("e\($0)", $0) }
        #expect(try Self.order(examples, []) == ["|", "e1", "e2"])
        #expect(try Self.order(examples, nil) == ["e1", "e2"])
        #expect(try Self.order([], [Self.label("a", 1)]) == ["l1", "|"])
        #expect(try Self.order(nil, [Self.label("a", 1)]) == ["l1", "|"])
        #expect(try Self.order(nil, nil).isEmpty)
    }

    @Test(
        "Sorted streams come out sorted, whatever they hold",
        arguments: 1...8 as ClosedRange<UInt64>)
    func sortedStreams(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func times() -> [Int] { (0..<200).map { _ in random.below(150) }.sorted() }
        let exampleTimes = times()
        let labelTimes = times()
        let order = try Self.order(
            exampleTimes.map { Self.example("e", $0) }, labelTimes.map { Self.label("l", $0) })
        var lastKey = (-1, 0)
        for step in order where step != "|" {
            let index = try #require(Int(step.dropFirst())) - 1
            let isLabel = step.hasPrefix("l")
            let key = (isLabel ? labelTimes[index] : exampleTimes[index], isLabel ? 1 : 0)
            #expect(key >= lastKey)
            lastKey = key
        }
        #expect(order.count == 401)
    }

    @Test("A followed stream that is quiet ends nothing, and goes on when it grows")
    func following() throws {
        let source = MemorySource([])
        let labels = LineReader(source, stream: .labels, isFollowing: true)
        let merger = StreamMerger(examples: nil, labels: labels, isFollowing: true)
        guard case .ended = try merger.next() else {
            Issue.record("a quiet stream gave something")
            return
        }
        source.grow(Array((Self.label("a", 1) + "\n").utf8))
        guard case .line(let line) = try merger.next() else {
            Issue.record("a line that came was not given")
            return
        }
        #expect(line.pointee.stream == .labels && line.pointee.number == 1)
        guard case .ended = try merger.next() else {
            Issue.record("a line was given twice")
            return
        }
    }
}
