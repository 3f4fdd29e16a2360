import Console
import Operation
import Vocabulary

extension Snapshot {
    /// A screen as text, as a console would show it over this snapshot.
    func picture(
        of screen: Screen, model: ModelName?, charts: ChartView, _ size: ScreenSize
    ) -> String {
        var state = ViewState(actor: StateOptions.actor)
        (state.charts, state.screen, state.selectedModel) = (charts, screen, model)
        let link = LinkView(
            snapshot: showing(charts.span), age: .zero, isConnected: true, isAttached: true)
        return Scene.canvas(
            of: state, at: ConsoleMoment(link: link, now: .zero, size: size), charset: .unicode
        ).text
    }
}

extension Screen {
    /// By its name on the screen, in either case.
    init?(titled title: String) {
        let wanted = title.lowercased()
        guard let known = Self.allCases.first(where: { $0.title.lowercased() == wanted }) else {
            return nil
        }
        self = known
    }

    static var titles: String {
        allCases.map { $0.title.lowercased() }.joined(separator: ", ")
    }
}
