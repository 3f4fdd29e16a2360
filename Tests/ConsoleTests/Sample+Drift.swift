import Operation
import Vocabulary

extension Sample {
    /// What monitors tell of three features; of a model that is off, two have moved.
    static func features(_ isOff: Bool, _ takenAt: Instant) -> [FeatureDrift] {
        let even = [Double](repeating: 0.1, count: 10)
        let up = [0.01, 0.02, 0.03, 0.05, 0.06, 0.09, 0.12, 0.16, 0.21, 0.25]
        var price = FeatureDrift(
            feature: "price", stabilityIndex: isOff ? 0.41 : 0.03, recent: isOff ? up : even,
            usual: even)
        price.edges = [3.2, 5.1, 6.9, 8.4, 10, 12.1, 15.3, 20.4, 31]
        price.means = MovedFigure(recent: isOff ? 17.31 : 11.2, usual: 11.04)
        price.missing = MovedFigure(recent: 0.002, usual: 0.002)
        price.since = isOff ? takenAt - .minutes(200) : nil
        price.parts = [
            PartDrift(name: "us", isSource: false, moved: 0.004, score: 0.6, missing: 0.0),
            PartDrift(
                name: "il", isSource: false, moved: isOff ? 0.212 : 0.003,
                score: isOff ? 11.4 : 0.4, missing: 0.001),
            PartDrift(
                name: "partner", isSource: true, moved: isOff ? 0.187 : 0.001,
                score: isOff ? 9.1 : 0.2, missing: nil),
        ]
        let usual = (0..<168).map { hour in 0.45 + 0.1 * Double(abs(hour % 24 - 12)) / 12 }
        price.week = WeekPlaces(
            usual: usual,
            recent: usual.enumerated().map { hour, place in
                (60..<132).contains(hour) ? place + (isOff && hour > 120 ? 0.25 : 0.01) : nil
            })
        var query = FeatureDrift(
            feature: "query", stabilityIndex: isOff ? 0.27 : 0.02, recent: isOff ? up : even,
            usual: even)
        query.newcomer = "brown wool"
        query.missing = MovedFigure(recent: isOff ? 0.081 : 0.011, usual: 0.01)
        return [
            price, query,
            FeatureDrift(feature: "member", stabilityIndex: 0.01, recent: [], usual: []),
        ]
    }

    /// The same with an alarm of a feature.
    static func drifting() -> Snapshot {
        var snapshot = snapshot()
        for index in snapshot.models.indices where snapshot.models[index].name.text == "search" {
            var alarm = AlarmReport(
                id: "a9", name: "feature_missing",
                text: "query is missing in +7.1 % more examples, over 6 hours: 14.2 times what "
                    + "chance does",
                since: snapshot.takenAt - .minutes(150), severity: .warning, owner: "data")
            alarm.feature = "query"
            alarm.onset = snapshot.takenAt - .minutes(260)
            snapshot.models[index].alarms.append(alarm)
        }
        return snapshot
    }
}
