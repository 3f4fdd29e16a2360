import Foundation
import Operation
import Paging
import Synchronization
import Vocabulary
import World

/// The thread that looks at the alarms once a second and sends what is to be sent, each receiver
/// on a queue of its own: one that hangs holds up no other, and none holds up the engine.
package final class Pager: Sendable {
    private static let pause = Span.seconds(1)
    /// An Alertmanager forgets what it is not told again.
    private static let repeats = Span.minutes(1)
    private static let retries = Span.seconds(5)

    /// The alarms that are open now; nil while that isn't known.
    package typealias Source = @Sendable (Instant) -> [(ModelName, AlarmReport)]?

    private let book: PagingBook
    private let courier: Courier
    private let source: Source
    private let note: @Sendable (JournalDraft) -> Void
    private let report: @Sendable (String) -> Void
    private let queues: [String: DispatchQueue]
    private let busy = Mutex<Set<String>>([])
    private let alertmanagers = Mutex<[String: AlertmanagerState]>([:])
    private let shouldEnd = Atomic<Bool>(false)
    private let bell = DispatchSemaphore(value: 0)
    private let isOver = DispatchSemaphore(value: 0)
    private let trouble = Mutex<Set<String>>([])

    /// What an Alertmanager was told last, and when it is told again.
    private struct AlertmanagerState {
        var told: [String] = []
        var due = Instant.distantPast
    }

    /// `note` takes what belongs in the journal, `report` what a person should read in a log.
    package init(
        _ book: PagingBook, source: @escaping Source,
        note: @escaping @Sendable (JournalDraft) -> Void,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.book = book
        self.source = source
        self.note = note
        self.report = report
        courier = Courier(book.policy)
        queues = book.policy.receivers.mapValues { _ in DispatchQueue(label: "spindle.receiver") }
    }

    /// The pager of an engine in this process: of its alarms, and of a training that stopped
    /// without a word.
    package convenience init(
        _ host: EngineHost, of state: StateFolder, report: @escaping @Sendable (String) -> Void
    ) {
        let watch = Mutex(ProgressWatch(limit: state.configuration.progressLimit))
        self.init(
            state.paging,
            source: { [weak host] now in
                host?.attend()
                guard let snapshot = host?.latest()?.snapshot else { return nil }
                return snapshot.openAlarms + watch.withLock { $0.look(snapshot, at: now) }
            }, note: { [weak host] in host?.note($0) }, report: report)
    }

    package func start() {
        let thread = Thread { [self] in
            while !shouldEnd.load(ordering: .acquiring) {
                turn(at: WallClock.now())
                _ = bell.wait(timeout: .now() + .microseconds(Int(Self.pause.microseconds)))
            }
            isOver.signal()
        }
        thread.name = "spindle.pager"
        thread.start()
    }

    /// Returns once nothing is looked at any more. What was not sent is on the disk.
    package func end() {
        shouldEnd.store(true, ordering: .releasing)
        bell.signal()
        isOver.wait()
    }

    private func turn(at now: Instant) {
        guard let open = source(now) else { return }
        let (entries, fault) = book.look(at: open, now: now)
        for entry in entries { note(entry) }
        tell("the file of who was told", fault.map { "\($0)" })
        let letters = book.due(at: now)
        for (name, receiver) in book.policy.receivers {
            if receiver.isAlertmanager {
                refresh(name, receiver, at: now)
            } else {
                send(name, letters.filter { $0.notification.receiver == name })
            }
        }
    }

    /// A trouble is reported when it begins, not each second.
    private func tell(_ what: String, _ fault: String?) {
        let isNew = trouble.withLock { known in
            if fault == nil {
                known.remove(what)
                return false
            }
            return known.insert(what).inserted
        }
        if let fault, isNew { report("\(what): \(fault)") }
    }

    private func whenFree(_ name: String, _ work: @escaping @Sendable () -> Void) {
        guard let queue = queues[name], busy.withLock({ $0.insert(name).inserted }) else { return }
        queue.async { [self] in
            work()
            _ = busy.withLock { $0.remove(name) }
        }
    }

    private func send(_ name: String, _ letters: [PagingBook.Letter]) {
        guard !letters.isEmpty else { return }
        whenFree(name) { [self] in
            for letter in letters where !shouldEnd.load(ordering: .acquiring) {
                do {
                    try courier.deliver(letter.notification, to: name)
                    tell("receiver \(name)", nil)
                    tell(
                        "the file of who was told",
                        book.delivered(letter.notification.id)
                            .map { "\($0)" })
                } catch {
                    tell("receiver \(name)", "\(error)")
                    let entries = book.failed(
                        letter.notification.id, because: "\(error)", at: WallClock.now())
                    for entry in entries { note(entry) }
                }
            }
        }
    }

    /// An Alertmanager gets every alarm, when they change and each minute.
    private func refresh(_ name: String, _ receiver: Receiver, at now: Instant) {
        let lives = book.lives().filter {
            receiver.models.isEmpty || receiver.models.contains($0.model)
        }
        let told = lives.map { "\($0.key)/\($0.raised.rfc3339)/\($0.resolved?.rfc3339 ?? "")" }
        let state = alertmanagers.withLock { $0[name] ?? AlertmanagerState() }
        guard !lives.isEmpty || !state.told.isEmpty, told != state.told || state.due <= now else {
            return
        }
        whenFree(name) { [self] in
            do {
                try courier.post(lives, to: name, at: now)
                tell("receiver \(name)", nil)
                alertmanagers.withLock {
                    $0[name] = AlertmanagerState(told: told, due: now + Self.repeats)
                }
            } catch {
                tell("receiver \(name)", "\(error)")
                // What it was told last is not known any more.
                alertmanagers.withLock {
                    $0[name] = AlertmanagerState(told: state.told, due: now + Self.retries)
                }
            }
        }
    }
}
