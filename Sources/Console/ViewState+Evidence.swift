import Operation
import Vocabulary

extension ViewState {
    /// From the chosen alarm, or the worst of the selected model, to the screen that shows what it
    /// is about.
    mutating func openEvidence(at moment: ConsoleMoment) {
        let link = moment.link
        let chosen = chosenAlarm(link)
        let models = shown(link)?.models ?? []
        guard
            let report = models.first(where: { $0.name == chosen?.model })
                ?? selectedReport("whose alarms to look into", moment)
        else { return }
        let alarms = Words.sorted(report.alarms.map { (model: report, alarm: $0) }).map(\.alarm)
        guard let alarm = alarms.first(where: { $0.id == chosen?.id }) ?? alarms.first else {
            note = Note(text: "\(report.name) has no alarm to look into", role: .plain)
            return
        }
        selectedModel = report.name
        let screen = Self.evidence(of: alarm)
        if screen == .drift { selectedFeature = alarm.feature }
        if screen == .data, let source = alarm.source { selectedDatum = .source(source) }
        // What is looked for must not be hidden.
        if screen != .model { filters[screen.rawValue] = LineEditor() }
        if moment.size.playbookWidth == nil, playbook != nil {
            (leftPlaybook, playbook) = (playbook, nil)
        }
        show(screen)
        let acts = keyMap.key(for: .playbook)
        note = Note(text: "\(alarm.name): \(acts) has the acts that make sense", role: .plain)
    }

    /// Where an alarm's figures are.
    static func evidence(of alarm: AlarmReport) -> Screen {
        if !alarm.feature.isEmpty { return .drift }
        switch alarm.name {
        case "volume_low", "volume_high", "duplicates_high", "labels_low", "labels_stalled",
            "label_delay_changed", "quarantine_share", "answers_unlogged", "value_not_finite":
            return .data
        case "checkpoint_failed", "checkpoint_refused", "candidate_returned",
            "serving_not_pushed", "push_held", "push_probe_failed", "launch_required",
            "copy_failed", "golden_set_worse", "golden_set_unusable":
            return .checkpoints
        default: return .model
        }
    }
}
