import Operation
import Vocabulary

/// What the engine said of drills, when the screen was last opened.
package struct DrillsView: Equatable, Sendable {
    var models: [Readiness] = []
    var fault: String?
    /// Under which it was asked; nil away from the screen, so that it is asked anew.
    var asked: Int?
    /// The failure that is marked.
    var chosen: String?
}

extension ViewState {
    /// Of the model that is selected.
    func shownReadiness(_ link: LinkView) -> Readiness? {
        let name = selectedReport(link)?.name.text
        return drills.models.first { $0.model == name } ?? drills.models.first
    }

    /// What has a drill first, in the order of the scenarios.
    package func shownDrills(_ link: LinkView) -> [Readiness.Mode] {
        let text = filters[Screen.drills.rawValue].text
        return (shownReadiness(link)?.modes ?? []).filter {
            Self.matches([$0.fault, $0.title] + $0.detectors, text)
        }
    }

    func currentDrill(_ link: LinkView) -> Readiness.Mode? {
        let modes = shownDrills(link)
        return modes.first { $0.fault == drills.chosen } ?? modes.first
    }

    /// Asks once each time that the screen is opened.
    mutating func askOfDrills() -> [ConsoleAction] {
        guard screen == .drills else {
            drills.asked = nil
            return []
        }
        guard drills.asked == nil else { return [] }
        let token = takeToken()
        drills.asked = token
        return [.readReadiness(token: token)]
    }

    /// For a picture: as if it had been asked for.
    package mutating func show(_ answer: ReadinessAnswer) {
        (drills.models, drills.fault) = (answer.models, answer.fault)
    }

    mutating func takeReadiness(_ token: Int, _ answer: ReadinessAnswer) {
        guard drills.asked == token else { return }
        show(answer)
    }
}
