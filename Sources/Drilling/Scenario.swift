import Host
import Operation
import Shop
import Vocabulary

/// A crisis to practise, as data: what goes wrong, when, how much, and what finds it.
package struct Scenario: Sendable, Equatable {
    /// A fault that is injected into the engine.
    struct Fault: Sendable, Equatable {
        var name: FaultName
        var at: Span
        var length: Span
        /// Between two injections of a fault that is there once; nil for one injection.
        var every: Span?
        /// Words of a step of the playbook: once somebody ticks it off, whom it calls for has
        /// mended the fault. Nil where nobody at the console has it mended.
        var mendedBy: String?
    }

    package var name: String
    /// In one line.
    package var title: String
    /// What happens and why, for who reads about it.
    package var text: String
    /// How much event time the drill takes.
    package var length: Span
    /// The shop that it takes place in.
    package var temper: DrillGround.Temper
    /// Alarms, by name, any of which says what is wrong.
    package var foundBy: [String]
    var disturbances: [Disturbance]
    var faults: [Fault]
    /// The best response that is known.
    package var response: ResponsePlan

    /// A shop's disturbances with their times, for a drill that begins at an instant.
    func disturbances(from start: Instant) -> [Disturbance] {
        disturbances.map { one in
            var moved = one
            moved.from = start + (one.from - Self.origin)
            moved.to = start + (one.to - Self.origin)
            return moved
        }
    }

    /// Words of steps of the playbook, by which somebody has a fault mended.
    package var mendingSteps: [String] { faults.compactMap(\.mendedBy) }

    static let origin = Instant(microseconds: 0)

    /// The longest drill.
    static let lengthMax = Span.days(14)
}

extension Scenario {
    /// Reads a scenario; a `ConfigurationFault` names file, line and field.
    package init(toml text: String, file: String) throws {
        do {
            self = try Self.read(text, file: file)
        } catch var fault as ConfigurationFault where !fault.key.isEmpty {
            if let line = TOMLPlace.line(of: fault.key, in: text) { fault.file += ":\(line)" }
            throw fault
        }
    }

