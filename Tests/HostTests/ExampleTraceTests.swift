import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary
import World

@Suite("What became of one example")
struct ExampleTraceTests {
    private static let examples = [
        #"{"id":"a1","ts":1767225600,"source":"s","features":{"p":1}}"#,
        #"{"id":"a2","ts":1767225601,"features":{"p":"one"}}"#,
        #"{"id":"a3","ts":1767225602,"features":{"p":"#,
        #"{"id":"\u0061\u0034","ts":1767225603,"features":{"p":4}}"#,
        #"{"id":"a5","ts":1767225603,"note":"a1","features":{"p":4}}"#,
    ]
    private static let labels = [
        #"{"id":"a1","ts":1767225660,"label":1}"#, #"{"id":"a2","ts":1767225660,"label":1}"#,
        #"{"id":"a4","ts":1767225660,"label":0}"#, #"{"id":"a4","ts":1767225661,"label":0}"#,
        #"{"id":"a9","ts":1767225661,"label":0}"#,
    ]
    private let folder: ScratchFolder
    private let model: ModelName

    init() throws {
        folder = try ScratchFolder()
        model = try #require(ModelName("m"))
        let state = try open()
        let feed = try FileFeed(
            state.models[0], examples: try folder.write("examples", Self.lines(Self.examples)),
            labels: try folder.write("labels", Self.lines(Self.labels)), isFollowing: false,
            completesForGood: false, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
    }

    private static func lines(_ lines: [String]) -> String {
        lines.map { $0 + "\n" }.joined()
    }

    private func open() throws -> StateFolder {
        let toml = "[models.m]\nwait = \"1h\"\n[models.m.features.p]\ntype = \"number\"\n"
        return try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: toml, file: "test")
        }
    }

    private func trace(_ id: String) throws -> ExampleTrace {
        try StateReading(folder.path + "/state", world: .local).trace(id, of: model)
    }

    @Test(
        "Each example's fate is told, with the lines of its records",
        arguments: [
            ("a1", [1, 1], 1, "joined with label 1, 1m 00s after it; learned; m-000001 is"),
            ("a2", [2, 2], 0, "held back by schema_type: expected a number"),
            ("a3", [3], 0, "held back by malformed_json"),
            ("a4", [4, 3, 4], 1, "joined with label 0, 57s after it; learned; m-000001 is"),
            ("a5", [5], 0, "not joined: it waits for its label"),
            ("a9", [5], 0, "a label without an example"),
            ("a7", [], 0, "neither log has anything of it"),
        ])
    func fates(id: String, lines: [Int], entryCount: Int, fate: String) throws {
        let trace = try trace(id)
        #expect(trace.records.compactMap(\.line.line) == lines)
        #expect(trace.entries.count == entryCount)
        #expect(trace.fate.hasPrefix(fate), "\(trace.fate)")
    }

    @Test("Its records are whole, also where a list would cut them")
    func whole() throws {
        let long = String(repeating: "x", count: 2000)
        let line = "{\"id\":\"b1\",\"ts\":1767225700,\"features\":{\"c\":\"\(long)\"}}"
        let state = try open()
        let feed = try FileFeed(
            state.models[0], examples: try folder.write("more", line + "\n"), labels: nil,
            isFollowing: false, completesForGood: false, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
        #expect(try trace("b1").records.map(\.line.record) == [line])
    }

    @Test("An example that was purged is said to be left out, and by what")
    func purged() throws {
        let selection = ExampleSelection(
            from: Instant(microseconds: 1_767_225_600_000_000),
            to: Instant(microseconds: 1_767_225_601_000_000))
        let request = ActRequest(
            act: .purge(.leaveOut(selection)), scope: .all, reason: "a test", isDryRun: false,
            actor: Owner.actor)
        _ = try Acts.performAtRest(request, on: try open())
        let trace = try trace("a1")
        let exclusion = try #require(trace.entries.first?.leftOut)
        #expect(trace.fate.hasSuffix("left out of training by \(exclusion)"), "\(trace.fate)")
        #expect(try self.trace("a4").entries.first?.leftOut == nil)
    }
}
