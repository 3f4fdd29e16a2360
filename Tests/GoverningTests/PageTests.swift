import Governing
import Operation
import Testing
import Vocabulary

/// Pages that people read when it is over: reports and postmortems.
@Suite("Reports and postmortems")
struct PageTests {
    /// Wall and event time run side by side in these, three years apart.
    private static let wall = Instant(microseconds: 1_790_000_000_000_000).floored(to: .days(1))
    private static let event = wall - .days(1000)
    private static let shop = ["shop"].compactMap { ModelName($0) }[0]

    /// Ten days by the hour: 3600 examples in each, log loss 0.2 and from the ninth day on 0.5, and
    /// on the eighth day nothing at all.
    private static func model() -> ModelReport {
        let hours = 0..<240
        func series(_ name: SeriesName, _ value: (Int) -> Double?) -> Series {
            Series(
                name: name, unit: "", start: event, step: .hours(1), points: hours.map(value))
        }
        func isMet(_ hour: Int) -> Bool { !(168..<192).contains(hour) }
        var model = ModelReport(
            name: shop,
            training: TrainingReport(
                state: .running, since: wall, by: "", reason: "", cursor: 0, behind: 0),
            pushing: .open, serving: ServingReport(mode: .model, checkpoint: nil, arms: [:]),
            stalenessSeconds: nil,
            stalenessLimitSeconds: 7200, metrics: ModelMetrics(), counts: StreamCounts(),
            eventTime: event + .days(10), labelWatermark: nil, alarms: [], checkpoints: [],
            series: [
                series(.examplesPerSecond) { isMet($0) ? 1 : 0 },
                series(.logLoss) { isMet($0) ? ($0 < 192 ? 0.2 : 0.5) : nil },
                series(.baseRateEntropy) { isMet($0) ? 0.3 : nil },
                series(.predictionRate) { isMet($0) ? 0.06 : nil },
                series(.labelRate) { isMet($0) ? 0.05 : nil },
                series(.staleness) { isMet($0) ? Double($0) : nil },
            ])
        model.counts.quarantinedRules = ["json_malformed": 3, "id_missing": 12]
        return model
    }

    /// Two, so that wall time can be told from the stream's.
    private static func checkpoints() -> [CheckpointReport] {
        [0, 10].compactMap { day in
            CheckpointID("shop-00000\(day / 10 + 1)").map { id in
                CheckpointReport(
                    id: id, model: shop, created: wall + .days(day), cursor: 0,
                    eventTime: event + .days(day), learnerDigest: "", fileDigest: "", bytes: 1,
                    parent: nil, verdict: .passed, reasons: [], pinned: false,
                    metrics: ModelMetrics())
            }
        }
    }

    private static func entry(
        _ kind: JournalKind, _ act: String, _ reason: String, day: Int
    ) -> JournalEntry {
        JournalEntry(
            seq: 1, ts: wall + .days(day), kind: kind, act: act, model: shop, by: "ana",
            from: "tty", reason: reason, effect: "", digest: "")
    }

    private static func report(_ span: Span) -> String {
        PerformanceReport(
            model(), over: span, checkpoints: checkpoints(),
            journal: [
                entry(.alarm, "raised", "labels_stalled", day: 2),
                entry(.alarm, "raised", "model_stale", day: 8),
                entry(.alarm, "raised", "model_stale", day: 9),
                entry(.act, "stop", "it | sells", day: 9),
                entry(.engine, "look", "", day: 3), entry(.engine, "look", "", day: 7),
            ], incidents: [], now: wall + .days(10)
        ).markdown
    }

    @Test("A report holds each figure against the time before, and says what is missing")
    func figures() {
        let page = Self.report(.days(5))
        // Two of the newest five days have 0.2, two 0.5, and one has nothing.
        #expect(page.contains("| log loss, nats | 0.35 | 0.2 |"))
        #expect(page.contains("| examples | 345,600 | 432,000 |"))
        #expect(page.contains("| predicted by labelled; 1 is calibrated | 1.2 | 1.2 |"))
        #expect(page.contains("| labels that found their example | missing | missing |"))
        #expect(page.contains("| hours without examples | 24 | 0 |"))
        let days = page.split(separator: "\n").filter { $0.hasPrefix("| 202") }
        #expect(days.count { !$0.contains("T") } == 5)
        #expect(page.contains("| missing | missing | missing | missing | missing | missing | 24 |"))
        #expect(page.contains("| id\\_missing | 12 |") || page.contains("| id_missing | 12 |"))
    }

    @Test("A report counts what was done since its period began, by the wall's clock")
    func window() {
        let page = Self.report(.days(5))
        #expect(page.contains("| model\\_stale | 2 | 0 |"))
        #expect(!page.contains("labels\\_stalled"))
        // What people wrote cannot break a table.
        #expect(page.contains("| stop | ana | it \\| sells |"))
        #expect(Self.report(.days(9)).contains("labels\\_stalled | 1 | 0 |"))
    }

    @Test("A report says on how many days somebody looked")
    func looks() {
        #expect(Self.report(.days(5)).contains("On 1 of 6 days: ana on 1."))
        #expect(Self.report(.days(9)).contains("On 2 of 10 days: ana on 2."))
        #expect(Self.report(.hours(1)).contains("Nobody had it on the screen."))
    }

    @Test("A time before all charts is missing, not nothing")
    func beyond() {
        let page = Self.report(.days(9))
        #expect(page.contains("| log loss, nats | 0.275 | 0.2 |"))
        #expect(Self.report(.days(30)).contains("| missing | all |"))
    }

    @Test("A postmortem holds the damage and each act against the time before")
    func postmortem() {
        var incident = Incident(
            id: "i1", title: "wool", models: [Self.shop],
            detected: IncidentStamp(at: Self.wall + .days(8), by: "labels_stalled"))
        incident.mitigated = IncidentStamp(at: Self.wall + .days(8) + .hours(2), by: "ana")
        incident.entries = [
            IncidentEntry(
                at: Self.wall + .days(8) + .hours(2), kind: .act, model: Self.shop, by: "ana",
                text: "stop: it sells")
        ]
        var limits = IncidentLimits()
        limits.mitigatedWithin = .hours(1)
        let notes = [2, 8].enumerated().map { index, day in
            OperatorNote(
                id: "n\(index + 1)", at: Self.wall + .days(day), by: "ana", models: [Self.shop],
                text: "wool", NoteOrder())
        }
        let page = Postmortem(
            incident, limits: limits, models: [Self.model()], checkpoints: Self.checkpoints(),
            notes: notes, now: Self.wall + .days(10)
        ).markdown
        #expect(page.contains("- n2, ") && !page.contains("- n1, "))
        #expect(page.contains("| log loss | 0.2 | 0.5 |"))
        #expect(page.contains("each cost 0.3 nats more than before"))
        #expect(page.contains("| ana | stop: it sells | 0.5 | 0.5 |"))
        #expect(page.contains("| mitigated after 2h 00m, agreed were 1h 00m | [who] | [when] |"))
    }
}