    private static func read(_ text: String, file: String) throws -> Scenario {
        var reader = try TOMLReader(toml: text, file: file)
        func needed(_ key: String) throws -> String {
            guard let text = try reader.string(key), !text.isEmpty else {
                throw reader.fault(key, "a text")
            }
            return text
        }
        var scenario = Scenario(
            name: try needed("name"), title: try needed("title"), text: try needed("text"),
            length: try reader.span("length") ?? .hours(24),
            temper: try Self.temper(&reader),
            foundBy: try reader.strings("found_by") ?? [], disturbances: [], faults: [],
            response: ResponsePlan())
        let isPlain = scenario.name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "-") || byte >= 0x30 && byte <= 0x39
                || byte >= 0x61 && byte <= 0x7A
        }
        guard isPlain else { throw reader.fault("name", "small letters, digits and -") }
        guard scenario.length >= .hours(1), scenario.length <= Self.lengthMax else {
            throw reader.fault("length", "an hour to 14 days")
        }
        for section in try reader.list("disturbance") { try scenario.add(section) }
        scenario.response = try ResponsePlan(of: &reader)
        try reader.finish()
        guard !scenario.disturbances.isEmpty || !scenario.faults.isEmpty else {
            throw reader.fault("disturbance", "at least one [[disturbance]]")
        }
        return scenario
    }

    private static func temper(_ reader: inout TOMLReader) throws -> DrillGround.Temper {
        guard let text = try reader.string("shop") else { return .calm }
        guard let temper = DrillGround.Temper(rawValue: text) else {
            let known = DrillGround.Temper.allCases.map(\.rawValue).joined(separator: " or ")
            throw reader.fault("shop", known)
        }
        return temper
    }

    private mutating func add(_ section: TOMLReader) throws {
        var section = section
        let at = try section.span("at") ?? .zero
        let length = try section.span("for") ?? (self.length - at)
        guard length > .zero else { throw section.fault("for", "more than nothing") }
        guard at + length <= self.length else {
            throw section.fault("for", "an end within the scenario's length, \(self.length.text)")
        }
        for (key, span) in [("at", at), ("for", length)]
        where span.microseconds % ShopClock.minute.microseconds != 0 {
            throw section.fault(key, "whole minutes")
        }
        guard let kind = try section.string("kind") else { throw section.fault("kind", "a kind") }
        if kind == "fault" {
            faults.append(try Self.fault(&section, at, length))
        } else {
            disturbances.append(try Self.disturbance(&section, kind, at, length))
        }
        try section.finish()
    }

    private static func fault(
        _ section: inout TOMLReader, _ at: Span, _ length: Span
    ) throws -> Fault {
        guard let name = FaultName(rawValue: try section.string("fault") ?? "") else {
            let known = FaultName.allCases.map(\.rawValue).joined(separator: ", ")
            throw section.fault("fault", "one of \(known)")
        }
        return Fault(
            name: name, at: at, length: length, every: try section.span("every"),
            mendedBy: try section.string("mended_by"))
    }

    private static func disturbance(
        _ section: inout TOMLReader, _ kindText: String, _ at: Span, _ length: Span
    ) throws -> Disturbance {
        guard let kind = Disturbance.Kind(rawValue: kindText) else {
            let known = (Disturbance.Kind.allCases.map(\.rawValue) + ["fault"])
                .joined(separator: ", ")
            throw section.fault("kind", "one of \(known); found \"\(kindText)\"")
        }
        var one = Disturbance(kind, from: origin + at, to: origin + at + length)
        if let range = kind.strengths {
            guard let strength = try section.number("strength", range) else {
                throw section.fault(
                    "strength", "a number from \(range.lowerBound) to \(range.upperBound)")
            }
            one.strength = strength
        }
        if kind.takesSegment, let segment = try section.string("segment") {
            guard Disturbance.segments.contains(segment) else {
                let known = Disturbance.segments.joined(separator: ", ")
                throw section.fault("segment", "one of \(known)")
            }
            one.segment = segment
        }
        if kind.takesProducts, let words = try section.strings("products") {
            if let unknown = words.first(where: { !Disturbance.productWords.contains($0) }) {
                throw section.fault(
                    "products",
                    "colours, fibres, weights or brands of the shop; found \"\(unknown)\"")
            }
            one.products = words
        }
        if kind.takesFeature {
            one.feature = try section.string("feature")
            guard let feature = one.feature, Disturbance.features.contains(feature) else {
                let known = Disturbance.features.joined(separator: ", ")
                throw section.fault("feature", "one of \(known)")
            }
        }
        if kind.takesInterval, let every = try section.span("every") {
            guard every >= ShopClock.minute else {
                throw section.fault("every", "a minute or more")
            }
            one.every = every
        }
        return one
    }
}

/// The grain of the shop's time.
enum ShopClock {
    static let minute = Span.minutes(1)
}

/// Where a key stands in a text of TOML, for the words of a fault.
enum TOMLPlace {
    /// The line, from 1, of a key such as `disturbance[2].strength`; of its table where the key is
    /// missing; nil where there is neither.
    static func line(of key: String, in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " || $0 == "\t" } }
        var start = 0
        var name = key[...]
        if let open = key.firstIndex(of: "["), let close = key.firstIndex(of: "]"),
            let index = Int(key[key.index(after: open)..<close])
        {
            let header = "[[\(key[..<open])]]"
            let headers = lines.indices.filter { lines[$0].hasPrefix(header) }
            guard index < headers.count else { return nil }
            start = headers[index]
            name = key[close...].dropFirst(2)
        }
        let isTable = start > 0 || key.contains("[")
        for (offset, line) in lines[start...].enumerated() {
            if offset > 0 || !isTable, line.hasPrefix("[") { break }
            let left = line.prefix { $0 != "=" }
            if line.contains("="), left.filter({ $0 != " " }) == name { return start + offset + 1 }
        }
        return isTable ? start + 1 : nil
    }
}
