import Operation
import Vocabulary

extension ViewState {
    /// The launch of the selected model; nil where there never was one.
    func shownLaunch(_ link: LinkView) -> LaunchStatus? { selectedReport(link)?.launch }

    /// The metric that is drawn.
    func currentMetric(_ status: LaunchStatus) -> Int {
        min(max(0, launchMetric), max(0, status.metrics.count - 1))
    }

    mutating func openLaunch(
        _ act: LaunchAct, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let report = selectedReport("whose launch it could be", moment) else { return [] }
        guard act == .start || report.launch?.isUnderWay == true else {
            let start = "\(keyMap.key(for: .palette)) launch_start begins one"
            note = Note(text: "no launch of \(report.name) is under way; \(start)", role: .plain)
            return []
        }
        return openReason(.launch(act), report.name, by: event, at: moment)
    }

    /// Less traffic for the candidate never waits: one key, no question. Elsewhere it would be
    /// pressed by mistake.
    mutating func takeDown(by event: KeyEvent, at moment: ConsoleMoment) -> [ConsoleAction] {
        guard screen == .launch else {
            let key = keyMap.key(for: .launchScreen)
            note = Note(text: "\(event.name) takes a candidate down on screen \(key)", role: .plain)
            return []
        }
        guard let report = selectedReport("whose launch it could be", moment),
            let launch = report.launch, launch.isUnderWay, launch.stage > 0
        else {
            note = Note(text: "no candidate answers: nothing to take down", role: .plain)
            return []
        }
        let sent = request(
            .launch(.down), report.name, "taken down by key, on the launch screen", isDryRun: false)
        return [submit(sent, "take the candidate down", at: moment.now)]
    }
}
