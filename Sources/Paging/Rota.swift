import Vocabulary

/// Reads a clock on the wall of a time zone: minutes since Monday 00:00 there, 0 ..< 10,080; nil
/// for a zone that isn't known.
package typealias LocalClockReading = @Sendable (Instant, _ zone: String) -> Int?

/// Someone who can be on call.
package struct Person: Sendable, Equatable {
    /// IANA name.
    package var zone: String
    /// Minutes of the local day, from inclusive, to exclusive; `to` may lie behind midnight.
    package var from = 0
    package var to = 24 * 60
    /// By day of the week, Monday first, on which a shift begins.
    package var days = [Bool](repeating: true, count: 7)
    package var receivers: [String] = []

    package init(zone: String) {
        self.zone = zone
    }

    /// Nil where the zone isn't known.
    func isAvailable(at now: Instant, clock: LocalClockReading) -> Bool? {
        guard let minute = clock(now, zone) else { return nil }
        let (day, time) = (minute / 1440, minute % 1440)
        if from < to { return days[day] && (from..<to).contains(time) }
        // A shift over midnight belongs to the day on which it began.
        return time >= from && days[day] || time < to && days[(day + 6) % 7]
    }
}

/// People who take turns. On call is the first of them whose hours it is, the order moving on by
/// one with each turn: so with hours around the globe the work follows the sun.
package struct Rota: Sendable, Equatable {
    package var people: [String]
    /// Wall time after which the next one comes first; nil keeps the order.
    package var turn: Span?
    package var turnFrom = Instant(microseconds: 0)

    package init(people: [String]) {
        self.people = people
    }

    /// Nil if it is nobody's hours.
    package func onCall(
        at now: Instant, among people: [String: Person], clock: LocalClockReading
    ) -> String? {
        order(at: now).first { people[$0]?.isAvailable(at: now, clock: clock) == true }
    }

    private func order(at now: Instant) -> [String] {
        guard let turn, !people.isEmpty else { return people }
        let passed = (now - turnFrom).microseconds
        let turns =
            passed >= 0 ? passed / turn.microseconds : -1 - (-1 - passed) / turn.microseconds
        let first = Int(((turns % Int64(people.count)) + Int64(people.count)) % Int64(people.count))
        return Array(people[first...] + people[..<first])
    }
}

/// What is wrong with a rota over the weeks to come.
package struct RotaFinding: Codable, Sendable, Equatable {
    /// What may go wrong, or hurts.
    package enum Kind: String, Codable, Sendable {
        /// Nobody is on call.
        case gap
        /// Who is on call is there between midnight and six in the morning.
        case night
        /// Who is on call has no receiver.
        case unreachable
    }

    package var kind: Kind
    package var rota: String
    package var person: String?
    /// From inclusive, to exclusive.
    package var from: Instant
    package var to: Instant

    /// A night shift is a choice; the others leave an alarm unheard.
    package var isError: Bool { kind != .night }
}

extension EscalationPolicy {
    /// Walks every rota in steps of a quarter of an hour, over changes of clocks too.
    package func lint(
        from start: Instant, for span: Span, clock: LocalClockReading
    ) -> [RotaFinding] {
        var done: [RotaFinding] = []
        for (name, rota) in rotas.sorted(by: { $0.key < $1.key }) {
            var open: [RotaFinding] = []
            var now = start
            while now < start + span {
                let next = now + .minutes(15)
                var found = self.findings(name, rota, at: now, until: next, clock: clock)
                for index in found.indices {
                    let goesOn = { (old: RotaFinding) in
                        old.kind == found[index].kind && old.person == found[index].person
                    }
                    guard let before = open.firstIndex(where: goesOn) else { continue }
                    found[index].from = open.remove(at: before).from
                }
                done += open
                open = found
                now = next
            }
            done += open
        }
        return done.sorted { ($0.rota, $0.from) < ($1.rota, $1.from) }
    }

    private func findings(
        _ name: String, _ rota: Rota, at now: Instant, until next: Instant,
        clock: LocalClockReading
    ) -> [RotaFinding] {
        func finding(_ kind: RotaFinding.Kind, _ person: String? = nil) -> RotaFinding {
            RotaFinding(kind: kind, rota: name, person: person, from: now, to: next)
        }
        guard let id = rota.onCall(at: now, among: people, clock: clock), let person = people[id]
        else { return [finding(.gap)] }
        var found: [RotaFinding] = []
        if person.receivers.isEmpty { found.append(finding(.unreachable, id)) }
        if let minute = clock(now, person.zone), minute % 1440 < 360 {
            found.append(finding(.night, id))
        }
        return found
    }
}
