import Paging
import Testing
import Vocabulary

@Suite("Rotas")
struct RotaTests {
    /// A clock so many hours ahead of UTC: zone "+3".
    static let clock: LocalClockReading = { now, zone in
        guard let hours = Int64(zone) else { return nil }
        let minutes = now.microseconds / 60_000_000 + hours * 60 + 3 * 1440
        return Int(((minutes % 10_080) + 10_080) % 10_080)
    }

    /// Monday 2026-11-02, 00:00 UTC.
    static let monday = Instant(rfc3339: "2026-11-02T00:00:00Z") ?? .distantPast

    static func person(_ zone: String, _ from: Int, _ to: Int) -> Person {
        var person = Person(zone: zone)
        (person.from, person.to) = (from * 60, to * 60)
        person.receivers = ["pager"]
        return person
    }

    static func policy(_ people: [String: Person], _ rota: Rota) -> EscalationPolicy {
        var policy = EscalationPolicy()
        policy.people = people
        policy.rotas = ["primary": rota]
        return policy
    }

    @Test("The work follows the sun, and no hour is without somebody")
    func followsTheSun() {
        let people = [
            "berlin": Self.person("1", 8, 16), "seattle": Self.person("-8", 7, 15),
            "tokyo": Self.person("9", 8, 16),
        ]
        let rota = Rota(people: ["berlin", "seattle", "tokyo"])
        let times = ["07:00": "berlin", "14:59": "berlin", "15:00": "seattle", "23:00": "tokyo"]
        for (time, name) in times {
            let now = Instant(rfc3339: "2026-11-03T\(time):00Z") ?? .distantPast
            #expect(rota.onCall(at: now, among: people, clock: Self.clock) == name, "\(time)")
        }
        let findings = Self.policy(people, rota).lint(
            from: Self.monday, for: .days(14), clock: Self.clock)
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test("The lint names gaps and nights, each in one piece")
    func lints() {
        let people = ["a": Self.person("0", 4, 20)]
        let findings = Self.policy(people, Rota(people: ["a"])).lint(
            from: Self.monday, for: .days(1), clock: Self.clock)
        #expect(findings.map(\.kind) == [.gap, .night, .gap])
        #expect(findings.map(\.isError) == [true, false, true])
        #expect(findings[0].from == Self.monday && findings[0].to == Self.monday + .hours(4))
        #expect(findings[1].to == Self.monday + .hours(6))
        #expect(findings[2].from == Self.monday + .hours(20))
    }

    @Test("A shift over midnight belongs to the day on which it began")
    func overMidnight() {
        var person = Self.person("0", 22, 6)
        person.days = [true] + [Bool](repeating: false, count: 6)
        let rota = Rota(people: ["a"])
        for (hour, isThere) in [(21, false), (22, true), (29, true), (30, false), (46, false)] {
            let found = rota.onCall(
                at: Self.monday + .hours(hour), among: ["a": person], clock: Self.clock)
            #expect((found != nil) == isThere, "\(hour)")
        }
    }

    @Test("Turns change who comes first, also before the first one")
    func takesTurns() {
        var rota = Rota(people: ["a", "b", "c"])
        rota.turn = .days(7)
        rota.turnFrom = Self.monday
        let people = ["a": Person(zone: "0"), "b": Person(zone: "0"), "c": Person(zone: "0")]
        let found = (-2...3).map { week in
            rota.onCall(at: Self.monday + .days(7 * week), among: people, clock: Self.clock) ?? ""
        }
        #expect(found == ["b", "c", "a", "b", "c", "a"])
    }

    @Test("Somebody in a zone that isn't known is never on call, and the lint says so")
    func unknownZone() {
        let rota = Rota(people: ["a"])
        let people = ["a": Self.person("Atlantis", 0, 24)]
        #expect(rota.onCall(at: Self.monday, among: people, clock: Self.clock) == nil)
        let findings = Self.policy(people, rota).lint(
            from: Self.monday, for: .hours(2), clock: Self.clock)
        #expect(findings.map(\.kind) == [.gap])
    }
}
