import Foundation
import Operation
import Paging
import TOMLKit
import Vocabulary

/// `[paging]`: who is told of an alarm.
extension SpindleConfiguration {
    mutating func readPaging(_ section: TOMLReader) throws {
        var section = section
        var policy = EscalationPolicy()
        for severity in AlarmSeverity.allCases {
            guard let span = try section.span("acknowledge_\(severity.rawValue)") else { continue }
            policy.deadlines[severity] = span == .zero ? nil : span
        }
        if let span = try section.span("acknowledgement") { policy.acknowledgementLasts = span }
        if let span = try section.span("remind_every") { policy.remindsEvery = span }
        if let span = try section.span("resolve_after") { policy.resolvesAfter = span }
        if let span = try section.span("progress_limit") { progressLimit = span }
        for (key, span) in [
            ("acknowledgement", policy.acknowledgementLasts),
            ("remind_every", policy.remindsEvery),
        ] where span < .minutes(1) {
            throw section.fault(key, "at least a minute")
        }
        guard progressLimit >= .seconds(1) else {
            throw section.fault("progress_limit", "at least a second")
        }
        for (name, receiver) in try section.tables("receivers") {
            policy.receivers[name] = try Self.receiver(receiver)
        }
        for (name, person) in try section.tables("people") {
            policy.people[name] = try Self.person(person, policy)
        }
        for (name, rota) in try section.tables("rotas") {
            policy.rotas[name] = try Self.rota(rota, policy)
        }
        policy.steps = try section.strings("steps") ?? []
        try Self.checkNames(policy, section)
        try section.finish()
        paging = policy
    }

    private static func checkNames(_ policy: EscalationPolicy, _ section: TOMLReader) throws {
        let all = [
            policy.receivers.keys.sorted(), policy.people.keys.sorted(), policy.rotas.keys.sorted(),
        ]
        .flatMap { $0 }
        for (index, name) in all.enumerated() where all[..<index].contains(name) {
            throw section.fault(name, "names that are a receiver's, a person's or a rota's, once")
        }
        for name in policy.steps where !all.contains(name) {
            throw section.fault(
                "steps", "names of rotas, people or receivers, found \"\(name)\"")
        }
        for name in policy.steps where policy.receivers[name]?.isAlertmanager == true {
            throw section.fault(
                "steps", "no Alertmanager, which is told of everything, found \"\(name)\"")
        }
    }

    private static func receiver(_ section: TOMLReader) throws -> Receiver {
        var section = section
        let kinds = ["alertmanager", "webhook", "program"]
        let kind = try section.string("kind") ?? ""
        guard kinds.contains(kind) else {
            throw section.fault("kind", "one of \(kinds.joined(separator: ", "))")
        }
        var receiver: Receiver
        if kind == "program" {
            guard let path = try section.string("path"), path.hasPrefix("/") else {
                throw section.fault("path", "the full path of a program")
            }
            receiver = Receiver(kind: .program(path: path))
        } else {
            let address = try section.string("url") ?? ""
            let url = URL(string: address)
            guard let url, ["http", "https"].contains(url.scheme ?? ""), url.host != nil else {
                throw section.fault("url", "an address such as \"http://127.0.0.1:9093\"")
            }
            let base = address.hasSuffix("/") ? String(address.dropLast()) : address
            receiver = Receiver(
                kind: kind == "webhook"
                    ? .webhook(url: address, headers: try headers(&section))
                    : .alertmanager(url: base))
        }
        if let text = try section.string("audience") {
            guard let audience = Receiver.Audience(rawValue: text) else {
                throw section.fault("audience", "on-call, upstream or downstream")
            }
            receiver.audience = audience
        }
        receiver.models = try (section.strings("models") ?? []).map { text in
            guard let model = ModelName(text) else {
                throw section.fault("models", "names of models, found \"\(text)\"")
            }
            return model
        }
        try section.finish()
        return receiver
    }

    /// Each as `"Name: value"`.
    private static func headers(_ section: inout TOMLReader) throws -> [String: String] {
        var found: [String: String] = [:]
        for line in try section.strings("headers") ?? [] {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw section.fault("headers", "lines such as \"Authorization: Bearer …\"")
            }
            found[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return found
    }

    private static func person(
        _ section: TOMLReader, _ policy: EscalationPolicy
    ) throws -> Person {
        var section = section
        let zone = try section.string("zone") ?? ""
        guard TimeZone(identifier: zone) != nil, !zone.isEmpty else {
            throw section.fault("zone", "a time zone such as \"Europe/Berlin\", found \"\(zone)\"")
        }
        var person = Person(zone: zone)
        if let text = try section.string("hours") {
            let ends = text.split(separator: "-").compactMap { minuteOfDay(String($0)) }
            guard ends.count == 2, ends[0] != ends[1] else {
                throw section.fault("hours", "hours such as \"09:00-17:00\", found \"\(text)\"")
            }
            (person.from, person.to) = (ends[0], ends[1])
        }
        if let text = try section.string("days") {
            guard let days = days(text) else {
                throw section.fault("days", "days such as \"mon-fri\", found \"\(text)\"")
            }
            person.days = days
        }
        person.receivers = try section.strings("receivers") ?? []
        for name in person.receivers where policy.receivers[name] == nil {
            throw section.fault("receivers", "names of receivers, found \"\(name)\"")
        }
        guard !person.receivers.isEmpty else {
            throw section.fault("receivers", "a way to reach them")
        }
        try section.finish()
        return person
    }

    private static func minuteOfDay(_ text: String) -> Int? {
        let parts = text.split(separator: ":").map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1],
            (0...24).contains(hour), (0..<60).contains(minute), hour * 60 + minute <= 1440
        else { return nil }
        return hour * 60 + minute
    }

    /// "mon-fri", "sun-thu", "sat,sun": Monday first.
    private static func days(_ text: String) -> [Bool]? {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        var found = [Bool](repeating: false, count: 7)
        for part in text.lowercased().split(separator: ",") {
            let ends = part.split(separator: "-").map { names.firstIndex(of: String($0)) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count < 3
            else { return nil }
            var day = first
            while true {
                found[day] = true
                if day == last { break }
                day = (day + 1) % 7
            }
        }
        return found.contains(true) ? found : nil
    }

    private static func rota(_ section: TOMLReader, _ policy: EscalationPolicy) throws -> Rota {
        var section = section
        var rota = Rota(people: try section.strings("people") ?? [])
        guard !rota.people.isEmpty else { throw section.fault("people", "at least one person") }
        for name in rota.people where policy.people[name] == nil {
            throw section.fault("people", "names of people, found \"\(name)\"")
        }
        rota.turn = try section.span("turn")
        if let turn = rota.turn, turn < .hours(1) {
            throw section.fault("turn", "at least an hour")
        }
        if let text = try section.string("turn_from") {
            guard let from = Instant(text: text) else {
                throw section.fault("turn_from", "an RFC 3339 time, found \"\(text)\"")
            }
            rota.turnFrom = from
        }
        try section.finish()
        return rota
    }
}
