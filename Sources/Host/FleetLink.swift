import Operation
import Synchronization
import Vocabulary

/// The console's link to several engines: all are seen, one is looked at and acted on.
///
/// Each engine has a link of its own, with its own connection and queues: one that hangs, or whose
/// host is gone, holds up no other.
package final class FleetLink: EngineLink {
    private let names: [String]
    private let links: [AttachedLink]
    private let current = Atomic<Int>(0)

    /// At least one, each with a name of its own.
    package init(_ engines: [(name: String, link: AttachedLink)]) {
        precondition(!engines.isEmpty)
        names = engines.map(\.name)
        links = engines.map(\.link)
        for link in links.dropFirst() { link.approach(false) }
    }

    package func close() {
        for link in links { link.close() }
    }

    private var chosen: AttachedLink { links[current.load(ordering: .acquiring)] }

    package func look(at engine: String) {
        guard let index = names.firstIndex(of: engine) else { return }
        let before = current.exchange(index, ordering: .acquiringAndReleasing)
        guard before != index else { return }
        links[before].approach(false)
        links[index].approach(true)
    }

    package func latest() -> LinkView {
        let index = current.load(ordering: .acquiring)
        let views = links.map { $0.latest() }
        var view = views[index]
        view.engine = names[index]
        view.fleet = zip(names, views).map { name, view in
            FleetEngine(
                name: name, snapshot: view.snapshot, age: view.age,
                isConnected: view.isConnected, fault: view.fault)
        }
        return view
    }

    package func showCharts(over span: Span) {
        for link in links { link.showCharts(over: span) }
    }

    package func pressRedButton(_ scope: ActScope) { chosen.pressRedButton(scope) }

    package func rehearse(
        _ query: RehearsalQuery, of model: ModelName,
        tell: @escaping @Sendable (RehearsalProgress) -> Void
    ) {
        chosen.rehearse(query, of: model, tell: tell)
    }

    package func readJournal(
        _ query: JournalQuery, answer: @escaping @Sendable (JournalPage) -> Void
    ) {
        chosen.readJournal(query, answer: answer)
    }

    package func readReadiness(answer: @escaping @Sendable (ReadinessAnswer) -> Void) {
        chosen.readReadiness(answer: answer)
    }

    package func submit(
        _ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        chosen.submit(request, answer: answer)
    }
}
