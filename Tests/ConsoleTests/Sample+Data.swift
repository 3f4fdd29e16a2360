import Operation
import Vocabulary

extension Sample {
    /// A stream of which something is held back, left out and was ridden through.
    static func troubled() -> Snapshot {
        var snapshot = snapshot()
        for index in snapshot.models.indices where snapshot.models[index].name.text == "search" {
            snapshot.models[index] = troubled(snapshot.models[index], snapshot.takenAt)
        }
        return snapshot
    }

    private static func troubled(_ model: ModelReport, _ takenAt: Instant) -> ModelReport {
        var model = model
        let start = takenAt - .hours(20)
        (model.counts.examples, model.counts.labels) = (482_113, 16_204)
        (model.counts.joined, model.counts.positives) = (470_021, 16_011)
        (model.counts.negatives, model.counts.pending) = (454_010, 12_040)
        (model.counts.late, model.counts.duplicates, model.counts.orphans) = (41, 38, 152)
        model.counts.quarantinedRules = ["ts_format": 3, "number_range": 9]
        model.exclusions = [
            ExclusionReport(
                id: exclusion(2, of: model.name), text: "examples of 11-23 18:00 to 19:00",
                by: "ada", reason: "wrong prices", since: takenAt - .hours(3))
        ]
        let bounds: [Double?] = [
            60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800, 2_592_000, nil,
        ]
        let shares = [0.02, 0.08, 0.2, 0.31, 0.22, 0.1, 0.04, 0.02, 0.009, 0.001, 0, 0]
        var data = DataReport()
        data.delays = zip(bounds, shares).map { DelayShare(seconds: $0, share: $1) }
        data.quarantined = [
            QuarantineSample(
                rule: "number_range", sequence: 481_002, file: "examples.jsonl", line: 481_003,
                field: "features.price", text: "expected 0 to 1000, found -4",
                record: "{\"id\":\"e481003\",\"ts\":\"2025-11-23T23:58:41Z\","
                    + "\"features\":{\"price\":-4,\"query\":\"brown wool\"}}")
        ]
        data.undone = [
            ExclusionReport(
                id: exclusion(1, of: model.name), text: "examples of 11-22 03:00 to 04:00",
                by: "ben", reason: "bots", since: takenAt - .hours(30))
        ]
        data.rides = [
            EndedRide(
                id: RideID(model: model.name, number: 1), event: "cup final", by: "lou",
                reason: "fans buy scarves", from: start, ended: takenAt - .hours(14),
                text: "its time was over", isTripped: false)
        ]
        model.data = data
        model.monitor?.sources = [
            PartCount(name: "web", recent: 18_204, usual: 17_900),
            PartCount(name: "partner", recent: 212, usual: 2_110),
        ]
        return model
    }

    private static func exclusion(_ number: Int, of model: ModelName) -> ExclusionID {
        ExclusionID(model: model, number: number)
    }
}
