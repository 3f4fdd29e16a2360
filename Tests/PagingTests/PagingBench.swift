import Operation
import Paging
import Vocabulary

/// A desk with a rota of two and a lead, driven by hand.
struct PagingBench {
    static let start = Instant(microseconds: 1_790_000_000_000_000)
    static let shop = ["shop"].compactMap { ModelName($0) }[0]

    var desk = PagingDesk()
    var policy = Self.policy()
    var now = Self.start
    /// Everything that was told.
    var told: [AlarmNotification] = []
    var entries: [PagingDesk.Outcome.Entry] = []
    var open: [AlarmReport] = []

    /// All zones have the same clock.
    static let clock: LocalClockReading = { now, zone in
        guard zone != "Nowhere" else { return nil }
        let minutes = now.microseconds / 60_000_000 + 3 * 1440
        return Int(((minutes % 10_080) + 10_080) % 10_080)
    }

    static func policy() -> EscalationPolicy {
        var policy = EscalationPolicy()
        policy.receivers = [
            "pager": Receiver(kind: .webhook(url: "http://a", headers: [:])),
            "phone": Receiver(kind: .webhook(url: "http://b", headers: [:])),
            "everything": Receiver(kind: .alertmanager(url: "http://c")),
        ]
        policy.people = ["dana": Person(zone: "UTC"), "lee": Person(zone: "UTC")]
        policy.people["dana"]?.receivers = ["pager"]
        policy.people["lee"]?.receivers = ["phone"]
        policy.rotas = ["primary": Rota(people: ["dana"])]
        policy.steps = ["primary", "lee"]
        return policy
    }

    static func alarm(
        _ name: String, id: String = "1", _ severity: AlarmSeverity = .critical
    ) -> AlarmReport {
        AlarmReport(
            id: "shop-\(name)-\(id)", name: name, text: "\(name) is wrong", since: start,
            severity: severity, owner: "team")
    }

    mutating func look() {
        desk.see(open.map { (Self.shop, $0) }, at: now)
        let outcome = desk.look(at: now, policy: policy, clock: Self.clock)
        told += outcome.notifications
        entries += outcome.entries
    }

    /// Looks once in each step of a minute.
    mutating func pass(_ span: Span) {
        let end = now + span
        while now < end {
            now = now + .minutes(1)
            look()
        }
    }

    /// What was told since the last call: "raised pager 1".
    mutating func news() -> [String] {
        defer { told = [] }
        return told.map { "\($0.kind.rawValue) \($0.receiver) \($0.step)" }
    }

    @discardableResult
    mutating func acknowledge(_ id: String? = nil, by: String = "dana") -> PagingDesk.Answer {
        desk.acknowledge(
            id, of: Self.shop, by: by, reason: "mine", at: now, policy: policy)
    }

    @discardableResult
    mutating func silence(
        _ match: AlarmMatch, for span: Span
    ) -> PagingDesk.Answer {
        desk.silence(match, owner: "dana", reason: "known", at: now, until: now + span)
    }
}
