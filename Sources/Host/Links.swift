import Foundation
import Operation
import Synchronization
import Vocabulary
import World

/// The console's link to an engine in this process.
package final class InProcessLink: EngineLink {
    private let host: EngineHost
    private let actor: Actor
    private let span = Mutex(Span.hours(24))
    private let rehearsing = DispatchQueue(label: "spindle.rehearsals", attributes: .concurrent)

    package init(_ host: EngineHost, actor: Actor) {
        self.host = host
        self.actor = actor
    }

    package func latest() -> LinkView {
        host.watchers.note(
            "console", user: actor.user, from: actor.from, at: WallClock.monotonic())
        let latest = host.latest()
        return LinkView(
            snapshot: latest?.snapshot.showing(span.withLock { $0 }), age: latest?.age ?? .zero,
            isConnected: true, isAttached: false)
    }

    package func showCharts(over span: Span) {
        self.span.withLock { $0 = span }
    }

    package func readReadiness(answer: @escaping @Sendable (ReadinessAnswer) -> Void) {
        rehearsing.async { [host] in
            do {
                answer(try host.readReadiness())
            } catch {
                answer(ReadinessAnswer(models: [], fault: "\(error)"))
            }
        }
    }

    package func readJournal(
        _ query: JournalQuery, answer: @escaping @Sendable (JournalPage) -> Void
    ) {
        rehearsing.async { [host] in
            do {
                answer(try host.readJournal(query))
            } catch {
                answer(JournalPage(entries: [], reached: query.before, fault: "\(error)"))
            }
        }
    }

    package func pressRedButton(_ scope: ActScope) {
        host.pressRedButton(scope, by: actor)
    }

    package func submit(
        _ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        host.submit(request, answer: answer)
    }

    package func rehearse(
        _ query: RehearsalQuery, of model: ModelName,
        tell: @escaping @Sendable (RehearsalProgress) -> Void
    ) {
        rehearsing.async { [host] in
            query.follow(
                model, ask: { try host.rehearse($0, of: model) }, goesOn: { !host.isEnding },
                tell: tell)
        }
    }
}

/// The console's link to an engine in another process: asks for a snapshot twice a second, and
/// sends acts, each on a queue of its own, so that a slow answer holds up nothing else.
package final class AttachedLink: EngineLink {
    private let client: ControlClient
    private let actor: Actor
    private let polling = DispatchQueue(label: "spindle.attach.poll")
    private let acting = DispatchQueue(label: "spindle.attach.acts", attributes: .concurrent)
    private let view: Mutex<View>
    private let span = Mutex(Span.hours(24))
    /// Red buttons that are on their way.
    private let pressing = DispatchGroup()
    private let isClosed = Atomic<Bool>(false)
    /// False while another engine of a fleet is the one that is looked at.
    private let isNear = Atomic<Bool>(true)
    private let name: String?
    private let unreachable: String?
    private let unanswered: @Sendable (ActScope) -> Void

    /// What is known of the engine.
    private struct View {
        var snapshot: Snapshot?
        /// When it came; before the first, when the link was made.
        var at: Span
        var fault: String?
        /// Tries in a row that brought nothing.
        var failureCount = 0
    }

    /// `name` is what its operator calls the engine, `unreachable` what to say where it is not
    /// reached, if that is more than the fault itself. `unanswered` is told of a red button that
    /// the engine does not answer; without one the file is left for it that it takes before it
    /// trains on.
    package init(
        _ client: ControlClient, actor: Actor, name: String? = nil, unreachable: String? = nil,
        unanswered: (@Sendable (ActScope) -> Void)? = nil
    ) {
        self.client = client
        self.actor = actor
        (self.name, self.unreachable) = (name, unreachable)
        view = Mutex(View(at: WallClock.monotonic()))
        self.unanswered = unanswered ?? { Self.leaveFile($0, in: client.folder) }
        polling.async { [weak self] in self?.poll() }
    }

    /// Waits for red buttons that are on their way, unless that takes for ever.
    package func close() {
        isClosed.store(true, ordering: .releasing)
        _ = pressing.wait(timeout: .now() + .seconds(5))
    }

    package func latest() -> LinkView {
        let now = WallClock.monotonic()
        return view.withLock { view in
            var known = LinkView(
                snapshot: view.snapshot, age: now - view.at, isConnected: view.fault == nil,
                isAttached: true)
            (known.engine, known.fault) = (name, view.fault)
            return known
        }
    }

    /// Of a fleet only one engine is looked at: of the others less is asked, less often.
    func approach(_ comesNear: Bool) {
        guard isNear.exchange(comesNear, ordering: .acquiringAndReleasing) != comesNear, comesNear
        else { return }
        polling.async { [weak self] in self?.look() }
    }

    package func pressRedButton(_ scope: ActScope) {
        let request = ActRequest(
            act: .stop, scope: scope, reason: "red button", isDryRun: false, actor: actor)
        acting.async(group: pressing) { [client, unanswered] in
            do {
                _ = try client.act(request)
            } catch {
                unanswered(scope)
            }
        }
    }

    /// What cannot be left either shows as a stop that is not confirmed.
    private static func leaveFile(_ scope: ActScope, in folder: String) {
        do {
            try OutsideStops.make(in: folder, scope, reason: "red button", disk: LocalDisk())
        } catch {
            return
        }
    }

    package func submit(
        _ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        acting.async { [client] in
            do {
                answer(try client.act(request))
            } catch {
                answer(.refused("\(error)"))
            }
        }
    }

    package func rehearse(
        _ query: RehearsalQuery, of model: ModelName,
        tell: @escaping @Sendable (RehearsalProgress) -> Void
    ) {
        acting.async { [self] in
            query.follow(
                model, ask: { try client.rehearse($0, of: model) },
                goesOn: { !isClosed.load(ordering: .acquiring) }, tell: tell)
        }
    }

    package func readReadiness(answer: @escaping @Sendable (ReadinessAnswer) -> Void) {
        acting.async { [client] in
            do {
                answer(try client.readReadiness())
            } catch {
                answer(ReadinessAnswer(models: [], fault: "\(error)"))
            }
        }
    }

    package func readJournal(
        _ query: JournalQuery, answer: @escaping @Sendable (JournalPage) -> Void
    ) {
        acting.async { [client] in
            do {
                answer(try client.readJournal(query))
            } catch {
                answer(JournalPage(entries: [], reached: query.before, fault: "\(error)"))
            }
        }
    }

    package func showCharts(over span: Span) {
        self.span.withLock { $0 = span }
        polling.async { [weak self] in self?.look() }
    }

    private func poll() {
        guard !isClosed.load(ordering: .acquiring) else { return }
        look()
        polling.asyncAfter(deadline: .now() + .milliseconds(pause)) { [weak self] in self?.poll() }
    }

    /// Milliseconds to the next look. Behind an engine of a fleet that does not answer there may be
    /// a host that is down: it is tried more seldom each time.
    private var pause: Int {
        if isNear.load(ordering: .acquiring) { return 500 }
        return 1000 << min(view.withLock { $0.failureCount }, 3)
    }

    private func look() {
        do {
            let snapshot = try client.snapshot(
                full: isNear.load(ordering: .acquiring), charts: span.withLock { $0 })
            let now = WallClock.monotonic()
            view.withLock { $0 = View(snapshot: snapshot, at: now) }
        } catch {
            view.withLock { view in
                view.fault = unreachable ?? "\(error)"
                view.failureCount += 1
            }
        }
    }
}
