import Foundation
import Glibc
import Testing

/// Users of this machine that a test makes, each with the name of a part, and takes away again.
private struct People {
    private static let userAdd = "/usr/sbin/useradd"
    private static let userDel = "/usr/sbin/userdel"
    private static let runUser = "/usr/sbin/runuser"

    /// Making users takes root, and the system's own programs for it.
    static var canBeMade: Bool {
        geteuid() == 0
            && [userAdd, userDel, runUser].allSatisfy {
                FileManager.default.isExecutableFile(atPath: $0)
            }
    }

    let program: Program
    private let mark = String(UUID().uuidString.prefix(8)).lowercased()
    private let parts: [String]

    init(_ program: Program, _ parts: [String]) throws {
        (self.program, self.parts) = (program, parts)
        for part in parts {
            let outcome = try program.run(
                ["--system", "--no-create-home", "--shell", "/bin/sh", name(part)],
                program: Self.userAdd, as: "useradd-\(part)")
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        // Users may run it, wherever the tests were built.
        try FileManager.default.copyItem(atPath: Program.binary, toPath: binary)
        for path in [program.folder, binary] {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: path)
        }
    }

    private var binary: String { program.folder + "/spindle" }

    func name(_ part: String) -> String { "sp\(part)\(mark)" }

    func remove() {
        for part in parts {
            do {
                try program.run([name(part)], program: Self.userDel, as: "userdel-\(part)")
            } catch {
                print("could not remove \(name(part)): \(error)")
            }
        }
    }

    /// What one of them has the program do, in a process of their own.
    func run(_ part: String, _ words: [String]) throws -> Program.Outcome {
        try program.run(
            ["-u", name(part), "--", binary] + words + ["--state", "\(program.folder)/s"],
            program: Self.runUser, as: UUID().uuidString)
    }
}

@Suite(
    "Real users over the control socket", .serialized, .enabled(if: People.canBeMade),
    .timeLimit(.minutes(3)))
struct PeopleTests {
    private let purge = [
        "purge", "m", "--from", "1970-01-01T00:00:00Z", "--to", "1970-01-01T00:00:01Z",
        "--reason", "bots",
    ]

    private func policy(_ people: People, lasts: String) -> Data {
        Data(
            """
            two_people = ["purge", "resume"]
            proposal_lasts = "\(lasts)"
            [roles.leader]
            users = ["\(people.name("ana"))", "\(people.name("kim"))"]
            may = ["*"]
            [roles.watcher]
            users = ["\(people.name("eve"))"]
            may = ["acknowledge"]

            """.utf8)
    }

    private func sign(_ id: String) -> [String] { ["countersign", id, "--reason", "seen it"] }

    private func purges(_ program: Program) throws -> Int {
        let status = try program.json("status", "--json", "--state", "s")
        let model = try #require((status["models"] as? [[String: Any]])?.first)
        return (model["exclusions"] as? [Any])?.count ?? -1
    }

    @Test(
        "Two different users pass; the same twice, a wrong role, a stale and an expired one don't")
    func twoUsers() throws {
        let program = try Program()
        defer { program.remove() }
        let people = try People(program, ["ana", "kim", "eve", "zed"])
        defer { people.remove() }
        try FileManager.default.createDirectory(
            atPath: program.folder + "/s", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try program.write("s/policy.toml", policy(people, lasts: "30m"))
        let engine = try DoorEngine(program)
        defer { engine.kill() }
        try engine.waitUntilReady()
        // Who may look may connect.
        try #require(
            try Program.wait(seconds: 20) { try people.run("zed", ["status"]).status == 0 })

        let proposed = try people.run("ana", purge)
        #expect(proposed.output.contains("PROPOSED as p1"), "\(proposed)")
        let twice = try people.run("ana", sign("p1"))
        #expect(twice.status == 1 && twice.errors.contains("not the same one twice"), "\(twice)")
        for (who, why) in [("eve", "is watcher and may not"), ("zed", "has no role")] {
            let refused = try people.run(who, sign("p1"))
            #expect(refused.status == 1 && refused.errors.contains(why), "\(refused)")
            let alone = try people.run(who, purge)
            #expect(alone.status == 1 && alone.errors.contains(why), "\(alone)")
        }
        #expect(try purges(program) == 0)
        let passed = try people.run("kim", sign("p1"))
        #expect(passed.status == 0, "\(passed)")
        #expect(try purges(program) == 1)
        let entries = try program.run("journal", "--state", "s").output
        #expect(entries.contains("countersigned by \(people.name("kim"))"), "\(entries)")

        // What it was previewed on has changed.
        var other = purge
        other[5] = "1970-01-01T00:00:02Z"
        #expect(try people.run("ana", other).output.contains("PROPOSED as p2"))
        #expect(try people.run("kim", ["stop", "m", "--reason", "smoke"]).status == 0)
        let stale = try people.run("kim", sign("p2"))
        #expect(stale.status == 1 && stale.errors.contains("p2 is stale"), "\(stale)")

        try expires(program, people)
        #expect(try purges(program) == 1)
        #expect(try program.run("journal", "verify", "--state", "s").status == 0)
    }

    /// With a policy in which a proposal lasts a second.
    private func expires(_ program: Program, _ people: People) throws {
        let before = try people.run("ana", ["policy", "show"]).output
        try program.write("s/policy.toml", policy(people, lasts: "1s"))
        let isTaken = try Program.wait(seconds: 30) {
            try people.run("ana", ["policy", "show"]).output != before
        }
        #expect(isTaken)
        let resume = ["resume", "m", "--reason", "it is over"]
        #expect(try people.run("ana", resume).output.contains("PROPOSED as p3"))
        let isOver = try Program.wait(seconds: 30) {
            try !people.run("kim", ["proposals"]).output.contains("p3")
        }
        #expect(isOver)
        let late = try people.run("kim", sign("p3"))
        #expect(late.status == 1 && late.errors.contains("p3"), "\(late)")
        #expect(try program.run("journal", "--state", "s").output.contains("has expired"))
        let status = try program.json("status", "--json", "--state", "s")
        let model = try #require((status["models"] as? [[String: Any]])?.first)
        #expect((model["training"] as? [String: Any])?["state"] as? String == "stopped")
    }
}
