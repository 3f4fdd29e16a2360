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
        let path = path(of: image.manifest.id)
        let isThere = try image.bytes.withUnsafeBytes { bytes throws(DiskFault) in
            try disk.replace(path, with: bytes)
            return try disk.holds(path, bytes)
        }
        guard isThere else {
            throw CheckpointFault(path: path, text: "what was read back is not what was written")
        }
        let loaded: LoadedCheckpoint
        do {
            loaded = try LoadedCheckpoint(written: image)
        } catch {
            throw CheckpointFault(path: path, text: "\(error)")
        }
        let (verdict, reasons) = Self.judge(loaded)
        let report = Self.report(
            loaded, size: image.bytes.count, verdict: verdict, reasons: reasons)
        try write(report)
        return (loaded, report)
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
        _ checkpoint: LoadedCheckpoint, size: Int, verdict: Verdict, reasons: [String]
    ) -> CheckpointReport {
        let manifest = checkpoint.manifest
        return CheckpointReport(
            id: manifest.id, model: manifest.id.model, created: manifest.created,
            cursor: manifest.cursor.sequence, eventTime: manifest.eventTime,
            learnerDigest: checkpoint.learnerDigest, fileDigest: checkpoint.fileDigest,
            bytes: size, parent: manifest.parent, verdict: verdict, reasons: reasons,
            pinned: false, metrics: checkpoint.metrics, passEnds: manifest.passEnds,
            exclusions: manifest.exclusions.map(\.id))
    }
}
