import Checkpointing
import Learning
import Numerics
import Vocabulary

extension LoadedCheckpoint {
    /// The same state under another id, encoded anew: a synthetic checkpoint, to see whether
    /// pushes work. `file` is what this was read from.
    package func probeImage(
        as id: CheckpointID, file: UnsafeRawBufferPointer
    ) throws(CheckpointFile.Fault) -> CheckpointImage {
        let blocks = try CheckpointFile.decode(file).blocks
        var manifest = manifest
        manifest.id = id
        manifest.build += ", a probe of pushes"
        let parameters = learner.snapshot()
        var parts = [
            CheckpointFile.Part(.manifest, manifest.encode()),
            CheckpointFile.Part(.learner, sizeMax: parameters.encodedSizeMax) {
                parameters.encode(into: $0)
            },
        ]
        for block in [CheckpointFile.Block.trainer, .join, .stream, .past, .intake] {
            guard let bytes = blocks[block] else { continue }
            parts.append(CheckpointFile.Part(block, [UInt8](bytes)))
        }
        return CheckpointImage(
            manifest: manifest, metrics: metrics, file: CheckpointFile.encode(parts))
    }
}
