import Operation
import Vocabulary

/// A feature as the screen of drift lists it, with what was found of it.
struct DriftRow {
    var feature: FeatureDrift
    /// The worst alarm that names it.
    var alarm: AlarmReport?

    /// Event time since when it moved: what its alarm says, or what the monitors make of it.
    var since: Instant? { alarm.map { $0.onset ?? $0.since } ?? feature.since }
}

extension ViewState {
    /// Features of the selected model: those with an alarm, the worst first, then the furthest.
    func shownFeatures(_ link: LinkView) -> [DriftRow] {
        guard let model = selectedReport(link), let monitor = model.monitor else { return [] }
        let alarms = Words.sorted(model.alarms.map { (model: model, alarm: $0) }).map(\.alarm)
        let text = filters[Screen.drift.rawValue].text
        let rows = monitor.features.map { feature in
            DriftRow(feature: feature, alarm: alarms.first { $0.feature == feature.feature })
        }.filter {
            Self.matches([$0.feature.feature, $0.alarm?.name ?? "", $0.alarm?.text ?? ""], text)
        }
        let found = rows.filter { $0.alarm != nil }
        let ranked = AlarmSeverity.allCases.flatMap { severity in
            found.filter { $0.alarm?.severity == severity }
        }
        return ranked + rows.filter { $0.alarm == nil }
    }

    /// The marked feature: the chosen one, or the first.
    func currentFeature(_ link: LinkView) -> DriftRow? {
        let rows = shownFeatures(link)
        return rows.first { $0.feature.feature == selectedFeature } ?? rows.first
    }
}
