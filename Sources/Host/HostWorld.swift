import Engine
import Operation
import Vocabulary
import World

/// Where acts, alarms and checkpoints are written down; the real one is `Journal`.
package protocol JournalBook: Sendable {
    @discardableResult
    func append(_ draft: JournalDraft) throws -> JournalEntry
    /// The newest entries, newest first.
    func tail(_ count: Int) throws -> [JournalEntry]
    /// Some of the older entries that contain a text.
    func search(_ query: JournalQuery) throws -> JournalPage

    /// Writes down that alarms were raised or are over, all of them or none; what is written
    /// already stays as it is.
    func tell(_ notices: [AlarmNotice], of model: ModelName) throws
    /// False if it is known already.
    func raise(_ alarm: AlarmReport, of model: ModelName) throws -> Bool
    /// False if it is over already, or was never raised.
    func resolve(_ id: String, at time: Instant) throws -> Bool
    /// Those of a model that are open and no longer known are over.
    func resolveAlarms(of model: ModelName, but ids: [String], at time: Instant) throws
}

extension JournalBook {
    package func tell(_ notices: [AlarmNotice], of model: ModelName) throws {
        for notice in notices {
            let isNews =
                notice.isRaised
                ? try raise(notice.alarm, of: model)
                : try resolve(notice.alarm.id, at: notice.at)
            if isNews { try append(JournalDraft(notice, of: model)) }
        }
    }
}

/// A record that was held back, by its rule and where it came from.
package struct HeldRecord: Sendable {
    package var rule: String
    package var stream: String
    package var file: String
    package var line: Int
    package var isReleased: Bool

    package init(rule: String, stream: String, file: String, line: Int, isReleased: Bool) {
        (self.rule, self.stream, self.file) = (rule, stream, file)
        (self.line, self.isReleased) = (line, isReleased)
    }
}

/// Where records are held back; the real one is `Quarantine`.
package protocol QuarantineBook: Sendable {
    /// Putting a record in again changes nothing.
    func put(_ records: [QuarantinedRecord], of model: ModelName) throws
    /// Marks records as let in; doing it again changes nothing.
    func release(_ sequences: [RawSequence], of model: ModelName) throws
    /// Nil for a record that was never held back.
    func held(_ sequence: UInt64, of model: ModelName) throws -> HeldRecord?
    /// Forgets the records before a sequence, which the raw log no longer has; gives their count.
    func remove(before sequence: UInt64, of model: ModelName) throws -> Int
    /// Forgets records that were erased; doing it again changes nothing.
    func remove(_ sequences: [UInt64], of model: ModelName) throws
    /// Of each rule, the newest record that it held back; of the newest ten thousand.
    func newest(of model: ModelName) throws -> [QuarantineSample]
}

/// When a checkpoint that was captured is written.
package enum CheckpointTiming: Sendable {
    /// Where it is asked for.
    case atOnce
    /// On a thread of its own.
    case inBackground
    /// On the engine's thread, but some turns later: for simulations, in which what a thread
    /// would do has to fall between the same two records each time.
    case turnsLater(Int)
}

/// What a state directory stands on: this machine, or a simulated one.
package struct HostWorld: Sendable {
    package var disk: any Disk
    package var clock: any HostClock
    /// Open the books at a path.
    package var journal: @Sendable (String) throws -> any JournalBook
    package var quarantine: @Sendable (String) throws -> any QuarantineBook
    /// In bytes: a log's file that has reached this is followed by a new one.
    package var segmentSizeMax: UInt64 = 256 << 20
    package var checkpointTiming = CheckpointTiming.atOnce
    /// Wall time for which a directory that another process has is waited for.
    package var lockPatience = Span.zero
    /// Whether files beside the engine may stop it.
    package var takesStopFiles = true
    /// True for an engine that requests for predictions come to. A model with a ramp then needs a
    /// golden set, and goes by stages; elsewhere what passed its validation serves at once.
    package var answersRequests = false
    package var validation = ValidationPlace.here
    /// Who there is, for roles.
    package var directory = UnixDirectory.local
    /// The drill that is practised on this state directory, which is thrown away afterwards.
    package var drill: DrillReport?
    /// Called while something takes long: what it is, and how far it has come, from 0 to 1.
    package var tell: @Sendable (String, Double) -> Void = { _, _ in }

    package init(
        disk: any Disk, clock: any HostClock,
        journal: @escaping @Sendable (String) throws -> any JournalBook,
        quarantine: @escaping @Sendable (String) throws -> any QuarantineBook
    ) {
        self.disk = disk
        self.clock = clock
        self.journal = journal
        self.quarantine = quarantine
    }

    /// This machine, with the books in SQLite.
    package static let local: HostWorld = {
        var world = HostWorld(
            disk: LocalDisk(), clock: LocalClock(), journal: { try Journal($0) },
            quarantine: { try Quarantine($0) })
        world.checkpointTiming = .inBackground
        world.lockPatience = .seconds(3)
        return world
    }()

    /// The same for an engine that answers requests.
    package static let serving: HostWorld = {
        var world = local
        world.answersRequests = true
        world.validation = .apart(program: "/proc/self/exe")
        return world
    }()
}
