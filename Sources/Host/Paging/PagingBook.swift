import Operation
import Paging
import Synchronization
import Vocabulary
import World

/// Who was told of what, and what is still to be sent, kept in one file that is replaced as a
/// whole: a timer and its message are on the disk together, or neither is.
package final class PagingBook: Sendable {
    /// A message that is on its way.
    package struct Letter: Codable, Sendable, Equatable {
        package var notification: AlarmNotification
        package var tries = 0
        /// Wall time of the next attempt.
        package var due: Instant
    }

    /// What the file holds.
    private struct Content: Codable {
        var desk = PagingDesk()
        var letters: [Letter] = []
        var isSaved = true

        private enum CodingKeys: String, CodingKey { case desk, letters }
    }

    /// A message is given up after this time, and the journal says so.
    private static let givesUpAfter = Span.hours(24)
    /// After so many attempts the next step is told.
    private static let triesBeforeEscalation = 3
    private static let longestPause = Span.minutes(5)

    package let policy: EscalationPolicy
    private let path: String
    private let disk: any Disk
    private let content: Mutex<Content>
    private let clock = LocalSurroundings.minuteOfWeek

    /// What was wrong with a file that could not be read, and was put aside: all open alarms are
    /// told anew.
    package let fault: String?

    /// Throws what the disk throws.
    package init(_ path: String, policy: EscalationPolicy, disk: any Disk) throws {
        (self.path, self.policy, self.disk) = (path, policy, disk)
        let (known, fault) = try disk.storedJSON(Content.self, at: path)
        content = Mutex(known ?? Content())
        self.fault = fault
    }

    // MARK: the clock

    /// Takes the alarms that are open; whom to tell is looked at later.
    func see(_ open: [(ModelName, AlarmReport)], at now: Instant) {
        content.withLock { content in
            let before = content.desk
            content.desk.see(open, at: now)
            if content.desk != before { content.isSaved = false }
        }
    }

    /// Takes the alarms that are open and looks at the clock; gives what the journal is to say.
    /// What is to be sent is on the disk when this returns, unless the disk cannot be written:
    /// then it is sent all the same.
    package func look(
        at open: [(ModelName, AlarmReport)], now: Instant
    ) -> (entries: [JournalDraft], fault: (any Error)?) {
        content.withLock { content in
            let before = content.desk
            content.desk.see(open, at: now)
            let outcome = content.desk.look(at: now, policy: policy, clock: clock)
            let entries = take(outcome, in: &content, at: now)
            if content.desk != before { content.isSaved = false }
            return (entries, save(&content))
        }
    }

    private func take(
        _ outcome: PagingDesk.Outcome, in content: inout Content, at now: Instant
    ) -> [JournalDraft] {
        content.letters += outcome.notifications.map { Letter(notification: $0, due: now) }
        if !outcome.notifications.isEmpty { content.isSaved = false }
        return outcome.entries.map { entry in
            JournalDraft(kind: .alarm, act: entry.act, model: entry.model, effect: entry.effect)
        }
    }

    private func save(_ content: inout Content) -> (any Error)? {
        guard !content.isSaved else { return nil }
        do {
            try disk.replace(path, with: Array(try JSON.encode(content)))
            content.isSaved = true
            return nil
        } catch {
            return error
        }
    }

    // MARK: the post

    /// What is to be sent now, oldest first.
    package func due(at now: Instant) -> [Letter] {
        content.withLock { $0.letters.filter { $0.due <= now } }
    }

    /// All alarms of the last hour that nothing hides, for who keeps states of its own.
    package func lives() -> [AlarmLife] {
        content.withLock { $0.desk.lives.filter { $0.hiddenBy == nil } }
    }

    package func delivered(_ id: String) -> (any Error)? {
        content.withLock { content in
            content.letters.removeAll { $0.notification.id == id }
            content.isSaved = false
            return save(&content)
        }
    }

    /// An attempt failed: there will be others, ever later, and after some the next step is told.
    package func failed(_ id: String, because fault: String, at now: Instant) -> [JournalDraft] {
        content.withLock { content in
            guard let index = content.letters.firstIndex(where: { $0.notification.id == id })
            else { return [] }
            content.isSaved = false
            content.letters[index].tries += 1
            let letter = content.letters[index]
            let pause = Span.seconds(1 << min(letter.tries, 9))
            content.letters[index].due = now + min(pause, Self.longestPause)
            let message = letter.notification
            var entries: [JournalDraft] = []
            if letter.tries == Self.triesBeforeEscalation, message.kind != .resolved {
                let key = AlarmLife.key(message.alarm, of: message.model)
                let outcome = content.desk.escalate(
                    key, undelivered: message.receiver, at: now, policy: policy, clock: clock)
                entries += take(outcome, in: &content, at: now)
            }
            if message.at + Self.givesUpAfter <= now {
                content.letters.remove(at: index)
                entries.append(
                    JournalDraft(
                        kind: .alarm, act: "undelivered", model: message.model,
                        effect: "\(message.kind.rawValue) of \(message.alarm.id) was not taken "
                            + "by \(message.receiver) in 24 hours: \(fault)"))
            }
            _ = save(&content)
            return entries
        }
    }

    // MARK: operators

    /// How far an alarm has come.
    package func state(of alarm: AlarmReport, in model: ModelName) -> AlarmState? {
        content.withLock { $0.desk.state(of: alarm, in: model) }
    }

    package var silences: [Silence] { content.withLock { $0.desk.silences } }

    /// Does something to the desk; with `isDryRun` only says what it would come to. Throws if it
    /// cannot be kept: then nothing has changed.
    package func change(
        isDryRun: Bool, _ work: (inout PagingDesk) -> PagingDesk.Answer
    ) throws -> PagingDesk.Answer {
        try content.withLock { content in
            var copy = content
            let answer = work(&copy.desk)
            guard !isDryRun, case .done = answer else { return answer }
            copy.isSaved = false
            if let fault = save(&copy) { throw fault }
            content = copy
            return answer
        }
    }
}
