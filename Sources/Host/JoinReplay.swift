import Checkpointing
import Engine
import Learning
import Monitoring
import Recording
import Vocabulary

/// A model's raw log, put through filter and join once more, from the beginning or from a
/// checkpoint. Reads only: nothing is learned, and nothing kept.
struct JoinReplay {
    let engine: ModelEngine
    private let rawLog: LogFolder

    /// Nil for `start` is the beginning of the log. `settings` hold up to its first change, and
    /// where a checkpoint doesn't tell. Throws if the checkpoint's join cannot be taken
    /// up.
    init(
        _ settings: ModelSettings, _ rawLog: LogFolder,
        from start: (checkpoint: LoadedCheckpoint, bytes: [UInt8])? = nil
    ) throws {
        var settings = settings
        // Nobody asks what was seen then.
        settings.monitors.isOn = false
        self.rawLog = rawLog
        // A checkpoint of an older build doesn't say by what it was made either.
        if start?.checkpoint.intake == nil,
            let intake = try rawLog.intake(from: start?.checkpoint.manifest.rawEnd.offset ?? 0)
        {
            settings.intake = intake
        }
        engine = ModelEngine(
            settings: settings, holdSwitch: AlwaysHeld(), surroundings: .local,
            rawRecord: { try rawLog.rawLine(at: $0) })
        guard let (checkpoint, bytes) = start else { return }
        // Whatever settings it has learned with, nothing more is learned.
        let learner = checkpoint.learner.settings
        try bytes.withUnsafeBytes {
            try engine.recover(from: checkpoint, file: $0, learner: learner)
        }
    }

    /// False where retention has removed what it would have to read.
    var isReadable: Bool {
        engine.rawEnd.offset >= rawLog.start
            && engine.oldestAwaitedOffset ?? .max >= rawLog.start
    }

    /// Takes in the next batch; false at the log's end. What is joined comes as effects.
    func step(
        onEachRecord: () -> Void = {}, _ perform: (Effect) throws -> Void = { _ in }
    ) throws -> Bool {
        guard let (batch, header) = try rawLog.wholeBatch(at: engine.rawEnd.offset) else {
            return false
        }
        try batch.withUnsafeBytes { bytes in
            try engine.replayRaw(
                UnsafeRawBufferPointer(rebasing: bytes[..<header.batchSize]),
                onEachRecord: onEachRecord)
        }
        try engine.settle(perform)
        return true
    }
}

/// A red button that is pressed for good.
private final class AlwaysHeld: HoldSwitch {
    var isHeld: Bool { true }
    var hold: Hold? { nil }
    func stop(because reason: String) -> Bool { false }
}
