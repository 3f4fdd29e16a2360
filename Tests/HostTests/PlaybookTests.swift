import Foundation
import Governing
import Host
import Monitoring
import Operation
import Testing
import Vocabulary

@Suite("The playbook")
struct PlaybookTests {
    /// Alarms that no stream raises.
    private static let beside = [
        "training_silent", "engine_silent", "policy_rule", "policy_pending", "glass_broken",
        "incident_overdue", "schedule_missed", "not_looked_at",
    ]

    @Test("Every alarm has a page with steps, and every page's alarms exist")
    func pages() throws {
        let report = PlaybookReport(pages: PlaybookShelf.shipped, faults: [])
        let known = AlarmName.allCases.map(\.rawValue) + Self.beside
        for alarm in known { #expect(report.page(for: alarm) != nil, "\(alarm) has no page") }
        for page in PlaybookShelf.shipped {
            #expect(Set(known).isSuperset(of: page.alarms), "\(page.title)")
            #expect(!page.steps.isEmpty, "\(page.title) has no step")
            // What a user's file has to hold to, so do ours.
            #expect(throws: Never.self) {
                _ = try PlaybookPage(id: page.id, file: "playbook.md", text: page.text)
            }
        }
        #expect(Set(PlaybookShelf.shipped.map(\.id)).count == PlaybookShelf.shipped.count)
    }

    @Test("A user's own page goes before the one that comes with the program")
    func own() throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/playbooks", withIntermediateDirectories: true)
        let text = "# Call Dana\n\n- [ ] `a` Take it.\n- [ ] Call Dana.\n"
        _ = try folder.write("playbooks/labels_stalled.md", text)
        let report = PlaybookShelf("playbooks", in: folder.path).read()
        let page = try #require(report.page(for: "labels_stalled"))
        #expect(page.title == "Call Dana" && report.faults.isEmpty)
        #expect(page.steps.map(\.key) == ["a", nil])
        #expect(report.page(for: "model_stale")?.file == nil)
    }

    @Test(
        "A page that cannot be used is told with file and line, and ours is used",
        arguments: [
            ("Call Dana\n- [ ] Call.\n", ":1: expected a title"),
            ("# Call\n\nCall Dana.\n", ":4: expected at least one step"),
            ("# Call\n- [ ] Call.\n- [x] Wait.\n", ":3: expected - [ ] before a step, found - [x]"),
            ("# Call\n- [ ] Call.\n- [] Wait.\n", ":3: expected - [ ] before a step, found - []"),
            ("# Call\n- [ ]\n", ":2: expected a step's text"),
            ("# Call\n- [ ] Call.\n- [ ] Call.\n", ":3: the same step stands twice"),
            ("# Call\n- [ ] Call.\n```sh\nls\n", ":3: the code that begins here"),
        ])
    func faults(text: String, fault: String) throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/own", withIntermediateDirectories: true)
        _ = try folder.write("own/model_stale.md", text)
        let report = PlaybookShelf(folder.path + "/own", in: "/nowhere").read()
        #expect(report.faults.count == 1)
        let told = try #require(report.faults.first)
        #expect(told.contains("/own/model_stale.md" + fault), "\(told)")
        #expect(report.page(for: "model_stale")?.file == nil)
    }

    /// A state directory at rest whose owner follows the playbook.
    private struct Bench {
        let folder: ScratchFolder
        let model: ModelName
        let page: PlaybookPage

        init() throws {
            folder = try ScratchFolder()
            model = try #require(ModelName("m"))
            page = try #require(PlaybookShelf.shipped.first { $0.alarms.contains("model_stale") })
        }

        func open() throws -> StateFolder {
            try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
                try SpindleConfiguration(toml: "[models.m]\n", file: "test")
            }
        }

        func tick(_ number: Int, isDone: Bool = true, text: String? = nil) throws -> ActOutcome {
            let step = PlaybookStep(
                page: page.id, step: number, text: text ?? page.steps[number - 1].text,
                isDone: isDone, alarm: nil)
            return try act(.incident(.step(step)), "")
        }

        func act(_ act: Act, _ reason: String) throws -> ActOutcome {
            let user = ProcessInfo.processInfo.userName
            return try Acts.performAtRest(
                ActRequest(
                    act: act, scope: .model(model), reason: reason, isDryRun: false,
                    actor: Actor(user: user, from: "tty")), on: try open())
        }

        func snapshot() throws -> Snapshot { Acts.snapshotAtRest(try open()) }

        func ticks() throws -> [Int] {
            try snapshot().playbook?.ticks(page, model).keys.sorted() ?? []
        }
    }

    @Test("What is done is in the journal, outlives a restart, and belongs to the incident")
    func ticks() throws {
        let bench = try Bench()
        #expect(try bench.tick(1).effects.count == 1)
        #expect(try bench.ticks() == [1])
        let entry = try bench.open().journal.tail(10).first
        #expect(entry?.act == "incident")
        #expect(entry?.effect.contains("step 1 of \(bench.page.id) is done: ") == true)
        _ = try bench.act(.incident(.open), "stale since noon")
        _ = try bench.tick(2)
        let incident = try #require(try bench.snapshot().authority?.incidents.first)
        #expect(incident.entries.contains { $0.text.contains("step 2 of") && $0.kind == .note })
        #expect(try bench.ticks() == [1, 2])
        guard case .refused(let twice) = try bench.tick(2) else {
            Issue.record("it was done twice")
            return
        }
        #expect(twice.contains("is done already, by"))
        _ = try bench.tick(1, isDone: false)
        #expect(try bench.ticks() == [2])
        guard case .refused(let text) = try bench.tick(1, text: "Pray.") else {
            Issue.record("a step that is not there was done")
            return
        }
        #expect(text.contains("was edited"))
    }
}
