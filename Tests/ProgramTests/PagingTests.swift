import Foundation
import Glibc
import Testing

/// Servers that are used where they are installed.
private enum Installed {
    static let alertmanager = "/usr/bin/prometheus-alertmanager"
    static let prometheus = "/usr/bin/prometheus"

    static func has(_ program: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: program)
    }
}

/// Alarms of a running engine, on their way to receivers that are programs of their own.
@Suite("spindle's alarms reach people", .serialized, .timeLimit(.minutes(3)))
struct PagingTests {
    /// An engine with a model that can be stopped, and a `[paging]`.
    private func withEngine(
        _ paging: String, _ body: (DoorEngine) throws -> Void
    ) throws {
        let program = try Program()
        defer { program.remove() }
        let script = "#!/bin/sh\necho \"$SPINDLE_KIND $SPINDLE_ALARM $SPINDLE_ID\" >> told\n"
        try program.write("tell", Data(script.utf8))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: program.folder + "/tell")
        let toml = paging.replacingOccurrences(of: "TELL", with: program.folder + "/tell")
        let engine = try DoorEngine(program, more: "[paging]\nresolve_after = \"1s\"\n" + toml)
        defer { engine.kill() }
        try engine.waitUntilReady()
        // Two records, so that there is an event time to raise alarms at.
        let examples = (0..<2).map { "{\"id\":\"e\($0)\",\"ts\":0,\"features\":{}}\n" }
        let posted = try engine.post("/v1/examples", Data(examples.joined().utf8))
        #expect(posted.status == 200)
        try body(engine)
    }

    /// What the script was told, of one kind and alarm if asked. After a kill a message may come
    /// twice, under the same id: that counts once.
    private func told(_ engine: DoorEngine, _ beginning: String = "") throws -> [String] {
        let path = engine.program.folder + "/told"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        return Set(lines.map(String.init)).filter { $0.hasPrefix(beginning) }.sorted()
    }

    private func waitFor(
        _ what: String, seconds: Double = 30, _ isTrue: () throws -> Bool
    ) throws {
        #expect(try Program.wait(seconds: seconds, until: isTrue), "\(what)")
    }

    @discardableResult
    private func act(_ engine: DoorEngine, _ words: String...) throws -> Int32 {
        try engine.program.run(words + ["--reason", "a test", "--state", "s"]).status
    }

    @Test("Killed between alarm and escalation, the engine escalates once, after its restart")
    func escalatesOnce() throws {
        let paging = """
            steps = ["one", "two"]
            acknowledge_warning = "4s"
            [paging.receivers.one]
            kind = "program"
            path = "TELL"
            [paging.receivers.two]
            kind = "program"
            path = "TELL"
            """
        try withEngine(paging) { engine in
            try act(engine, "stop", "m")
            try waitFor("raised") { try told(engine, "raised training_stopped").count == 1 }
            engine.kill()
            try engine.restart()
            try waitFor("escalated") { try told(engine, "escalated").count == 1 }
            #expect(try act(engine, "acknowledge", "m") == 0)
            try act(engine, "resume", "m")
            // One to each of the two that were told.
            try waitFor("resolved") { try told(engine, "resolved").count == 2 }
            #expect(try told(engine, "raised").count == 1)
            #expect(try told(engine, "escalated").count == 1)
            let journal = try engine.program.run("journal", "--state", "s").output
            #expect(journal.contains("nobody acknowledged it in time"))
            #expect(journal.contains("acknowledge"))
        }
    }

    @Test("A webhook that refuses at first gets the same message again, with its headers")
    func retries() throws {
        let hook = try Webhook(refusing: 2)
        defer { hook.close() }
        let paging = """
            steps = ["hook"]
            [paging.receivers.hook]
            kind = "webhook"
            url = "http://127.0.0.1:\(hook.port)/alarms"
            headers = ["Authorization: Bearer abc"]
            """
        try withEngine(paging) { engine in
            try act(engine, "stop", "m")
            try waitFor("raised") { hook.messages.count == 1 }
            let message = try #require(hook.messages.first)
            #expect(message["kind"] == "raised" && message["name"] == "training_stopped")
            #expect(message["id"] == message["key"] && message["authorization"] == "Bearer abc")
            // A silence of it is refused, and the alarm cannot be hidden by one of the model.
            #expect(
                try act(engine, "silence", "m", "--name", "training_stopped", "--for", "1h") == 1)
            #expect(try act(engine, "silence", "m", "--for", "25h") == 1)
            #expect(try act(engine, "silence", "m", "--for", "1h") == 0)
            #expect(try act(engine, "silence", "m", "--end", "s1") == 0)
            try act(engine, "resume", "m")
            try waitFor("resolved") { hook.messages.last?["kind"] == "resolved" }
            #expect(hook.messages.count == 2)
        }
    }

    /// An engine with a watchdog that gives it two seconds.
    private func withWatchdog(_ body: (DoorEngine) throws -> Void) throws {
        let paging = """
            steps = ["one"]
            [paging.receivers.one]
            kind = "program"
            path = "TELL"
            """
        try withEngine(paging) { engine in
            let watchdog = try engine.program.start([
                "watchdog", "--limit", "2s", "--state", "s",
            ])
            defer { watchdog.end() }
            let lock = engine.program.folder + "/s/watchdog.lock"
            try waitFor("watching") { FileManager.default.fileExists(atPath: lock) }
            try body(engine)
        }
    }

    @Test("A dead engine is told by the watchdog, and so is its return")
    func watchdog() throws {
        try withWatchdog { engine in
            engine.kill()
            try waitFor("silent") { try told(engine, "raised engine_silent").count == 1 }
            try engine.restart()
            try waitFor("back") { try told(engine, "resolved engine_silent").count == 1 }
            #expect(try told(engine, "raised engine_silent").count == 1)
        }
    }

    @Test("An engine that hangs is told by the watchdog as a dead one is, and so is its return")
    func hungEngine() throws {
        try withWatchdog { engine in
            engine.signal(SIGSTOP)
            defer { engine.signal(SIGCONT) }
            try waitFor("silent") { try told(engine, "raised engine_silent").count == 1 }
            engine.signal(SIGCONT)
            try waitFor("back") { try told(engine, "resolved engine_silent").count == 1 }
        }
    }

    @Test("A training that stopped without a word is told, and so is that it goes on")
    func silentTraining() throws {
        let paging = """
            steps = ["one"]
            progress_limit = "4s"
            [paging.receivers.one]
            kind = "program"
            path = "TELL"
            """
        try withEngine(paging) { engine in
            try waitFor("silent") { try told(engine, "raised training_silent").count == 1 }
            let label = Data("{\"id\":\"e0\",\"ts\":1,\"label\":1}\n".utf8)
            #expect(try engine.post("/v1/labels", label).status == 200)
            try waitFor("goes on") { try told(engine, "resolved training_silent").count == 1 }
        }
    }

    @Test(
        "An Alertmanager has what is open, also after it was down, and nothing that is over",
        .enabled(if: Installed.has(Installed.alertmanager)))
    func alertmanager() throws {
        let port = try Wire.freePort()
        let paging = """
            [paging.receivers.all]
            kind = "alertmanager"
            url = "http://127.0.0.1:\(port)/"
            """
        try withEngine(paging) { engine in
            let program = engine.program
            let toml = "route:\n  receiver: none\nreceivers:\n- name: none\n"
            try program.write("alertmanager.yml", Data(toml.utf8))
            func start() throws -> Child {
                try program.start(
                    [
                        "--config.file=alertmanager.yml", "--storage.path=alerts",
                        "--web.listen-address=127.0.0.1:\(port)",
                        "--cluster.listen-address=",
                    ], program: Installed.alertmanager, as: "alertmanager")
            }
            func open() throws -> [String]? { try Self.alerts(port) }
            // It is down when the alarm is raised.
            try act(engine, "stop", "m")
            var server = try start()
            defer { server.kill() }
            try waitFor("open") { try open() == ["training_stopped m warning"] }
            server.kill()
            try act(engine, "resume", "m")
            let memory = program.folder + "/s/paging.json"
            try waitFor("it is over while nobody can be told") {
                try String(contentsOfFile: memory, encoding: .utf8).contains("\"resolved\"")
            }
            server = try start()
            try waitFor("up") { try open() != nil }
            // A second alarm shows that it is being told again.
            try act(engine, "stop", "m")
            try waitFor("again") { try open() == ["training_stopped m warning"] }
            try act(engine, "resume", "m")
            try waitFor("over") { try open() == [] }
        }
    }

    /// Those that are active: name, model and severity. Nil where it does not answer.
    private static func alerts(_ port: Int) throws -> [String]? {
        let wire: Wire
        do {
            wire = try Wire(port: port)
        } catch Wire.Fault.refused {
            return nil
        }
        let path = "/api/v2/alerts?active=true&silenced=false&inhibited=false"
        wire.send("GET \(path) HTTP/1.0\r\nHost: x\r\n\r\n")
        guard let reply = try wire.wholeReply(), reply.status == 200 else { return nil }
        let alerts = try JSONSerialization.jsonObject(with: reply.body) as? [[String: Any]] ?? []
        return alerts.map { alert in
            let labels = alert["labels"] as? [String: String] ?? [:]
            return ["alertname", "model", "severity"].map { labels[$0] ?? "" }
                .joined(separator: " ")
        }.sorted()
    }

    @Test(
        "A Prometheus scrapes the engine, and sees a stop and its end",
        .enabled(if: Installed.has(Installed.prometheus)))
    func prometheus() throws {
        try withEngine("") { engine in
            let program = engine.program
            let port = try Wire.freePort()
            let yaml = """
                global: {scrape_interval: 1s}
                scrape_configs:
                - job_name: spindle
                  static_configs: [{targets: ["127.0.0.1:\(engine.port)"]}]

                """
            try program.write("prometheus.yml", Data(yaml.utf8))
            let server = try program.start(
                [
                    "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                    "--web.listen-address=127.0.0.1:\(port)",
                ], program: Installed.prometheus, as: "prometheus")
            defer { server.kill() }
            func value(_ query: String) throws -> String? { try Self.value(query, port) }
            let stopped = "sum(spindle_alarm%7Bname%3D%22training_stopped%22%7D)"
            try waitFor("up") { try value("up%7Bjob%3D%22spindle%22%7D") == "1" }
            try act(engine, "stop", "m")
            try waitFor("stopped") { try value(stopped) == "1" }
            try act(engine, "resume", "m")
            try waitFor("resumed") { try value(stopped) == nil }
        }
    }

    /// The one value of a query; nil where there is none, or no answer.
    private static func value(_ query: String, _ port: Int) throws -> String? {
        let wire: Wire
        do {
            wire = try Wire(port: port)
        } catch Wire.Fault.refused {
            return nil
        }
        wire.send("GET /api/v1/query?query=\(query) HTTP/1.0\r\nHost: x\r\n\r\n")
        guard let reply = try wire.wholeReply(), reply.status == 200 else { return nil }
        let data = try reply.json()["data"] as? [String: Any]
        let results = data?["result"] as? [[String: Any]]
        return (results?.first?["value"] as? [Any])?.last as? String
    }
}
