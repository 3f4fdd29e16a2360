import Engine
import Ingestion
import Joining
import Numerics
import Recording
import Vocabulary
import World

/// What a feed has after one turn.
package enum FeedState: Sendable {
    /// More at once.
    case more
    /// Nothing before this much wall time has passed.
    case idle(Span)
    /// Nothing ever again.
    case ended
}

/// Something that brings records to an engine, a turn at a time, on the engine's thread.
package protocol Feed: AnyObject {
    /// In words, for the screen's head.
    var description: String { get }
    func pump() throws -> FeedState
    /// Sees to it that what was taken in is on the disk, for those who wait for that. Called
    /// where a fault of the disk may pass.
    func acknowledge() throws
    /// Nothing of it is taken in any more.
    func end(because reason: String)
    /// The engine took a checkpoint or stops: what the feed must remember goes to disk.
    func save() throws
}

extension Feed {
    package func acknowledge() throws {}
    package func end(because reason: String) {}
}

/// A pipe has nothing at present; it has not ended.
private struct NothingYet: Error {}

/// A file that is read from where an engine left it.
final class FileSource: ByteSource {
    let path: String
    private let disk: any Disk
    private var file: (any DiskFile)?
    /// How much of it has been read.
    private(set) var offset: Int

    /// "-" is standard input.
    init(_ path: String, offset: Int, disk: any Disk) throws {
        self.path = path
        self.disk = disk
        self.offset = offset
        file = path == "-" ? nil : try disk.open(path, .read)
        if let file { try CompressedFile.refuse(file) }
    }

    /// Whether it can be read twice.
    var isSeekable: Bool { file?.isSeekable ?? false }

    /// Another file may have its name by now, which goes on where this one ended.
    func reopen() throws {
        file = try disk.open(path, .read)
    }

    /// How long a turn of the engine waits for a pipe: acts wait no longer.
    private static let patience = Span(microseconds: 20_000)

    /// Throws `NothingYet` where a pipe or a terminal has nothing at present.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count: Int
        guard
            file.map({ $0.isReadable(within: Self.patience) })
                ?? StandardInput.isReadable(within: Self.patience)
        else { throw NothingYet() }
        if let file {
            count = try file.readOnce(into: buffer, at: offset)
        } else {
            count = try StandardInput.read(into: buffer)
        }
        offset += count
        return count
    }

    /// Of the first bytes of a file, at most `size`.
    static func fingerprint(
        of path: String, size: Int, disk: any Disk
    ) throws -> Fingerprint {
        let none = Fingerprint(hash: 0, size: 0)
        guard path != "-" else { return none }
        let file = try disk.open(path, .read)
        guard file.isSeekable else { return none }
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        let hash = bytes[..<count].withUnsafeBytes { XXHash64.hash($0) }
        return Fingerprint(hash: hash, size: UInt32(count))
    }
}

