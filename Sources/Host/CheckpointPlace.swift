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

    /// The folder of the model that the checkpoints are of.
    var modelFolder: String {
        String(folder[..<(folder.lastIndex(of: "/") ?? folder.endIndex)])
    }

    func path(of id: CheckpointID) -> String { "\(folder)/\(id).spindle" }
    func reportPath(of id: CheckpointID) -> String { "\(folder)/\(id).json" }

    /// Writes a checkpoint and reads it back.
    func save(_ image: CheckpointImage) throws -> LoadedCheckpoint {
        let path = path(of: image.manifest.id)
        let isThere = try image.bytes.withUnsafeBytes { bytes throws(DiskFault) in
            try disk.replace(path, with: bytes)
            return try disk.holds(path, bytes)
        }
        guard isThere else {
            throw CheckpointFault(path: path, text: "what was read back is not what was written")
        }
        do {
            return try LoadedCheckpoint(written: image)
        } catch {
            throw CheckpointFault(path: path, text: "\(error)")
        }
    }

    func write(_ report: CheckpointReport) throws {
        try disk.replace(reportPath(of: report.id), with: [UInt8](try JSON.encode(report)))
    }

    func load(_ id: CheckpointID) throws -> (checkpoint: LoadedCheckpoint, bytes: [UInt8]) {
        try Self.load(path(of: id), disk)
    }

    /// Reads a checkpoint from a file; throws a `CheckpointFault` that names it.
    static func load(
        _ path: String, _ disk: any Disk
    ) throws -> (checkpoint: LoadedCheckpoint, bytes: [UInt8]) {
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

    static func report(
        _ checkpoint: LoadedCheckpoint, size: Int, checks: [GateCheck]
    ) -> CheckpointReport {
        let manifest = checkpoint.manifest
        var report = CheckpointReport(
            id: manifest.id, model: manifest.id.model, created: manifest.created,
            cursor: manifest.cursor.sequence, eventTime: manifest.eventTime,
            learnerDigest: checkpoint.learnerDigest, fileDigest: checkpoint.fileDigest,
            bytes: size, parent: manifest.parent,
            verdict: GateCheck.verdict(of: checks), reasons: GateCheck.reasons(of: checks),
            pinned: false, metrics: checkpoint.metrics, passEnds: manifest.passEnds,
            exclusions: manifest.exclusions.map(\.id))
        report.checks = checks
        report.launch = manifest.launch
        return report
    }
}
