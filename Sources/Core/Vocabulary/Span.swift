/// A length of time in whole microseconds.
package struct Span: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static let zero = Span(microseconds: 0)

    package static func seconds(_ count: Int) -> Span {
        Span(microseconds: Int64(count) * 1_000_000)
    }

    package static func minutes(_ count: Int) -> Span { .seconds(count * 60) }
    package static func hours(_ count: Int) -> Span { .seconds(count * 3600) }
    package static func days(_ count: Int) -> Span { .seconds(count * 86_400) }

    package var magnitude: Span { Span(microseconds: abs(microseconds)) }

    package var seconds: Double { Double(microseconds) / 1_000_000 }

    package static func < (left: Span, right: Span) -> Bool {
        left.microseconds < right.microseconds
    }

    package static func + (left: Span, right: Span) -> Span {
        Span(microseconds: left.microseconds + right.microseconds)
    }

    package static func - (left: Span, right: Span) -> Span {
        Span(microseconds: left.microseconds - right.microseconds)
    }

    /// Reads `30d`, `15m`, `1h30m`, `500ms`; nil if it is anything else, negative, or beyond
    /// 10,000 days.
    package init?(text: String) {
        let units: [(name: String, microseconds: Int64)] = [
            ("ms", 1000), ("us", 1), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000),
            ("d", 86_400_000_000), ("w", 604_800_000_000),
        ]
        var total: Int64 = 0
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0 >= "0" && $0 <= "9" }
            let unitName = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let count = Int64(digits), count < 1_000_000_000,
                let unit = units.first(where: { $0.name == unitName })
            else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: unit.microseconds)
            guard !overflow, product <= Self.longest - total else { return nil }
            total += product
            rest = rest.dropFirst(digits.count + unitName.count)
        }
        microseconds = total
    }

    /// The two largest units that matter: `2h 05m`, `41s`, `3d 04h`, `250ms`.
    package var text: String {
        if microseconds < 0 { return "-" + Span(microseconds: -microseconds).text }
        let seconds = Int(microseconds / 1_000_000)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if seconds >= 86_400 { return "\(seconds / 86_400)d \(two(seconds / 3600 % 24))h" }
        if seconds >= 3600 { return "\(seconds / 3600)h \(two(seconds / 60 % 60))m" }
        if seconds >= 60 { return "\(seconds / 60)m \(two(seconds % 60))s" }
        if seconds >= 1 { return "\(seconds)s" }
        return "\(microseconds / 1000)ms"
    }

    private static let longest: Int64 = 10_000 * 86_400_000_000
}

extension Span: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        microseconds = Int64((try container.decode(Double.self) * 1_000_000).rounded())
    }

    /// As a number of seconds.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }
}