/// The files of one model, merged by event time: to their end, or followed as they grow.
package final class FileFeed: Feed {
    let host: ModelHost
    var merger: StreamMerger
    /// The files that are followed, and can be read twice.
    var followed: [StreamKind: FileSource] = [:]
    private let isFollowing: Bool
    private let completesForGood: Bool
    /// Indices of the two sources in the engine's table; 0 for one that is not fed.
    private let examplesIndex: Int
    private let labelsIndex: Int
    private let paths: [String]
    private var passesLeft: Int
    private var hasRead = false
    /// Why the learner did not meet the log as often as was asked for; nil if it did.
    package private(set) var passesLack: String?
    private var isAtEnd = false
    /// How far it has come, for other threads.
    package let course = FeedCourse()
    /// Bytes that were read before, and of the files in all; nil where one has no known end.
    private var span: (start: UInt64, end: UInt64)?
    private let passes: Int

    /// With `completesForGood`, the label stream counts as complete for good at its end. With
    /// several `passes`, the learner meets the whole training log so often, if anything new was
    /// read.
    package init(
        _ host: ModelHost, examples: String?, labels: String?, isFollowing: Bool,
        completesForGood: Bool, passes: Int
    ) throws {
        self.host = host
        passesLeft = passes - 1
        self.passes = passes
        self.isFollowing = isFollowing
        self.completesForGood = completesForGood
        paths = [examples, labels].compactMap { $0 }
        var indices: [StreamKind: Int] = [:]
        var readers: [StreamKind: LineReader] = [:]
        for (path, stream) in [(examples, StreamKind.examples), (labels, .labels)] {
            guard let path else { continue }
            let place = try Self.resume(host, path, stream)
            indices[stream] = place.index
            let source = try FileSource(path, offset: place.offset, disk: host.disk)
            readers[stream] = Self.reader(
                source, stream, of: host, line: place.line, isFollowing: isFollowing)
            if isFollowing, source.isSeekable { followed[stream] = source }
        }
        examplesIndex = indices[.examples] ?? 0
        labelsIndex = indices[.labels] ?? 0
        merger = StreamMerger(
            examples: readers[.examples], labels: readers[.labels], isFollowing: isFollowing)
        guard !isFollowing else { return }
        let sizes = try paths.compactMap { try Self.size(of: $0, disk: host.disk) }
        if sizes.count == paths.count { span = (readOffset, UInt64(sizes.reduce(0, +))) }
    }

    /// Of a source from where it stands.
    static func reader(
        _ source: FileSource, _ stream: StreamKind, of host: ModelHost, line: Int = 0,
        isFollowing: Bool
    ) -> LineReader {
        LineReader(
            source, stream: stream, offset: source.offset, lineNumber: line,
            isFollowing: isFollowing, keepsFeatures: host.engine.needsFeatures,
            rules: host.engine.recordRules)
    }

    func index(of stream: StreamKind) -> Int {
        stream == .examples ? examplesIndex : labelsIndex
    }

    /// Nil where a source has no end that is known.
    private static func size(of path: String, disk: any Disk) throws -> Int? {
        guard path != "-" else { return nil }
        let file = try disk.open(path, .read)
        return file.isSeekable ? try file.size() : nil
    }

    /// Bytes of both files that the log has.
    private var readOffset: UInt64 {
        Set([examplesIndex, labelsIndex]).reduce(0) { sum, index in
            index > 0 ? sum + host.engine.sources[index].endOffset : sum
        }
    }

    private func noteCourse() {
        var place = FeedCourse.Place()
        let engine = host.engine
        let passed = Double(passes - 1 - passesLeft)
        if isAtEnd {
            place.step = passed > 0 ? "pass \(Int(passed) + 1) of \(passes)" : "learning"
            let part = Double(engine.trainer.cursor.sequence) / Double(max(1, engine.trainingCount))
            place.share = (passed + min(part, 1)) / Double(passes)
        } else if let span, span.end > span.start {
            let part = Double(readOffset - span.start) / Double(span.end - span.start)
            place.share = min(part, 1) / Double(passes)
        }
        course.note(place)
    }

    package var description: String { paths.joined(separator: ", ") }

    package func pump() throws -> FeedState {
        defer { if !isFollowing { noteCourse() } }
        if isAtEnd { return try pumpPasses() }
        do {
            let state = try pumpLines()
            try noteFingerprints()
            return state
        } catch is NothingYet {
            return .idle(Span(microseconds: 1000))
        }
    }

    private func pumpLines() throws -> FeedState {
        let (engine, merger) = (host.engine, merger)
        while !engine.wantsSettling {
            switch try merger.next() {
            case .line(let line):
                if merger.examplesAreOver, !isFollowing { engine.endExamples() }
                if let id = merger.idAhead { engine.prefetch(id: id) }
                if let id = merger.labelAhead { engine.prefetchExample(id: id) }
                let isExample = line.pointee.stream == .examples
                try engine.take(line.pointee, source: isExample ? examplesIndex : labelsIndex)
                hasRead = true
            case .labelsEnded:
                if !engine.knowsLabelsEnd { try engine.endLabels() }
            case .ended:
                if isFollowing {
                    try lookAgain()
                    return .idle(Span(microseconds: 100_000))
                }
                let (pending, ready) = (engine.joinCounts.pending, engine.joinCounts.ready)
                if completesForGood, hasRead || pending + ready > 0 {
                    try engine.completeForGood()
                }
                isAtEnd = true
                return .more
            }
        }
        return .more
    }

    /// Everything was read; what is left is to meet it all again, or to wait for that.
    private func pumpPasses() throws -> FeedState {
        let engine = host.engine
        if engine.wantsCatchUp { return .more }
        guard passesLeft > 0 else { return .ended }
        guard hasRead, !engine.trainer.isHeld else {
            passesLack =
                hasRead
                ? "training is stopped"
                : "nothing new was read, and what was read before is met no more often"
            return .ended
        }
        passesLeft -= 1
        try host.settle()
        engine.trainer.restartPass()
        return .more
    }

    package func save() throws {}

    /// Where to go on in a file: behind what the log has of it, if it is still the same file.
    private static func resume(
        _ host: ModelHost, _ path: String, _ stream: StreamKind
    ) throws -> (index: Int, offset: Int, line: Int) {
        let (engine, disk) = (host.engine, host.disk)
        let fingerprint = try FileSource.fingerprint(
            of: path, size: Fingerprint.sizeMax, disk: disk)
        if let known = engine.sources.firstIndex(where: { $0.path == path }) {
            let progress = engine.sources[known]
            let size = Int(progress.fingerprint.size)
            if size > 0, try disk.open(path, .read).size() >= Int(progress.endOffset),
                try FileSource.fingerprint(of: path, size: size, disk: disk)
                    == progress.fingerprint
            {
                engine.update(source: known) { $0.fingerprint = fingerprint }
                let end = Int(progress.endOffset)
                if let start = try UnfinishedLine.start(path, stream, read: end, disk: disk) {
                    return (known, start, Int(progress.lineNumber) - 1)
                }
                return (known, end, Int(progress.lineNumber))
            }
        }
        let index = engine.sourceIndex(of: path, fingerprint: fingerprint)
        engine.update(source: index) { progress in
            progress.endOffset = 0
            progress.lineNumber = 0
        }
        return (index, 0, 0)
    }
}
