import Engine
import Monitoring
import Operation
import Vocabulary

/// Where on its way the newest event is that the served model doesn't know.
extension ModelHost {
    /// What each part of the way adds to the staleness: the newest event time before it, less the
    /// one behind it. The parts add up to the staleness; nil while nothing serves.
    var stageDelays: [StageDelay]? {
        guard let now = engine.clock.now, let served = engine.serving?.clock else { return nil }
        let trained = engine.trainer.clock.now
        let reached: [(StageDelay.Stage, Instant?)] = [
            (.labelWait, engine.joinedClock.now ?? trained),
            (.training, trained),
            (.checkpoint, checkpoints.first?.eventTime),
            (.validation, checkpoints.first { $0.verdict == .passed }?.eventTime),
            (.push, push.candidate?.model.clock ?? served),
            (.ramp, served),
        ]
        var before = max(now, served)
        return reached.map { stage, time in
            // Later parts know no more than earlier ones, and what serves is known to all.
            let time = max(served, min(before, time ?? served))
            defer { before = time }
            return StageDelay(stage: stage, seconds: (before - time).seconds)
        }
    }

    /// Where most of the time is lost, in words; nil while nothing is known.
    var longestStage: String? {
        guard let longest = stageDelays?.max(by: { $0.seconds < $1.seconds }),
            longest.seconds > 0
        else { return nil }
        let span = Span(microseconds: Int64(longest.seconds * 1_000_000))
        return "most of it in \(longest.stage.words), \(span.text)"
    }
}
