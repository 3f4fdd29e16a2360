import Checkpointing
import Engine
import Foundation
import Learning
import Numerics
import Operation
import Validation
import Vocabulary
import World

/// A checkpoint that does not serve its purpose, and why.
package struct CheckpointFault: Error, CustomStringConvertible {
    package var path: String
    package var text: String

    package var description: String { "\(path): \(text)" }
}

/// The checkpoints of one model: for each a file, and beside it a report with its digest and
/// verdict, which is made anew if it is lost.
final class CheckpointFolder {
    let folder: String
    let model: ModelName
    /// Newest first.
    private(set) var reports: [CheckpointReport] = []
    private let disk: any Disk

    private let gate: GateSettings
    /// True where a checkpoint without a golden set may not serve.
    private let needsGolden: Bool
    private let design: ExampleDesign

    init(
        _ folder: String, model: ModelName, disk: any Disk, gate: GateSettings = GateSettings(),
        needsGolden: Bool = false, design: ExampleDesign = ExampleDesign()
    ) throws {
        self.folder = folder
        (self.gate, self.needsGolden) = (gate, needsGolden)
        self.design = design
        self.model = model
        self.disk = disk
        try disk.makeFolder(folder)
        for name in try disk.names(in: folder) where name.hasSuffix(".spindle") {
            guard let id = CheckpointID(String(name.dropLast(8))), id.model == model else {
                continue
            }
            reports.append(report(of: id))
        }
        reports.sort { $0.id > $1.id }
    }

    /// Where the files are, for whoever writes them on another thread.
    var place: CheckpointPlace { CheckpointPlace(folder: folder, disk: disk) }

    func path(of id: CheckpointID) -> String { place.path(of: id) }

    /// Takes note of a checkpoint that was written.
    func accept(_ report: CheckpointReport) {
        reports.removeAll { $0.id == report.id }
        reports.insert(report, at: 0)
    }

    /// Reads a checkpoint; throws a `CheckpointFault` that names the file and what is wrong.
    func load(_ id: CheckpointID) throws -> (checkpoint: LoadedCheckpoint, bytes: [UInt8]) {
        try place.load(id)
    }

    /// Reads a checkpoint again and holds it against its report; nil if all is well.
    func verify(_ report: CheckpointReport) -> String? {
        do {
            let checkpoint = try load(report.id).checkpoint
            guard checkpoint.fileDigest == report.fileDigest else {
                return "\(path(of: report.id)): its SHA-256 is not the one in its report"
            }
            guard checkpoint.learnerDigest == report.learnerDigest else {
                return "\(path(of: report.id)): its learner is not the one in its report"
            }
            let manifest = checkpoint.manifest
            guard report.cursor == manifest.cursor.sequence, report.parent == manifest.parent,
                report.eventTime == manifest.eventTime, report.created == manifest.created,
                report.passEnds == manifest.passEnds,
                report.exclusions == manifest.exclusions.map(\.id)
            else {
                return "\(place.reportPath(of: report.id)): it does not say what the checkpoint "
                    + "holds; remove it, and it is made anew"
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Removes what retention does not keep: the newest, the newest of each hour and day, what is
    /// pinned and `inUse` stay. Gives what went.
    func thin(_ retention: Retention, inUse: [CheckpointID]) throws -> [CheckpointID] {
        var hours: [Instant] = []
        var days: [Instant] = []
        var removed: [CheckpointID] = []
        for (index, report) in reports.enumerated() {
            let time = report.eventTime ?? report.created
            let isOfHour = Self.isFirst(time, .hours(1), retention.hourlyCount, &hours)
            let isOfDay = Self.isFirst(time, .days(1), retention.dailyCount, &days)
            if index < retention.recentCount || isOfHour || isOfDay || report.pinned
                || inUse.contains(report.id)
            {
                continue
            }
            removed.append(report.id)
        }
        return try remove(removed)
    }

    /// Removes those that are so, pinned or not; `inUse` stay. Gives what went.
    func remove(
        where isStale: (CheckpointReport) -> Bool, inUse: [CheckpointID]
    ) throws -> [CheckpointID] {
        try remove(reports.filter { isStale($0) && !inUse.contains($0.id) }.map(\.id))
    }

    private func remove(_ ids: [CheckpointID]) throws -> [CheckpointID] {
        for id in ids {
            try disk.remove(path(of: id))
            try disk.remove(place.reportPath(of: id))
        }
        reports.removeAll { ids.contains($0.id) }
        return ids
    }

    /// Whether a time is the first that is met of one of the newest steps.
    private static func isFirst(
        _ time: Instant, _ size: Span, _ countMax: Int, _ steps: inout [Instant]
    ) -> Bool {
        let step = time.floored(to: size)
        guard steps.count < countMax, !steps.contains(step) else { return false }
        steps.append(step)
        return true
    }

    /// A pinned checkpoint is kept until it is unpinned.
    func pin(_ id: CheckpointID, _ isPinned: Bool) throws {
        guard let index = reports.firstIndex(where: { $0.id == id }) else { return }
        var report = reports[index]
        report.pinned = isPinned
        try write(report)
        reports[index] = report
    }

    /// What is known of a checkpoint's push; on the disk with `rewrite`.
    func note(_ id: CheckpointID, push: PushReport) {
        guard let index = reports.firstIndex(where: { $0.id == id }) else { return }
        reports[index].push = push
    }

    func rewrite(_ id: CheckpointID) throws {
        guard let report = reports.first(where: { $0.id == id }) else { return }
        try write(report)
    }

    /// What could not be loaded, twice, is marked and not tried again.
    func condemn(_ id: CheckpointID, _ reason: String) throws {
        guard let index = reports.firstIndex(where: { $0.id == id }) else { return }
        var report = reports[index]
        report.verdict = .failed
        report.reasons = [reason]
        try write(report)
        reports[index] = report
    }

    private func write(_ report: CheckpointReport) throws {
        try place.write(report)
    }

    private func report(of id: CheckpointID) -> CheckpointReport {
        do {
            let bytes = try disk.read(place.reportPath(of: id))
            return try JSON.decode(CheckpointReport.self, from: Foundation.Data(bytes))
        } catch {
            return rebuiltReport(of: id)
        }
    }

    /// Against nothing: what was good before it is not known yet.
    private func rebuildOrder(_ id: CheckpointID) -> GateOrder {
        var order = GateOrder(of: id, in: place, among: [], settings: gate)
        order.needsGolden = needsGolden
        order.design = design
        return order
    }

    private func rebuiltReport(of id: CheckpointID) -> CheckpointReport {
        do {
            let (checkpoint, bytes) = try load(id)
            // The engine was cut off before it had written down what it had found.
            let outcome = GateRun.judge(checkpoint, rebuildOrder(id), disk: disk)
            return CheckpointPlace.report(
                checkpoint, size: bytes.count, checks: outcome.checks)
        } catch {
            // What cannot be read now may be readable next time; only what was read and is broken
            // has failed, for a recovery that passes it over once must always do so.
            return CheckpointReport(
                id: id, model: model, created: .earliest, cursor: 0, eventTime: nil,
                learnerDigest: "", fileDigest: "", bytes: 0, parent: nil,
                verdict: error is CheckpointFault ? .failed : .unvalidated,
                reasons: ["\(error)"], pinned: false, metrics: ModelMetrics())
        }
    }
}
