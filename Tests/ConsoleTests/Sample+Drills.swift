import Operation
import Vocabulary

extension Sample {
    /// Two failures that were practised, one of them not found; one that never was; one that no
    /// drill shows; and one that nothing finds.
    static func readiness(_ takenAt: Instant = start + .hours(2)) -> ReadinessAnswer {
        let found = Readiness.Result(
            by: "ada", foundBy: "feature_unit", detectSeconds: 5400, mitigateSeconds: 21_600,
            lostRevenueCents: 412_350, withoutResponseCents: 2_210_900)
        let missed = Readiness.Result(
            by: "ben", foundBy: nil, detectSeconds: nil, mitigateSeconds: nil,
            lostRevenueCents: 88_000, withoutResponseCents: 90_100)
        let modes = [
            Readiness.Mode(
                fault: "price-in-pennies", title: "A producer sends prices in pennies",
                detectors: ["feature_unit", "feature_shifted"], off: [],
                scenario: "price-in-pennies", lastDrill: takenAt - .days(12), wasFound: true,
                result: found, score: 1),
            Readiness.Mode(
                fault: "bots", title: "Bots click on everything",
                detectors: ["label_rate_changed"], off: [], scenario: "bots",
                lastDrill: takenAt - .days(100), wasFound: false, result: missed, score: 0.5),
            Readiness.Mode(
                fault: "label-outage", title: "Labels stop coming", detectors: ["labels_low"],
                off: [], scenario: "label-outage", lastDrill: nil, wasFound: nil, result: nil,
                score: 0.5),
            Readiness.Mode(
                fault: "disk-full", title: "The disk is full or fails",
                detectors: ["disk_trouble"], off: [], scenario: nil, lastDrill: nil,
                wasFound: nil, result: nil, score: 1),
            Readiness.Mode(
                fault: "bad-candidate", title: "A candidate harms the traffic that it is given",
                detectors: [], off: ["candidate_returned: there is no ramp"], scenario: nil,
                lastDrill: nil, wasFound: nil, result: nil, score: 0),
        ]
        return ReadinessAnswer(models: [Readiness(model: "search", modes: modes)])
    }
}
