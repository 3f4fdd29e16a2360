import Drilling
import Foundation
import Monitoring
import Testing

@Suite("The playbook")
struct PlaybookTests {
    @Test("Every alarm has a page, and every page's alarms exist")
    func pages() throws {
        let shelf = PlaybookShelf(of: "/nowhere")
        for alarm in AlarmName.allCases {
            #expect(try shelf.page(for: alarm.rawValue) != nil, "\(alarm.rawValue) has no page")
        }
        let beside = [
            "training_silent", "engine_silent", "policy_rule", "policy_pending", "glass_broken",
            "incident_overdue",
        ]
        for alarm in beside { #expect(try shelf.page(for: alarm) != nil, "\(alarm) has no page") }
        let known = Set(AlarmName.allCases.map(\.rawValue) + beside)
        for page in PlaybookShelf.shipped {
            #expect(known.isSuperset(of: page.alarms), "\(page.title)")
        }
    }

    @Test("A user's own page goes before the one that comes with the program; a path is no name")
    func own() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/spindle-playbooks-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder + "/playbooks", withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
        }
        try "# Call Dana\n1. Call.\n".write(
            toFile: folder + "/playbooks/labels_stalled.md", atomically: true, encoding: .utf8)
        let shelf = PlaybookShelf(of: folder)
        let page = try #require(try shelf.page(for: "labels_stalled"))
        #expect(page.title == "Call Dana")
        #expect(try shelf.page(for: "../playbooks/labels_stalled") == nil)
    }
}
