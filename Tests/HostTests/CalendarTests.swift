import Foundation
import Host
import Operation
import Testing
import Vocabulary
import World

@Suite("The calendar of events")
struct CalendarTests {
    private func instant(_ text: String) throws -> Instant {
        try #require(Instant(rfc3339: text))
    }

    @Test("Times in UTC, in a zone, of whole days and by duration are read, lines unfolded")
    func reads() throws {
        let text = """
            BEGIN:VCALENDAR
            VERSION:2.0
            BEGIN:VEVENT
            UID:1
            DTSTART:20261127T080000Z
            DTEND:20261127T200000Z
            SUMMARY:Black Friday\\, the
              whole day
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;TZID="Europe/Berlin":20261025T020000
            DURATION:PT2H30M
            SUMMARY:Clocks go back
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20261224
            SUMMARY:Eve
            END:VEVENT
            END:VCALENDAR
            """
        for text in [text, text.replacingOccurrences(of: "\n", with: "\r\n")] {
            let found = try ICalendar.entries(text)
            #expect(found.map(\.text) == ["Black Friday, the whole day", "Clocks go back", "Eve"])
            #expect(found[0].from == (try instant("2026-11-27T08:00:00Z")))
            #expect(found[0].to == (try instant("2026-11-27T20:00:00Z")))
            #expect(found[1].from == (try instant("2026-10-25T00:00:00Z")))
            #expect(found[1].to - found[1].from == .minutes(150))
            #expect(found[2].from == (try instant("2026-12-24T00:00:00Z")))
            #expect(found[2].to == (try instant("2026-12-25T00:00:00Z")))
        }
    }

    @Test(
        "What cannot be read is refused with its line",
        arguments: [
            ("DTSTART:2026-11-27\nSUMMARY:x", 2), ("DTSTART:20261332\nSUMMARY:x", 2),
            ("SUMMARY:x", 1), ("DTSTART:20261127T080000Z\nDTEND:20261127T070000Z", 1),
            ("DTSTART;TZID=Mars/X:20261127T080000\nSUMMARY:x", 2),
            ("DTSTART:20261127\nRRULE:FREQ=DAILY", 3), ("DTSTART:20261127\nDURATION:P1M", 3),
            ("DTSTART:20261127\nno property", 3),
        ])
    func refuses(body: String, line: Int) {
        #expect {
            try ICalendar.entries("BEGIN:VEVENT\n\(body)\nEND:VEVENT\n")
        } throws: { error in
            (error as? ICalendar.Fault)?.line == line
        }
    }

    @Test("An event is added once, shown while it is near, taken out, and kept over a restart")
    func keeps() throws {
        let shop = try ShopDay()
        let model = shop.state.models[0].name
        let from = try instant("2026-01-05T06:00:00Z")
        let add = Act.event(.add(text: "Sale", from: from, to: from + .hours(6)))
        guard case .done(let first) = shop.perform(add) else {
            Issue.record("it was refused")
            return
        }
        #expect(first.map(\.changed) == [true])
        #expect(shop.perform(add).effects.map(\.changed) == [false])
        let id = try #require(shop.state.calendar.all(of: model).first).id
        let calendar = try EventCalendar(
            shop.folder.path + "/state/calendar.json", disk: LocalDisk())
        #expect(calendar.all(of: model).map(\.text) == ["Sale"])
        #expect(calendar.near(from - .days(29), of: model).count == 1)
        #expect(calendar.near(from - .days(31), of: model).isEmpty)
        #expect(calendar.near(from + .days(8), of: model).isEmpty)
        #expect(try shop.journal(10).contains { $0.act == "event" && $0.effect.contains("Sale") })
        let inverted = Act.event(.add(text: "x", from: from, to: from))
        guard case .refused = shop.perform(inverted) else {
            Issue.record("an event without length was taken")
            return
        }
        guard case .done = shop.perform(.event(.remove(id))),
            case .refused = shop.perform(.event(.remove(id)))
        else {
            Issue.record("it was not taken out, once")
            return
        }
        #expect(shop.state.calendar.all(of: model).isEmpty)
    }
}
