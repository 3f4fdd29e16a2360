import Checkpointing
import Engine
import Numerics
import Operation
import Recording
import Vocabulary
import World

/// What a checkpoint was made of: whom it descends from, which bytes of which files, what was left
/// out, and by which build.
package struct CheckpointLineage: Codable, Sendable {
    /// What of a log lay before it.
    package struct Log: Codable, Sendable {
        /// Sequences from the first that the log still has, up to the one behind the last.
        package var from: UInt64
        package var to: UInt64
        package var files: [File] = []
    }

    /// What of one file lay before it.
    package struct File: Codable, Sendable {
        package var name: String
        package var bytes: UInt64
        /// Of these bytes, in hex.
        package var sha256: String
        /// Event times; nil if no record has one.
        package var earliest: Instant?
        package var latest: Instant?
    }

    package var checkpoint: CheckpointID
    /// Wall time.
    package var created: Instant
    package var build: String
    /// Those that are kept, the newest first.
    package var parents: [CheckpointID] = []
    /// Entries of the training log that the learner has met.
    package var cursor: UInt64
    package var passEnds: [UInt64]
    package var eventTime: Instant?
    /// What the learner was kept from meeting.
    package var leftOut: [ExclusionReport]
    /// The launch whose candidate became this learner.
    package var launch: LaunchID?
    package var learnerDigest: String
    package var fileDigest: String
    package var raw: Log
    package var training: Log
}

extension StateReading {
    /// Reads all of both logs that lay before a checkpoint. Throws a `LogDamage`, which names the
    /// file and the byte, where a log is not what was written, and a `CheckpointFault` where the
    /// checkpoint isn't.
    package func lineage(of id: CheckpointID) throws -> CheckpointLineage {
        let (report, folder) = try kept(id)
        let model = "\(path)/models/\(id.model)"
        let manifest = try folder.load(id).checkpoint.manifest
        let book = try ExclusionBook(of: model, disk: disk)
        var lineage = CheckpointLineage(
            checkpoint: id, created: manifest.created, build: manifest.build,
            cursor: manifest.cursor.sequence, passEnds: manifest.passEnds,
            eventTime: manifest.eventTime,
            leftOut: manifest.exclusions.map { leftOut in
                // The book says who and why; what the checkpoint had left out, it says itself.
                var report =
                    book[leftOut.id]?.report
                    ?? ExclusionReport(
                        id: leftOut.id, text: "", by: "unknown",
                        reason: "the book of exclusions does not have it",
                        since: manifest.created)
                report.text = leftOut.text
                return report
            },
            launch: manifest.launch, learnerDigest: report.learnerDigest,
            fileDigest: report.fileDigest,
            raw: try lineage(of: model + "/raw", .raw, before: manifest.rawEnd),
            training: try lineage(of: model + "/training", .training, before: manifest.trainingEnd))
        var parent = manifest.parent
        while let known = folder.reports.first(where: { $0.id == parent }) {
            lineage.parents.append(known.id)
            parent = known.parent
        }
        return lineage
    }

    private func lineage(
        of folder: String, _ kind: LogKind, before end: LogPosition
    ) throws -> CheckpointLineage.Log {
        let log = try LogFolder(folder, kind: kind, world: world)
        let segments = try log.segments().filter { $0.start < end.offset }
        var found = CheckpointLineage.Log(
            from: segments.first?.firstSequence ?? end.sequence, to: end.sequence)
        for segment in segments {
            var hash = SHA256()
            var seen = LogSegment(start: segment.start, end: segment.start)
            while seen.end < min(segment.end, end.offset) {
                guard let (batch, header) = try log.wholeBatch(at: seen.end) else {
                    throw log.damage(at: seen.end)
                }
                batch.withUnsafeBytes { bytes in
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<header.batchSize]))
                }
                seen.add(header)
                seen.end += UInt64(header.batchSize)
            }
            found.files.append(
                CheckpointLineage.File(
                    name: log.name(of: segment.start), bytes: seen.end - seen.start,
                    sha256: hash.finish().hex, earliest: seen.earliest, latest: seen.latest))
        }
        return found
    }
}
