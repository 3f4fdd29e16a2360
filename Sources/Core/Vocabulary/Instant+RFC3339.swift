extension Instant {
    /// Reads an RFC 3339 `date-time`: `2026-11-23T08:21:04.120Z`, `2026-11-23 08:21:04+01:00`.
    ///
    /// A second of 60 is read as the first second of the next minute, as POSIX does. `lastDate`
    /// spares the arithmetic of the calendar when the date is that of the call before.
    package init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>, lastDate: inout LastDate) {
        guard bytes.count >= 20, let base = bytes.baseAddress,
            bytes[10] | 0x20 == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " "),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = Self.twoDigits(base + 11), let minute = Self.twoDigits(base + 14),
            let second = Self.twoDigits(base + 17), hour <= 23, minute <= 59, second <= 60,
            let midnight = lastDate.midnight(base)
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            var unit: Int64 = 100_000
            while index < bytes.count, bytes[index] &- 0x30 <= 9 {
                fraction += Int64(bytes[index] &- 0x30) * unit
                unit /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        guard let offset = Self.offsetMinutes(bytes, at: index) else { return nil }
        let seconds = midnight + Int64(hour * 3600 + minute * 60 + second - offset * 60)
        self.init(microseconds: seconds * 1_000_000 + fraction)
        guard self >= .earliest, self <= .latest else { return nil }
    }

    /// The date of the last time that was read, as its ten bytes and as seconds since 1970.
    package struct LastDate: Sendable {
        // "1970-01-01", so that there always is a date, and no other bytes are taken for one.
        private var head = UInt64(littleEndian: 0x2D31_302D_3037_3931)
        private var tail = UInt16(littleEndian: 0x3130)
        private var seconds: Int64 = 0

        package init() {}

        /// Midnight of the date in the first ten bytes, if it is the last one.
        @inline(__always)
        fileprivate func midnight(ifOf bytes: UnsafeRawPointer) -> Int64? {
            let isSame =
                bytes.loadUnaligned(as: UInt64.self) == head
                && bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self) == tail
            return isSame ? seconds : nil
        }

        /// Midnight of the date in the first ten bytes; nil if there is no such date.
        @inline(__always)
        fileprivate mutating func midnight(_ base: UnsafePointer<UInt8>) -> Int64? {
            let bytes = UnsafeRawPointer(base)
            let head = bytes.loadUnaligned(as: UInt64.self)
            let tail = bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
            if head == self.head, tail == self.tail { return seconds }
            guard let century = twoDigits(base), let year = twoDigits(base + 2),
                base[4] == UInt8(ascii: "-"), let month = twoDigits(base + 5),
                base[7] == UInt8(ascii: "-"), let day = twoDigits(base + 8)
            else { return nil }
            let date = CivilDate(year: century * 100 + year, month: month, day: day)
            guard date.year >= 1, month >= 1, month <= 12, day >= 1,
                day <= CivilDate.daysIn(month: month, of: date.year)
            else { return nil }
            seconds = Int64(date.daysSince1970) * 86_400
            self.head = head
            self.tail = tail
            return seconds
        }
    }

    /// Reads the usual forms, `2026-11-23T08:21:04Z` and, of 24 bytes, `2026-11-23T08:21:04.120Z`,
    /// on the date of the call before; nil if it is another date or form.
    @inline(__always)
    package init?(usual base: UnsafePointer<UInt8>, size: Int, lastDate: LastDate) {
        let bytes = UnsafeRawPointer(base)
        guard size == 20 || size == 24, let midnight = lastDate.midnight(ifOf: bytes),
            base[10] == UInt8(ascii: "T"), base[size &- 1] == UInt8(ascii: "Z"),
            let fraction = size == 20 ? 0 : Self.milliseconds(base + 19)
        else { return nil }
        // "08:21:04": each digit by itself, each colon as 0.
        let clock = bytes.loadUnaligned(fromByteOffset: 11, as: UInt64.self).littleEndian
        let digits = clock ^ 0x3030_3A30_303A_3030
        // A digit above 9 reaches the top bit of its byte, and so does a colon that is none.
        let tops: UInt64 = 0x8080_8080_8080_8080
        guard ((digits & ~tops) &+ 0x7676_7F76_767F_7676 | digits) & tops == 0 else { return nil }
        let pairs = digits &* 10 &+ (digits >> 8)
        let hour = Int64(pairs & 0xFF)
        let minute = Int64(pairs >> 24 & 0xFF)
        let second = Int64(pairs >> 48 & 0xFF)
        guard hour <= 23, minute <= 59, second <= 59 else { return nil }
        let seconds = midnight &+ hour &* 3600 &+ minute &* 60 &+ second
        self.init(microseconds: seconds &* 1_000_000 &+ fraction &* 1000)
    }

    /// Of a point and three digits.
    @inline(__always)
    private static func milliseconds(_ base: UnsafePointer<UInt8>) -> Int64? {
        let (tenths, hundredths, thousandths) = (base[1] &- 0x30, base[2] &- 0x30, base[3] &- 0x30)
        guard base[0] == UInt8(ascii: "."), max(tenths, hundredths, thousandths) <= 9 else {
            return nil
        }
        return Int64(tenths) &* 100 &+ Int64(hundredths) &* 10 &+ Int64(thousandths)
    }

    @inline(__always)
    private static func twoDigits(_ base: UnsafePointer<UInt8>) -> Int? {
        let tens = base[0] &- 0x30
        let ones = base[1] &- 0x30
        guard tens <= 9, ones <= 9 else { return nil }
        return Int(tens) * 10 + Int(ones)
    }

    package init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>) {
        var lastDate = LastDate()
        self.init(rfc3339: bytes, lastDate: &lastDate)
    }

    package init?(rfc3339 text: String) {
        var text = text
        let instant = text.withUTF8 { Instant(rfc3339: $0) }
        guard let instant else { return nil }
        self = instant
    }

    /// Reads what people type: RFC 3339, or a number of seconds since 1970.
    package init?(text: String) {
        if let instant = Instant(rfc3339: text)
            ?? Double(text).flatMap({ Instant(secondsSince1970: $0) })
        {
            self = instant
        } else {
            return nil
        }
    }

    /// Seconds since 1970, as a JSON number gives them; nil outside of years 0001 to 9999.
    package init?(secondsSince1970 seconds: Double) {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return nil }
        let whole = seconds.rounded(.down)
        let fraction = ((seconds - whole) * 1_000_000).rounded(.toNearestOrEven)
        self.init(microseconds: Int64(whole) * 1_000_000 + Int64(fraction))
        guard self >= .earliest, self <= .latest else { return nil }
    }

    /// In UTC, with as many digits of the fraction as are needed: none, three or six.
    package var rfc3339: String {
        let clamped = min(max(self, .earliest), .latest)
        let second = clamped.floored(to: .seconds(1))
        let fraction = Int(clamped.microseconds - second.microseconds)
        let (date, secondOfDay) = second.civil
        var text =
            Self.padded(date.year, 4) + "-" + Self.padded(date.month, 2) + "-"
            + Self.padded(date.day, 2) + "T" + Self.padded(secondOfDay / 3600, 2) + ":"
            + Self.padded(secondOfDay / 60 % 60, 2) + ":" + Self.padded(secondOfDay % 60, 2)
        if fraction % 1000 != 0 {
            text += "." + Self.padded(fraction, 6)
        } else if fraction != 0 {
            text += "." + Self.padded(fraction / 1000, 3)
        }
        return text + "Z"
    }

    /// The UTC date and the second of that day (0 ... 86399).
    package var civil: (date: CivilDate, secondOfDay: Int) {
        let day = floored(to: .days(1))
        let seconds = Int((microseconds - day.microseconds) / 1_000_000)
        return (CivilDate(daysSince1970: Int(day.microseconds / 86_400_000_000)), seconds)
    }

    private static func offsetMinutes(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int
    ) -> Int? {
        guard start < bytes.count else { return nil }
        if bytes[start] | 0x20 == UInt8(ascii: "z") { return start + 1 == bytes.count ? 0 : nil }
        let isNegative = bytes[start] == UInt8(ascii: "-")
        guard isNegative || bytes[start] == UInt8(ascii: "+"), start + 6 == bytes.count,
            bytes[start + 3] == UInt8(ascii: ":")
        else { return nil }
        var values: [Int] = []
        for index in [start + 1, start + 2, start + 4, start + 5] {
            let digit = Int(bytes[index]) - 0x30
            guard digit >= 0, digit <= 9 else { return nil }
            values.append(digit)
        }
        let hours = values[0] * 10 + values[1]
        let minutes = values[2] * 10 + values[3]
        guard hours <= 23, minutes <= 59 else { return nil }
        return (isNegative ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// The arithmetic is that of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
package struct CivilDate: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    package init(daysSince1970: Int) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    package var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        case 1, 3, 5, 7, 8, 10, 12: 31
        default: 0
        }
    }
}
