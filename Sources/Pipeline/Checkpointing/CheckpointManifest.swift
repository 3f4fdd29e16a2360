import Numerics
import Vocabulary

/// What a checkpoint is, apart from what it holds.
package struct CheckpointManifest: Sendable, Equatable {
    package var id: CheckpointID
    package var parent: CheckpointID?
    /// Wall time.
    package var created: Instant
    package var cursor: TrainingCursor
    /// Newest event time that the learner has met.
    package var eventTime: Instant?
    /// The ends of both logs when it was made; what lies behind is made anew on recovery.
    package var rawEnd: LogPosition
    package var trainingEnd: LogPosition
    /// The program that wrote it.
    package var build: String

    package init(
        id: CheckpointID, parent: CheckpointID?, created: Instant, cursor: TrainingCursor,
        eventTime: Instant?, rawEnd: LogPosition, trainingEnd: LogPosition, build: String
    ) {
        self.id = id
        self.parent = parent
        self.created = created
        self.cursor = cursor
        self.eventTime = eventTime
        self.rawEnd = rawEnd
        self.trainingEnd = trainingEnd
        self.build = build
    }

    package func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(id.description)
        writer.write(parent?.description ?? "")
        writer.write(created.microseconds)
        writer.write(cursor.batch.offset)
        writer.write(cursor.batch.sequence)
        writer.write(cursor.sequence)
        writer.write(eventTime?.microseconds ?? .min)
        for position in [rawEnd, trainingEnd] {
            writer.write(position.offset)
            writer.write(position.sequence)
        }
        writer.write(build)
        return writer.bytes
    }

    package init(decoding reader: inout ByteReader) throws(ByteFault) {
        let name = try reader.readText()
        guard let id = CheckpointID(name) else {
            throw ByteFault(offset: reader.offset, expected: "a checkpoint's id, found \(name)")
        }
        self.id = id
        parent = CheckpointID(try reader.readText())
        created = Instant(microseconds: try reader.read())
        let batch = LogPosition(offset: try reader.read(), sequence: try reader.read())
        cursor = TrainingCursor(batch: batch, sequence: try reader.read())
        let time = try reader.read(Int64.self)
        eventTime = time == .min ? nil : Instant(microseconds: time)
        rawEnd = LogPosition(offset: try reader.read(), sequence: try reader.read())
        trainingEnd = LogPosition(offset: try reader.read(), sequence: try reader.read())
        build = try reader.readText()
    }
}
