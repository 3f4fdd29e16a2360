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
    /// Where earlier passes over the training log ended.
    package var passEnds: [UInt64]
    /// Where passes end that a change of exclusions makes again before the last one.
    package var passEndsDue: [UInt64]
    /// What the learner was kept from meeting.
    package var exclusions: [Exclusion]
    /// The launch whose candidate became this learner; nil where there was none.
    package var launch: LaunchID?

    package init(
        id: CheckpointID, parent: CheckpointID?, created: Instant, cursor: TrainingCursor,
        eventTime: Instant?, rawEnd: LogPosition, trainingEnd: LogPosition, build: String,
        passEnds: [UInt64] = [], passEndsDue: [UInt64] = [], exclusions: [Exclusion] = [],
        launch: LaunchID? = nil
    ) {
        self.id = id
        self.parent = parent
        self.created = created
        self.cursor = cursor
        self.eventTime = eventTime
        self.rawEnd = rawEnd
        self.trainingEnd = trainingEnd
        self.build = build
        self.passEnds = passEnds
        self.passEndsDue = passEndsDue
        self.exclusions = exclusions
        self.launch = launch
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
        writer.write(passEnds)
        writer.write(passEndsDue)
        writer.write(UInt32(exclusions.count))
        for exclusion in exclusions { exclusion.encode(into: &writer) }
        if let launch { writer.write(launch.description) }
        return writer.bytes
    }

    /// How far into the training log the learner has ever seen.
    package var reach: UInt64 { max(cursor.sequence, passEnds.max() ?? 0) }

    /// Where all passes but the last end, made or to be made again.
    package var allPassEnds: [UInt64] { passEnds + passEndsDue }

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
        passEnds = try reader.readWords()
        passEndsDue = try reader.readWords()
        exclusions = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            exclusions.append(try Exclusion(decoding: &reader))
        }
        if reader.remaining > 0 { launch = LaunchID(try reader.readText()) }
    }
}

extension Exclusion {
    /// The id, a byte for the kind (1 examples, 2 a stretch, 3 examples of an arm, which stands
    /// before the rest, 4 an erasure), and what it holds; a text that is missing is preceded by 0,
    /// one that is there by 1.
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(id.description)
        switch what {
        case .examples(let selection):
            writer.write(UInt8(selection.arm == nil ? 1 : 3))
            if let arm = selection.arm { writer.write(arm.text) }
            writer.write(selection.from.microseconds)
            writer.write(selection.to.microseconds)
            for text in [selection.source, selection.segment] {
                writer.write(text != nil)
                if let text { writer.write(text) }
            }
            writer.write(UInt32(selection.conditions.count))
            for condition in selection.conditions {
                writer.write(condition.name)
                writer.write(condition.value)
            }
        case .stretch(let from, let to):
            writer.write(UInt8(2))
            writer.write(from)
            writer.write(to)
        case .erasure(let from, let rawEnd):
            writer.write(UInt8(4))
            writer.write(from)
            writer.write(rawEnd)
        }
    }

    fileprivate init(decoding reader: inout ByteReader) throws(ByteFault) {
        let name = try reader.readText()
        guard let id = ExclusionID(name) else {
            throw ByteFault(offset: reader.offset, expected: "an exclusion's id, found \(name)")
        }
        let kind = try reader.read(UInt8.self)
        switch kind {
        case 1, 3:
            let arm = kind == 3 ? ArmName(try reader.readText()) : nil
            var selection = ExampleSelection(
                from: Instant(microseconds: try reader.read()),
                to: Instant(microseconds: try reader.read()), arm: arm)
            if try reader.readBool() { selection.source = try reader.readText() }
            if try reader.readBool() { selection.segment = try reader.readText() }
            for _ in 0..<(try reader.read(UInt32.self)) {
                selection.conditions.append(
                    FeatureCondition(name: try reader.readText(), value: try reader.readText()))
            }
            self.init(id: id, what: .examples(selection))
        case 2:
            self.init(
                id: id, what: .stretch(from: try reader.read(), to: try reader.read()))
        case 4:
            self.init(
                id: id, what: .erasure(from: try reader.read(), rawEnd: try reader.read()))
        default:
            throw ByteFault(offset: reader.offset - 1, expected: "the kind of an exclusion")
        }
    }
}
