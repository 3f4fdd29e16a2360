import Shop
import Vocabulary

/// An example line's fields, cut out of its text.
struct ShownLine {
    var id: String
    var time: Instant
    var features: [UInt8]
    var propensity: Double
    var source: String
    var segment: String

    init?(_ line: [UInt8]) {
        guard let id = field("id", of: line), let time = field("ts", of: line),
            let instant = Instant(rfc3339: time),
            let start = offset(of: "\"features\":", in: line),
            let end = offset(of: ",\"propensity\":", in: line, from: start),
            let propensityEnd = offset(of: ",\"source\":", in: line, from: end),
            let source = field("source", of: line, from: propensityEnd),
            let segment = field("segment", of: line, from: propensityEnd),
            let propensity = Double(
                String(decoding: line[(end + 14)..<propensityEnd], as: UTF8.self))
        else { return nil }
        self.id = id
        self.time = instant
        features = Array(line[(start + 11)..<end])
        self.propensity = propensity
        self.source = source
        self.segment = segment
    }

    func feature(_ name: String) -> String? {
        FlatJSON(features, keepsText: true).members.first { $0.name == name }?.value
    }
}

/// A label stream's line: a purchase, or a heartbeat.
enum LabelLine {
    case purchase(id: String, Instant)
    case heartbeat(Instant)

    init?(_ line: [UInt8]) {
        if let time = field("heartbeat", of: line), let instant = Instant(rfc3339: time) {
            self = .heartbeat(instant)
        } else if let id = field("id", of: line), let time = field("ts", of: line),
            let instant = Instant(rfc3339: time),
            line.suffix(11).elementsEqual(",\"label\":1}".utf8)
        {
            self = .purchase(id: id, instant)
        } else {
            return nil
        }
    }
}

/// The first string member of the name.
private func field(_ name: String, of line: [UInt8], from start: Int = 0) -> String? {
    let key = "\"\(name)\":\""
    guard let start = offset(of: key, in: line, from: start) else { return nil }
    let rest = line[(start + key.utf8.count)...]
    return String(decoding: rest.prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
}

private func offset(of text: String, in line: [UInt8], from start: Int = 0) -> Int? {
    let aim = Array(text.utf8)
    var start = start
    while start + aim.count <= line.count {
        // The second byte is rarer than the first, which is mostly a quote or a comma.
        if line[start + 1] == aim[1], line[start..<start + aim.count].elementsEqual(aim) {
            return start
        }
        start += 1
    }
    return nil
}

/// All lines of a stretch of the shop's life, as they came.
struct Recorder {
    var lines: [(stream: StreamKind, bytes: [UInt8])] = []

    mutating func play(_ shop: inout YarnShop, to end: Instant, _ ranker: inout some Ranker) {
        shop.advance(to: end, ranker: &ranker) { lines.append(($0, $1)) }
    }

    func examples() -> [ShownLine] {
        lines.filter { $0.stream == .examples }.compactMap { ShownLine($0.bytes) }
    }

    func labels() -> [LabelLine] {
        lines.filter { $0.stream == .labels }.compactMap { LabelLine($0.bytes) }
    }

    func purchases() -> [(id: String, time: Instant)] {
        labels().compactMap { label in
            if case .purchase(let id, let time) = label { (id, time) } else { nil }
        }
    }

    var text: [UInt8] {
        lines.flatMap { [$0.stream.rawValue] + $0.bytes + [10] }
    }
}
