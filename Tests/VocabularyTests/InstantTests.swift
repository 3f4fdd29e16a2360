import TestKit
import Testing
import Vocabulary

@Suite("Instants as RFC 3339")
struct InstantTests {
    @Test("An instant survives its text, whatever it is", arguments: [1, 2, 3] as [UInt64])
    func textRoundTrip(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let low = Instant.earliest.microseconds
        let high = Instant.latest.microseconds
        for round in 0..<20_000 {
            var microseconds = Int64.random(in: low...high, using: &random)
            if round % 3 == 1 { microseconds -= microseconds % 1000 }
            if round % 3 == 2 { microseconds -= microseconds % 1_000_000 }
            let instant = Instant(microseconds: microseconds)
            #expect(Instant(rfc3339: instant.rfc3339) == instant)
        }
    }

    @Test("Both ends of the calendar have a text that is read again")
    func ends() {
        #expect(Instant.earliest.rfc3339 == "0001-01-01T00:00:00Z")
        #expect(Instant.latest.rfc3339 == "9999-12-31T23:59:59.999999Z")
        #expect(Instant(rfc3339: "0001-01-01T00:00:00Z") == .earliest)
        #expect(Instant(rfc3339: "9999-12-31T23:59:59.999999Z") == .latest)
        #expect(Instant(rfc3339: "0001-01-01T00:00:00+00:01") == nil)
        #expect(Instant(rfc3339: "9999-12-31T23:59:59-00:01") == nil)
    }

    @Test(
        "Known times are read as the seconds they are",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-23T08:00:00Z", 1_795_420_800), ("1969-12-31T23:59:59Z", -1),
            ("2026-11-23t08:00:00z", 1_795_420_800), ("2026-11-23 08:00:00Z", 1_795_420_800),
            ("2026-11-23T09:30:00+01:30", 1_795_420_800),
            ("2026-11-22T22:00:00-10:00", 1_795_420_800),
            ("2026-11-23T08:00:00-00:00", 1_795_420_800),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
        ] as [(String, Int64)])
    func knownTimes(text: String, seconds: Int64) {
        #expect(Instant(rfc3339: text)?.microseconds == seconds * 1_000_000)
    }

    @Test("A fraction finer than a microsecond is cut off, before 1970 too")
    func fractions() {
        #expect(Instant(rfc3339: "1970-01-01T00:00:00.1Z")?.microseconds == 100_000)
        #expect(Instant(rfc3339: "1970-01-01T00:00:00.0000019999Z")?.microseconds == 1)
        #expect(Instant(rfc3339: "1970-01-01T00:00:00.999999999Z")?.microseconds == 999_999)
        #expect(Instant(rfc3339: "1969-12-31T23:59:59.9999999Z")?.microseconds == -1)
        #expect(Instant(microseconds: 120_000).rfc3339 == "1970-01-01T00:00:00.120Z")
        #expect(Instant(microseconds: 120_001).rfc3339 == "1970-01-01T00:00:00.120001Z")
        #expect(Instant(microseconds: -1).rfc3339 == "1969-12-31T23:59:59.999999Z")
    }

    @Test("An offset only moves the clock on the wall", arguments: [7, 8] as [UInt64])
    func offsets(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<5000 {
            let seconds = Int64(random.below(4_000_000_000))
            let minutes = random.below(2 * 1440 - 1) - 1439
            let instant = Instant(microseconds: seconds * 1_000_000)
            let shown = (instant + .minutes(minutes)).rfc3339.dropLast()
            let size = abs(minutes)
            func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
            let sign = minutes < 0 ? "-" : "+"
            let text = "\(shown)\(sign)\(two(size / 60)):\(two(size % 60))"
            #expect(Instant(rfc3339: text) == instant)
        }
    }

    @Test(
        "What is no RFC 3339 time is refused",
        arguments: [
            "", "2026", "2026-11-23", "2026-11-23T08:00:00", "2026-11-23T08:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-01-00T00:00:00Z",
            "0000-01-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T08:60:00Z",
            "2026-11-23T08:00:61Z", "2026-11-23T08:00:00.Z", "2026-11-23T08:00:00,5Z",
            "2026-11-23T08:00:00+24:00", "2026-11-23T08:00:00+01:60", "2026-11-23T08:00:00+0100",
            "2026-11-23T08:00:00+01", "2026-11-23T08:00:00ZZ", "2026-11-23T08:00:00Z ",
            " 2026-11-23T08:00:00Z", "2026/11/23T08:00:00Z", "2026-11-23_08:00:00Z",
            "+026-11-23T08:00:00Z", "-026-11-23T08:00:00Z", "12026-11-23T08:00:00Z",
            "2026-11-23T08:00:00.5", "2026-11-23T8:00:00.00Z", "٢٠٢٦-11-23T08:00:00Z",
        ])
    func refusals(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test("No byte changed to any other makes the reader fail but by refusing")
    func mutations() {
        let good = Array("2026-11-23T08:21:04.120+01:00".utf8)
        for index in good.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = good
                changed[index] = byte
                let instant = changed.withUnsafeBufferPointer { Instant(rfc3339: $0) }
                guard let instant else { continue }
                #expect(instant >= .earliest && instant <= .latest)
            }
        }
    }

    @Test("Seconds since 1970 are read to the microsecond, within the calendar")
    func seconds() {
        #expect(Instant(secondsSince1970: 1.5)?.microseconds == 1_500_000)
        #expect(Instant(secondsSince1970: -0.25)?.microseconds == -250_000)
        #expect(
            Instant(secondsSince1970: 1_795_420_800.123)?.microseconds == 1_795_420_800_123_000)
        #expect(Instant(secondsSince1970: 253_402_300_800) == nil)
        #expect(Instant(secondsSince1970: -62_135_596_801) == nil)
        #expect(Instant(secondsSince1970: 1e300) == nil)
        #expect(Instant(secondsSince1970: .nan) == nil)
        #expect(Instant(secondsSince1970: -.infinity) == nil)
    }

    @Test("Every day of the years 1 to 9999 has its number, and every number its day")
    func calendar() {
        var number = -719_162
        for year in 1...9999 {
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (index, length) in lengths.enumerated() {
                for day in [1, 2, length] {
                    let date = CivilDate(year: year, month: index + 1, day: day)
                    guard date.daysSince1970 == number + day - 1,
                        CivilDate(daysSince1970: number + day - 1) == date
                    else {
                        Issue.record("\(date) has another number than \(number + day - 1)")
                        return
                    }
                }
                number += length
            }
        }
        #expect(number == 2_932_897)
    }

    @Test("Sums of instants and spans stop at the ends of time")
    func saturation() {
        #expect(Instant.distantFuture + .days(1) == .distantFuture)
        #expect(Instant.distantPast - .days(1) == .distantPast)
        #expect((Instant.distantFuture - Instant.distantPast).microseconds == .max)
        #expect((Instant.distantPast - Instant.distantFuture).microseconds == .min)
    }

    @Test("A step begins at or before each instant in it, before 1970 too")
    func flooring() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<2000 {
            let instant = Instant(
                microseconds: Int64.random(in: -1_000_000...1_000_000, using: &random))
            let step = Span(microseconds: Int64(1 + random.below(5000)))
            let start = instant.floored(to: step)
            #expect(start <= instant && instant - start < step)
            #expect(start.microseconds % step.microseconds == 0)
        }
    }
}
