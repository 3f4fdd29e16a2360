import Foundation
import Testing

/// What becomes of records that come over HTTP, and what `/metrics` says of all.
@Suite("spindle's doors and records", .serialized, .timeLimit(.minutes(3)))
struct DoorRecordsTests {
    private static func examples(_ ids: Range<Int>) -> Data {
        lines(ids) { "{\"id\":\"e\($0)\",\"ts\":\($0),\"features\":{\"k\":\"\($0 % 7)\"}}" }
    }

    private static func labels(_ ids: Range<Int>) -> Data {
        lines(ids) { "{\"id\":\"e\($0)\",\"ts\":\($0 + 5),\"label\":\($0 % 2)}" }
    }

    private static func lines(_ ids: Range<Int>, _ line: (Int) -> String) -> Data {
        Data(ids.map { line($0) + "\n" }.joined().utf8)
    }

    @Test("What was answered with 200 is there after a kill; posted again, nothing counts twice")
    func survivesKill() throws {
        try DoorEngine.with { engine in
            let batches = (0..<40).map { $0 * 25..<$0 * 25 + 25 }
            let posts = batches.flatMap { ids in
                [
                    DoorEngine.post("/v1/examples", Self.examples(ids)),
                    DoorEngine.post("/v1/labels", Self.labels(ids)),
                ]
            }
            for answerCount in [1, 14] {
                let wire = try engine.connect()
                wire.send(Data(posts.joined()))
                for _ in 0..<answerCount { #expect(try wire.reply()?.status == 200) }
                engine.kill()
                try engine.restart()
                let counts = try engine.counts()
                let exampleCount = (answerCount + 1) / 2 * 25
                let labelCount = answerCount / 2 * 25
                #expect(counts["examples"] ?? 0 >= exampleCount)
                #expect(counts["labels"] ?? 0 >= labelCount)
                #expect(counts["joined"] ?? 0 >= labelCount)
            }
            let before = try engine.counts()
            var known = 0
            for post in posts {
                let wire = try engine.connect()
                wire.send(post)
                let reply = try #require(try wire.reply()).json()
                #expect(reply["records"] as? Int == 25 && reply["quarantined"] as? Int == 0)
                known += reply["duplicates"] as? Int ?? 0
            }
            let counts = try engine.settledCounts { $0["joined"] == 1000 }
            #expect(counts["joined"] == 1000 && counts["pending"] == 0)
            for key in ["duplicates", "label_duplicates"] {
                known -= (counts[key] ?? 0) - (before[key] ?? 0)
            }
            #expect(known == 0)
            #expect(counts["examples"] == 1000 + (counts["duplicates"] ?? 0))
            #expect(try engine.program.run("verify", "--state", "s").status == 0)
        }
    }

    @Test("Of a batch bad records go to quarantine, each with its reason; the good ones are taken")
    func quarantines() throws {
        try DoorEngine.with { engine in
            var body = Data()
            for (index, broken) in BrokenStreams.brokenExamples.enumerated() {
                body += Self.examples(index..<index + 1) + Data("\(broken.line)\r\n\n".utf8)
            }
            body += Self.examples(0..<1).dropLast()
            let count = BrokenStreams.brokenExamples.count
            let reply = try engine.post("/v1/examples", body)
            #expect(reply.status == 200)
            #expect(reply.text == "{\"duplicates\":1,\"quarantined\":12,\"records\":25}\n")
            #expect(count == 12)
            let bad = "{\"id\":\"e2\",\"ts\":9,\"label\":2}\nwool"
            let labels = Self.labels(0..<2) + Data(bad.utf8)
            #expect(
                try engine.post("/v1/labels", labels).text
                    == "{\"duplicates\":0,\"quarantined\":2,\"records\":4}\n")
            let listing = try engine.program.json("quarantine", "list", "--json", "--state", "s")
            let entries = try #require(listing["quarantine"] as? [[String: Any]])
            #expect(entries.count == count + 2)
            for broken in BrokenStreams.brokenExamples {
                let entry = entries.first { $0["record"] as? String == broken.line }
                #expect(entry?["rule"] as? String == broken.rule, "\(broken.line)")
                #expect(entry?["field"] as? String == broken.field, "\(broken.line)")
                #expect((entry?["reason"] as? String)?.isEmpty == false)
            }
            #expect(entries.filter { $0["stream"] as? String == "labels" }.count == 2)
            let counts = try engine.settledCounts { $0["examples"] == 25 && $0["joined"] == 2 }
            #expect(counts["quarantined_examples"] == count && counts["duplicates"] == 1)
            #expect(counts["quarantined_labels"] == 2 && counts["pending"] == 10)
        }
    }

