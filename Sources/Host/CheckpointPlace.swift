import Checkpointing
import Dispatch
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

    /// From so many bytes on a checkpoint would put other things out of the system's cache.
    private static let largeSize = 8 << 20

    /// The folder of the model that the checkpoints are of.
    var modelFolder: String {
        String(folder[..<(folder.lastIndex(of: "/") ?? folder.endIndex)])
    }

    func path(of id: CheckpointID) -> String { "\(folder)/\(id).spindle" }
    func reportPath(of id: CheckpointID) -> String { "\(folder)/\(id).json" }

    /// Writes a checkpoint and reads it back. On another thread it is hashed meanwhile, then
    /// decoded and, if `inspects`, inspected.
    func save(_ image: CheckpointImage, inspects: Bool = false) throws -> LoadedCheckpoint {
        let path = path(of: image.manifest.id)
        let queue = DispatchQueue(label: "spindle.checkpoint.digest")
        let sealing = Beside(on: queue) { image.file.seal() }
        let loading = Beside(on: queue) { () -> Result<LoadedCheckpoint, CheckpointFile.Fault> in
            let seal = sealing.value
            return Result { () throws(CheckpointFile.Fault) in
                var loaded = try LoadedCheckpoint(written: image, seal)
                if inspects { loaded.inspection = loaded.learner.inspect() }
                return loaded
            }
        }
        try image.file.body.withUnsafeBytes { body throws(DiskFault) in
            try disk.replace(path) { file throws(DiskFault) in
                if body.count >= Self.largeSize { file.passCache() }
                try file.write(body, at: 0)
                try file.check(body, at: 0)
                let seal = sealing.value.bytes
                try file.write(seal, at: body.count)
                try file.check(seal, at: body.count)
            }
        }
        do {
            return try loading.value.get()
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
