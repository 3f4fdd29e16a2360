import Engine
import Learning
import Operation
import Serving
import Vocabulary
import World

/// A synthetic checkpoint with the parameters of what serves, sent through everything that a
/// candidate goes through but traffic: so that a broken push is found while nothing is pushed.
struct PushProbe: Sendable {
    /// What serves, as it lies in memory and on the disk.
    let served: ServedModel
    let source: CheckpointPlace
    /// Where the probe is written.
    let place: CheckpointPlace
    let gate: PreparedGate

    var id: CheckpointID { Self.id(of: served.checkpoint.model) }

    /// No checkpoint of a model has this number.
    static func id(of model: ModelName) -> CheckpointID {
        CheckpointID(model: model, number: 999_999_999)
    }

    /// Written, read back, validated, loaded, compared; gives it as it would answer. On any
    /// thread.
    func run() throws -> ServedModel {
        let (loaded, bytes) = try source.load(served.checkpoint)
        let image = try bytes.withUnsafeBytes { try loaded.probeImage(as: id, file: $0) }
        let parameters = served.learner.encode()
        try place.disk.makeFolder(place.folder)
        let written = try place.save(image)
        try check(
            written.learnerDigest == loaded.learnerDigest, "encoded", "the file of what serves")
        let outcome = gate.judge(written)
        if let failed = outcome.checks.first(where: { $0.verdict == .failed }) {
            throw ActRefusal("its validation fails: \(failed.text)")
        }
        let again = try place.load(id).checkpoint
        try check(again.fileDigest == written.fileDigest, "read again", "what was written")
        try check(again.learner.encode() == parameters, "loaded", "what serves")
        try place.disk.remove(place.path(of: id))
        return again.served
    }

    private func check(_ isSame: Bool, _ step: String, _ other: String) throws {
        guard isSame else { throw ActRefusal("\(step), it is not \(other), bit for bit") }
    }
}