    @Test("The metrics are Prometheus text: families in one piece, with HELP and TYPE, that add up")
    func metrics() throws {
        try DoorEngine.with(models: ["m", "other-1"]) { engine in
            for path in ["/healthz", "/nothing", "/v1/models/m", "/v1/models/x"] {
                _ = try engine.ask(path)
            }
            _ = try engine.predict()
            _ = try engine.post("/v1/examples?model=m", Self.examples(0..<9))
            _ = try engine.post("/v1/labels?model=other-1", Self.labels(0..<9))
            _ = try engine.ask("/metrics")
            let reply = try engine.ask("/metrics")
            #expect(reply.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            let page = try MetricsPage(reply.text)
            #expect(page.families["spindle_http_requests_total"] == "counter")
            #expect(page.families["spindle_http_request_duration_seconds"] == "histogram")
            #expect(page.families["spindle_records_total"] == "counter")
            func value(_ series: String) -> Double? { page.samples[series] }
            let requests = "spindle_http_requests_total"
            #expect(value("\(requests){route=\"predict\",code=\"200\"}") == 1)
            #expect(value("\(requests){route=\"unknown\",code=\"404\"}") == 1)
            #expect(value("\(requests){route=\"model\",code=\"404\"}") == 1)
            #expect(value("spindle_predictions_total{model=\"m\",tier=\"constant\"}") == 1)
            #expect(value("spindle_predictions_total{model=\"other-1\",tier=\"constant\"}") == 0)
            for (series, count) in page.samples where series.contains("le=\"+Inf\"") {
                let whole = series.replacingOccurrences(of: "_bucket{", with: "_count{")
                    .replacingOccurrences(of: ",le=\"+Inf\"", with: "")
                #expect(value(whole) == count, "\(series)")
            }
        }
    }
}

/// A page of the Prometheus text format, version 0.0.4, read strictly.
private struct MetricsPage {
    struct Fault: Error {
        var line: String
    }

    /// Types by family.
    private(set) var families: [String: String] = [:]
    /// By name and labels as they stand.
    private(set) var samples: [String: Double] = [:]
    /// The family whose lines are being read.
    private var current = ""
    private var lastBucket = (series: "", end: 0.0, count: 0.0)

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Fault(line: "no line feed at the end") }
        for line in text.dropLast().components(separatedBy: "\n") { try read(line) }
    }

    private mutating func read(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        if line.hasPrefix("# HELP ") {
            guard words.count == 4, !words[3].isEmpty, families[String(words[2])] == nil else {
                throw Fault(line: line)
            }
            current = String(words[2])
            families[current] = ""
        } else if line.hasPrefix("# TYPE ") {
            let kinds = ["counter", "gauge", "histogram", "summary", "untyped"]
            guard words.count == 4, words[2] == current, families[current] == "",
                kinds.contains(String(words[3]))
            else { throw Fault(line: line) }
            families[current] = String(words[3])
        } else {
            try readSample(line)
        }
    }

    private mutating func readSample(_ line: String) throws {
        let name = "[a-zA-Z_:][a-zA-Z0-9_:]*"
        let label = #"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*""#
        let pattern = try Regex(
            "^(\(name))((?:\\{\(label)(?:,\(label))*\\})?) ([-+0-9.eE]+|[-+]Inf|NaN)$",
            as: (Substring, Substring, Substring, Substring).self)
        guard let match = line.wholeMatch(of: pattern), let value = Double(match.3),
            let kind = families[current], !kind.isEmpty
        else { throw Fault(line: line) }
        let suffixes = kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        let series = String(match.1 + match.2)
        guard suffixes.contains(where: { match.1 == current + $0 }), samples[series] == nil,
            kind != "counter" || match.1.hasSuffix("_total")
        else { throw Fault(line: line) }
        samples[series] = value
        if match.1.hasSuffix("_bucket") { try readBucket(series, value) }
    }

    /// Buckets rise, in their ends and in what they count.
    private mutating func readBucket(_ series: String, _ count: Double) throws {
        let parts = series.components(separatedBy: "le=\"")
        let text = parts.last?.dropLast(2) ?? ""
        guard parts.count == 2, let end = text == "+Inf" ? .infinity : Double(text) else {
            throw Fault(line: series)
        }
        if lastBucket.series == parts[0] {
            guard end > lastBucket.end, count >= lastBucket.count else { throw Fault(line: series) }
        }
        lastBucket = (parts[0], end, count)
    }
}
