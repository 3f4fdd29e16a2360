import Foundation
import Glibc
import Testing

/// The program as its users run it: the binary beside the tests.
struct Program {
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "spindle-program-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    static var binary: String {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
        return bundle.deletingLastPathComponent().appendingPathComponent("spindle").path
    }

    func remove() {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            print("could not remove \(folder): \(error)")
        }
    }

    /// A folder for PATH, with a made-up `ssh`, and the program as `spindle`.
    func makeBin(ssh: String) throws -> String {
        let bin = folder + "/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try write("bin/ssh", Data(ssh.utf8))
        chmod(bin + "/ssh", 0o755)
        try FileManager.default.createSymbolicLink(
            atPath: bin + "/spindle", withDestinationPath: Self.binary)
        return bin
    }

    func write(_ name: String, _ bytes: Data) throws {
        try bytes.write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    /// Starts a command in the folder; output goes to files, so that no pipe can fill.
    func start(
        _ arguments: [String], program: String = binary, as label: String? = nil
    ) throws -> Child {
        let words = label.map { [$0] } ?? arguments
        return try Child(
            program, arguments, folder: folder, output: path("stdout", words),
            errors: path("stderr", words))
    }

    @discardableResult
    func run(_ arguments: String..., program: String = binary) throws -> Outcome {
        try run(arguments, program: program)
    }

    /// `label` names the files that take the output; nil for the arguments themselves.
    @discardableResult
    func run(
        _ arguments: [String], program: String = binary, as label: String? = nil
    ) throws -> Outcome {
        let process = try start(arguments, program: program, as: label)
        let status = try process.waitUntilExit()
        let words = label.map { [$0] } ?? arguments
        return Outcome(
            status: status, output: try text("stdout", words), errors: try text("stderr", words))
    }

    /// The JSON object that a command prints, and nothing but it.
    @discardableResult
    func json(_ arguments: String...) throws -> [String: Any] {
        try start(arguments).waitUntilExit()
        let output = try text("stdout", arguments)
        let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
        return try #require(object as? [String: Any])
    }

    /// What the first model's trainer does on a state directory; empty where nobody says.
    func training(in folder: String) throws -> String {
        let outcome = try run("status", "--json", "--state", folder)
        guard outcome.status == 0 else { return "" }
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let models = (object as? [String: Any])?["models"] as? [[String: Any]]
        return (models?.first?["training"] as? [String: Any])?["state"] as? String ?? ""
    }

    /// Asks until the answer is yes; false after the deadline.
    static func wait(seconds: Double, until isTrue: () throws -> Bool) rethrows -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if try isTrue() { return true }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return false
    }

    private func path(_ stream: String, _ words: [String]) -> String {
        let name = words.joined(separator: "_").replacingOccurrences(of: "/", with: "-")
        return "\(folder)/\(stream)-\(name)"
    }

    private func text(_ stream: String, _ words: [String]) throws -> String {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path(stream, words)))
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Streams as text, some of whose records are broken.
enum BrokenStreams {
    static let brokenExamples: [(line: String, rule: String, field: String)] = [
        (#"{"id":"c1","ts":0,"features":{"a":"#, "malformed_json", "features.a"),
        (#"{"id":5,"ts":0,"features":{}}"#, "id_type", "id"),
        (#"{"ts":0,"features":{}}"#, "id_missing", "id"),
        (#"{"id":"","ts":0,"features":{}}"#, "id_empty", "id"),
        (#"{"id":"c2","ts":0,"features":{"n":NaN}}"#, "non_finite", "features.n"),
        (#"{"id":"c3","ts":0,"features":{"n":1e999}}"#, "non_finite", "features.n"),
        (#"{"id":"c4","ts":"yesterday","features":{}}"#, "ts_format", "ts"),
        (#"{"id":"c5","ts":0,"features":[1]}"#, "features_type", "features"),
        (#"{"id":"c6","ts":0,"features":{"o":{}}}"#, "feature_type", "features.o"),
        (#"{"id":"c7","ts":0,"features":{},"propensity":0}"#, "propensity_range", "propensity"),
        ("[1,2]", "not_an_object", ""),
        ("{\"id\":\"c8\",\"ts\":0,\"features\":{\"a\":\"\u{1}\"}}", "malformed_json", "features.a"),
    ]

    /// 400 good examples, the broken ones among them, a line of 2 MiB, invalid UTF-8, a
    /// duplicate; labels that come before and after their examples, one twice, one for nobody.
    static func make() -> (examples: Data, labels: Data, count: Int) {
        var examples = Data()
        var count = 0
        func add(_ line: Data) {
            examples.append(line)
            examples.append(UInt8(ascii: "\n"))
            count += 1
        }
        for index in 0..<400 {
            let space = index % 2 == 0 ? " " : ""
            var line = "{\"id\":\(space)\"e\(index)\",\"ts\":\(1000 + index * 10),"
            line += "\"features\":\(space){\"a\":\"\(index % 5)\"}}"
            add(Data(line.utf8))
            if index < brokenExamples.count { add(Data(brokenExamples[index].line.utf8)) }
        }
        add(Data("{\"id\":\"e7\",\"ts\":1000,\"features\":{}}".utf8))
        add(Data("{\"id\":\"u\",\"ts\":0,\"features\":{\"a\":\"".utf8) + [0xFF] + Data("\"}}".utf8))
        add(
            Data("{\"id\":\"l\",\"ts\":0,\"features\":{\"a\":\"".utf8)
                + Data(repeating: UInt8(ascii: "x"), count: 2 << 20) + Data("\"}}".utf8))
        examples.append(contentsOf: Data("\n   \n".utf8))
        var labels = Data()
        for index in 0..<400 where index % 4 != 3 {
            let time = 1000 + index * 10 + (index % 2 == 0 ? 500 : -500)
            labels.append(
                Data("{\"id\":\"e\(index)\",\"ts\":\(time),\"label\":\(index % 2)}\n".utf8))
        }
        labels.append(Data("{\"id\":\"e1\",\"ts\":9000,\"label\":1}\n".utf8))
        labels.append(Data("{\"id\":\"nobody\",\"ts\":9000,\"label\":1}\n".utf8))
        labels.append(Data("{\"id\":\"e2\",\"ts\":9000,\"label\":2}\ngarbage".utf8))
        return (examples, labels, count)
    }
}
