import Foundation
import Vocabulary

/// Events of a file in iCalendar, RFC 5545: the VEVENTs with SUMMARY, DTSTART, and DTEND or
/// DURATION. Times are UTC, of a TZID that is an IANA name, or whole days; a date without a zone
/// is of the zone that is given.
package enum ICalendar {
    /// One event of a file.
    package struct Entry: Sendable, Equatable {
        package var text: String
        package var from: Instant
        package var to: Instant
    }

    /// What is wrong, and in which line.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package var line: Int
        package var text: String

        package var description: String { "line \(line): \(text)" }
    }

    private struct Property {
        var name: String
        var parameters: [String: String]
        var value: String
        var line: Int
    }

    /// Throws a `Fault` for what cannot be read, and for events that repeat: those would be
    /// missing.
    package static func entries(
        _ text: String, zone: TimeZone = .gmt
    ) throws(Fault) -> [Entry] {
        var found: [Entry] = []
        var open: (line: Int, properties: [String: Property])?
        for (number, line) in unfolded(text) {
            guard let property = property(line, number) else {
                throw Fault(line: number, text: "expected NAME:VALUE, found \(line.prefix(60))")
            }
            switch (property.name, property.value.uppercased()) {
            case ("BEGIN", "VEVENT"): open = (number, [:])
            case ("END", "VEVENT"):
                guard let event = open else {
                    throw Fault(line: number, text: "an event ends that did not begin")
                }
                found.append(try entry(event.properties, event.line, zone))
                open = nil
            default: open?.properties[property.name] = property
            }
        }
        if let open { throw Fault(line: open.line, text: "the event does not end") }
        return found
    }

    /// Lines that begin with white space belong to the one before.
    private static func unfolded(_ text: String) -> [(Int, String)] {
        var lines: [(Int, String)] = []
        let plain = text.replacingOccurrences(of: "\r\n", with: "\n")
        for (index, line) in plain.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if let first = line.first, first == " " || first == "\t", !lines.isEmpty {
                lines[lines.count - 1].1 += line.dropFirst()
            } else if !line.isEmpty {
                lines.append((index + 1, String(line)))
            }
        }
        return lines
    }

    private static func property(_ line: String, _ number: Int) -> Property? {
        // A colon within quotes belongs to a parameter.
        var isQuoted = false
        var colon: String.Index?
        for index in line.indices {
            if line[index] == "\"" { isQuoted.toggle() }
            if line[index] == ":", !isQuoted {
                colon = index
                break
            }
        }
        guard let colon else { return nil }
        let parts = line[..<colon].split(separator: ";").map(String.init)
        guard let name = parts.first, !name.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { return nil }
            parameters[pair[0].uppercased()] = pair[1].trimmingCharacters(
                in: CharacterSet(charactersIn: "\""))
        }
        return Property(
            name: name.uppercased(), parameters: parameters,
            value: String(line[line.index(after: colon)...]), line: number)
    }

    private static func entry(
        _ properties: [String: Property], _ line: Int, _ zone: TimeZone
    ) throws(Fault) -> Entry {
        if let rule = properties["RRULE"] ?? properties["RDATE"] {
            throw Fault(line: rule.line, text: "events that repeat are not read: write each")
        }
        guard let start = properties["DTSTART"] else {
            throw Fault(line: line, text: "the event has no DTSTART")
        }
        let (from, isDay) = try instant(start, zone)
        var to = from + (isDay ? .days(1) : .hours(1))
        if let end = properties["DTEND"] {
            to = try instant(end, zone).0
        } else if let duration = properties["DURATION"] {
            guard let span = span(duration.value) else {
                throw Fault(
                    line: duration.line, text: "expected a duration, found \(duration.value)")
            }
            to = from + span
        }
        guard from < to else {
            throw Fault(line: line, text: "the event ends before it begins")
        }
        let summary = properties["SUMMARY"]?.value ?? "event"
        var text = summary
        for (escaped, plain) in [("\\n", " "), ("\\N", " "), ("\\,", ","), ("\\;", ";")] {
            text = text.replacingOccurrences(of: escaped, with: plain)
        }
        return Entry(text: text, from: from, to: to)
    }

    private static func instant(
        _ property: Property, _ zone: TimeZone
    ) throws(Fault) -> (Instant, isDay: Bool) {
        func fault() -> Fault {
            Fault(
                line: property.line,
                text: "expected a time such as 20261127T080000Z or 20261127, found "
                    + property.value)
        }
        let text = Array(property.value)
        let digits = text.filter(\.isNumber).compactMap(\.wholeNumberValue)
        let isDay = text.count == 8 && digits.count == 8
        let isUTC = text.last == "Z"
        guard isDay || (digits.count == 14 && text.count == (isUTC ? 16 : 15) && text[8] == "T")
        else { throw fault() }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        var place = isUTC ? TimeZone.gmt : zone
        if let name = property.parameters["TZID"] {
            guard let named = TimeZone(identifier: name) else {
                throw Fault(line: property.line, text: "the zone \(name) is not known")
            }
            place = named
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = place
        let parts = DateComponents(
            year: number(0..<4), month: number(4..<6), day: number(6..<8),
            hour: isDay ? 0 : number(8..<10), minute: isDay ? 0 : number(10..<12),
            second: isDay ? 0 : number(12..<14))
        guard parts.isValidDate(in: calendar), let date = calendar.date(from: parts),
            let instant = Instant(secondsSince1970: date.timeIntervalSince1970)
        else { throw fault() }
        return (instant, isDay)
    }

    /// As `P1DT2H30M`; nil for what is none, or not more than nothing.
    private static func span(_ text: String) -> Span? {
        guard text.first == "P" else { return nil }
        let units: [Character: Int] = ["W": 604_800, "D": 86_400, "H": 3600, "M": 60, "S": 1]
        var (seconds, count, isTime) = (0, 0, false)
        for letter in text.dropFirst() {
            if let digit = letter.wholeNumberValue {
                count = min(count * 10 + digit, 1_000_000)
            } else if letter == "T" {
                isTime = true
            } else if let unit = units[letter], isTime || letter != "M" {
                seconds += count * unit
                count = 0
            } else {
                return nil
            }
        }
        return seconds > 0 && count == 0 ? .seconds(seconds) : nil
    }
}
