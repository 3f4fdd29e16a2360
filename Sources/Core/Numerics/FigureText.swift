/// Figures as an operator reads them, in one line with words.
package enum FigureText {
    /// Four digits that matter; very large amounts as the language writes them.
    package static func text(_ value: Double) -> String {
        guard value.isFinite else { return "not a number" }
        guard value != 0 else { return "0" }
        let magnitude = value.magnitude
        if magnitude < 1e-6 { return "less than 0.000001" }
        guard magnitude < 1e9 else { return "\(value)" }
        var decimals = 3
        var bound = 10.0
        while magnitude >= bound, decimals > 0 {
            decimals -= 1
            bound *= 10
        }
        bound = 1
        while magnitude < bound, decimals < 9 {
            decimals += 1
            bound /= 10
        }
        return (value < 0 ? "-" : "") + fixed(magnitude, decimals)
    }

    package static func percent(_ share: Double) -> String { text(share * 100) + " %" }

    /// `12,345`.
    package static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var grouped = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return grouped
    }

    /// Zeros at the end of a fraction say nothing and are left out.
    private static func fixed(_ magnitude: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let whole = Int((magnitude * scale).rounded())
        let step = Int(scale)
        var fraction = Array(String(step + whole % step).dropFirst())
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty
            ? "\(whole / step)" : "\(whole / step)." + String(fraction)
    }
}
