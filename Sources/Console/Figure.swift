import Vocabulary

/// Numbers and times as operators read them.
package enum Figure {
    /// With this many decimals; huge ones in powers of ten.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "not a number" : "infinite" }
        guard abs(value) < 1e12 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        let whole = Int64((scaled / scale).rounded(.down))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + grouped(whole) }
        let fraction = String(Int64(scaled - Double(whole) * scale))
        let zeros = String(repeating: "0", count: max(0, decimals - fraction.count))
        return sign + grouped(whole) + "." + zeros + fraction
    }

    /// `12,400`.
    package static func grouped(_ value: some BinaryInteger) -> String {
        let digits = Array(String(value))
        let isNegative = digits.first == "-"
        var text = ""
        for (index, digit) in digits.enumerated() {
            let left = digits.count - index
            if index > (isNegative ? 1 : 0), left % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// Three figures that matter and a power: `1.20k`, `15.3M`, `0.0421`.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : "inf" }
        let size = abs(value)
        if size >= 1e9 { return three(value / 1e9) + "G" }
        if size >= 1e6 { return three(value / 1e6) + "M" }
        if size >= 10_000 { return three(value / 1e3) + "k" }
        return three(value)
    }

    private static func three(_ value: Double) -> String {
        let size = abs(value)
        if size == 0 { return "0" }
        if size >= 100 { return fixed(value, 0) }
        if size >= 10 { return fixed(value, 1) }
        if size >= 1 { return fixed(value, 2) }
        if size >= 0.1 { return fixed(value, 3) }
        return fixed(value, 4)
    }

    package static func percent(_ share: Double, _ decimals: Int = 1) -> String {
        fixed(share * 100, decimals) + " %"
    }

    package static func span(seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return "-" }
        if abs(seconds) < 0.0005 { return "0s" }
        return Span(microseconds: Int64(seconds * 1e6)).text
    }

    /// `02:14:05`, UTC.
    package static func clock(_ instant: Instant) -> String {
        let second = min(max(instant, .earliest), .latest).civil.secondOfDay
        return "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }

    /// `11-24 02:14`, UTC.
    package static func dayMinute(_ instant: Instant) -> String {
        let (date, second) = min(max(instant, .earliest), .latest).civil
        return "\(two(date.month))-\(two(date.day)) \(two(second / 3600)):\(two(second / 60 % 60))"
    }

    /// `11-24 02:14:05`, UTC.
    package static func daySecond(_ instant: Instant) -> String {
        let second = min(max(instant, .earliest), .latest).civil.secondOfDay
        return dayMinute(instant) + ":" + two(second % 60)
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

extension String {
    /// With blanks after it, or before it, up to a width.
    func padded(_ width: Int, isRight: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - count))
        return isRight ? blanks + self : self + blanks
    }

    /// Broken at blanks into lines of at most `width`.
    func wrapped(_ width: Int) -> [String] {
        guard width > 0 else { return [] }
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            var word = String(word)
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            while word.count > width {
                lines.append(String(word.prefix(width)))
                word = String(word.dropFirst(width))
            }
            line += line.isEmpty ? word : " " + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}
