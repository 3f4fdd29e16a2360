import Engine
import Host
import Operation
import Vocabulary
import World

/// A clock that goes on by a little at each look.
package final class SimulatedClock: HostClock, @unchecked Sendable {
    /// One thread uses it.
    private var microseconds: Int64 = 1_800_000_000_000_000
    package var step: Int64 = 1000

    package init() {}

    package func now() -> Instant {
        Instant(microseconds: microseconds)
    }

    package func monotonic() -> Span {
        microseconds += step
        return Span(microseconds: microseconds)
    }
}

/// The journal of a simulated world: an entry is on the disk once it is appended.
package final class SimulatedJournal: JournalBook, @unchecked Sendable {
    package private(set) var entries: [JournalEntry] = []
    private let disk: SimulatedDisk
    private let clock: SimulatedClock

    init(_ disk: SimulatedDisk, _ clock: SimulatedClock) {
        self.disk = disk
        self.clock = clock
    }

    package func append(_ draft: JournalDraft) throws -> JournalEntry {
        try disk.enterBook("journal", size: 200)
        let entry = JournalEntry(
            seq: entries.count + 1, ts: clock.now(), kind: draft.kind, act: draft.act,
            model: draft.model, by: draft.by, from: draft.from, reason: draft.reason,
            effect: draft.effect, digest: "")
        entries.append(entry)
        return entry
    }

    package func tail(_ count: Int) throws -> [JournalEntry] { entries.suffix(count).reversed() }

    package func search(_ query: JournalQuery) throws -> JournalPage {
        let found = entries.filter { $0.seq < query.before && $0.effect.contains(query.text) }
        return JournalPage(entries: found.reversed(), reached: 1)
    }

    /// Every alarm by its id, and when it was over.
    package private(set) var alarms: [String: (model: ModelName, resolved: Instant?)] = [:]

    package func raise(_ alarm: AlarmReport, of model: ModelName) throws -> Bool {
        try disk.enterBook("journal", size: 100)
        guard alarms[alarm.id] == nil else { return false }
        alarms[alarm.id] = (model, nil)
        return true
    }

    package func resolve(_ id: String, at time: Instant) throws -> Bool {
        try disk.enterBook("journal", size: 100)
        guard let alarm = alarms[id], alarm.resolved == nil else { return false }
        alarms[id]?.resolved = time
        return true
    }

    package func resolveAlarms(
        of model: ModelName, but ids: [String], at time: Instant
    ) throws {
        for (id, alarm) in alarms
        where alarm.model == model && alarm.resolved == nil && !ids.contains(id) {
            alarms[id]?.resolved = time
        }
    }
}

/// The quarantine of a simulated world.
package final class SimulatedQuarantine: QuarantineBook, @unchecked Sendable {
    package private(set) var records: [UInt64: QuarantinedRecord] = [:]
    private var released: Set<UInt64> = []
    private let disk: SimulatedDisk

    init(_ disk: SimulatedDisk) {
        self.disk = disk
    }

    package func put(_ records: [QuarantinedRecord], of model: ModelName) throws {
        try disk.enterBook("quarantine", size: 200 * records.count)
        for record in records { self.records[record.sequence.value] = record }
    }

    package func release(_ sequences: [RawSequence], of model: ModelName) throws {
        try disk.enterBook("quarantine", size: 20 * sequences.count)
        released.formUnion(sequences.map(\.value))
    }

    package func remove(before sequence: UInt64, of model: ModelName) throws -> Int {
        let old = records.keys.filter { $0 < sequence }
        guard !old.isEmpty else { return 0 }
        try disk.enterBook("quarantine", size: 20 * old.count)
        for key in old { records[key] = nil }
        released = released.filter { $0 >= sequence }
        return old.count
    }

    package func remove(_ sequences: [UInt64], of model: ModelName) throws {
        try disk.enterBook("quarantine", size: 20 * sequences.count)
        for sequence in sequences { records[sequence] = nil }
        released.subtract(sequences)
    }

    package func held(_ sequence: UInt64, of model: ModelName) throws -> HeldRecord? {
        records[sequence].map { record in
            HeldRecord(
                rule: record.rejection.rule.rawValue, stream: record.stream.name,
                file: record.path, line: record.line, isReleased: released.contains(sequence))
        }
    }

    package func newest(of model: ModelName) throws -> [QuarantineSample] {
        Dictionary(grouping: records.values, by: \.rejection.rule.rawValue).values
            .compactMap { $0.max { $0.sequence.value < $1.sequence.value } }
            .map { QuarantineSample($0) }.sorted { $0.rule < $1.rule }
    }

    /// What is held back, whatever sequence it was given, in the order of the streams.
    package var lines: [String] {
        records.values.map { "\($0.stream) \($0.line) \($0.rejection.rule)" }.sorted()
    }
}

/// Everything around a host that outlives its processes.
package struct SimulatedWorld {
    package let disk: SimulatedDisk
    package let clock = SimulatedClock()
    package let journal: SimulatedJournal
    package let quarantine: SimulatedQuarantine
    package var segmentSizeMax: UInt64 = 256 << 20
    package var checkpointTiming = CheckpointTiming.atOnce

    package init(seed: UInt64) {
        disk = SimulatedDisk(seed: seed)
        journal = SimulatedJournal(disk, clock)
        quarantine = SimulatedQuarantine(disk)
    }

    package var host: HostWorld {
        let (journal, quarantine) = (journal, quarantine)
        var world = HostWorld(
            disk: disk, clock: clock, journal: { _ in journal }, quarantine: { _ in quarantine })
        world.segmentSizeMax = segmentSizeMax
        world.checkpointTiming = checkpointTiming
        // Nobody else makes files here, and each look would be a call of the disk.
        world.takesStopFiles = false
        return world
    }
}
