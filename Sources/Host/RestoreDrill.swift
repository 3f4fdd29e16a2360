import Engine
import Operation
import Recording
import Vocabulary
import World

/// What a restore drill came to, for one model.
package struct RestoreReport: Codable, Sendable {
    package var model: ModelName
    package var checkpoint: CheckpointID
    /// The file that was restored from.
    package var file: String
    /// Records of the raw log that were taken in behind the checkpoint.
    package var records: UInt64
    package var learnerDigest: String
    /// Wall time.
    package var seconds: Double
}

/// Restores a model in memory as a start after a disaster would: the newest checkpoint, from the
/// second folder where there is one, and what the raw log holds behind it. Changes nothing.
struct RestoreDrill {
    let report: RestoreReport

    init(_ settings: ModelSettings, model path: String, world: HostWorld) throws {
        let begun = world.clock.monotonic()
        let name = settings.name
        let folder = try CheckpointFolder(path + "/checkpoints", model: name, disk: world.disk)
        guard let newest = folder.reports.first(where: { $0.verdict != .failed }) else {
            throw ActRefusal("\(name) has no checkpoint to restore from")
        }
        var place = folder.place
        if let copies = settings.retention.copyFolder {
            place = CheckpointPlace(folder: "\(copies)/\(name)", disk: world.disk)
        }
        let (loaded, bytes) = try place.load(newest.id)
        guard loaded.fileDigest == newest.fileDigest else {
            throw CheckpointFault(
                path: place.path(of: newest.id), text: "its SHA-256 is not the one in its report")
        }
        let settings = folder.inForce(settings)
        let rawLog = try LogFolder(path + "/raw", kind: .raw, world: world)
        let promotions = try PromotionBook(of: path, disk: world.disk)
        let known = promotions.learner(
            ofCheckpoint: newest.id.number, declared: settings.learner)
        let engine = ModelEngine(
            settings: settings, holdSwitch: NeverHeld(),
            rawRecord: { try rawLog.rawLine(at: $0) })
        try bytes.withUnsafeBytes { try engine.recover(from: loaded, file: $0, learner: known) }
        let first = engine.rawEnd.sequence
        while let (batch, header) = try rawLog.wholeBatch(at: engine.rawEnd.offset) {
            try batch.withUnsafeBytes { bytes in
                try engine.replayRaw(UnsafeRawBufferPointer(rebasing: bytes[..<header.batchSize]))
            }
            try engine.settle { _ in }
        }
        report = RestoreReport(
            model: name, checkpoint: newest.id, file: place.path(of: newest.id),
            records: engine.rawEnd.sequence - first, learnerDigest: loaded.learnerDigest,
            seconds: (world.clock.monotonic() - begun).seconds)
    }
}
