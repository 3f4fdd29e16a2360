import Checkpointing
import Engine
import Learning
import Numerics
import Operation
import Vocabulary
import World

/// The files of a model's checkpoints on a disk, from any thread.
struct CheckpointPlace: Sendable {
    let folder: String
    let disk: any Disk

    func path(of id: CheckpointID) -> String { "\(folder)/\(id).spindle" }
    func reportPath(of id: CheckpointID) -> String { "\(folder)/\(id).json" }

    /// Writes a checkpoint, reads it back and judges what was read.
    func save(_ image: CheckpointImage) throws -> (LoadedCheckpoint, CheckpointReport) {
        let id = image.manifest.id
        try disk.replace(path(of: id), with: image.bytes)
        let loaded = try load(id)
        let verdict =
            loaded.checkpoint.learnerDigest == image.learnerDigest
            ? Self.judge(loaded.checkpoint)
            : (.failed, ["the learner read back is not the one that was written"])
        let report = Self.report(
            loaded.checkpoint, bytes: loaded.bytes, verdict: verdict.0, reasons: verdict.1)
        try write(report)
        return (loaded.checkpoint, report)
    }

    func write(_ report: CheckpointReport) throws {
        try disk.replace(reportPath(of: report.id), with: [UInt8](try JSON.encode(report)))
    }

    func load(_ id: CheckpointID) throws -> (checkpoint: LoadedCheckpoint, bytes: [UInt8]) {
        let path = path(of: id)
        let bytes = try disk.read(path)
        do {
            let checkpoint = try bytes.withUnsafeBytes { try LoadedCheckpoint(file: $0) }
            return (checkpoint, bytes)
        } catch {
            throw CheckpointFault(path: path, text: "\(error)")
        }
    }

    /// Puts a checkpoint into a second folder too; gives what kept it from it.
    func copy(_ id: CheckpointID, to target: (folder: String, file: String)) -> String? {
        do throws(DiskFault) {
            try disk.makeFolder(target.folder)
            try disk.replace(target.file, with: try disk.read(path(of: id)))
            return nil
        } catch {
            return error.description
        }
    }

    static func judge(_ loaded: LoadedCheckpoint) -> (Verdict, [String]) {
        let inspection = loaded.learner.inspect()
        guard inspection.nonFiniteCount == 0 else {
            return (.failed, ["\(inspection.nonFiniteCount) parameters are not finite"])
        }
        guard loaded.trained > 0 else { return (.inconclusive, ["nothing was learned yet"]) }
        return (
            .passed,
            ["read back, digests match", "\(inspection.slotCount) slots in use, all finite"]
        )
    }

    static func report(
        _ checkpoint: LoadedCheckpoint, bytes: [UInt8], verdict: Verdict, reasons: [String]
    ) -> CheckpointReport {
        let manifest = checkpoint.manifest
        return CheckpointReport(
            id: manifest.id, model: manifest.id.model, created: manifest.created,
            cursor: manifest.cursor.sequence, eventTime: manifest.eventTime,
            learnerDigest: checkpoint.learnerDigest, fileDigest: checkpoint.fileDigest,
            bytes: bytes.count, parent: manifest.parent, verdict: verdict, reasons: reasons,
            pinned: false, metrics: checkpoint.metrics, passEnds: manifest.passEnds,
            exclusions: manifest.exclusions.map(\.id))
    }
}
