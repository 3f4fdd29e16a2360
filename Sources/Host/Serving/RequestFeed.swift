import Engine
import Ingestion
import Joining
import Learning
import Numerics
import Recording
import Serving
import Vocabulary

/// What requests bring to a model's log: instances that were predicted, and examples and labels
/// that were posted. On the engine's thread.
package final class RequestFeed: Feed {
    /// Between two looks at what came in.
    private static let patience = Span(microseconds: 20_000)

    private enum Limits {
        /// Posts that may wait to be durable.
        static let waitingCountMax = 10_000
    }

    private let host: ModelHost
    private let source: Int
    private var lineNumber: Int
    private let parser: RecordParser
    private let room = ScoringRow()
    private var posts: ArraySlice<RecordPost> = []
    /// Those that wait for the disk, and where the log must be durable up to.
    private var waiting: [(end: UInt64, answer: @Sendable (PostOutcome) -> Void, is: PostOutcome)] =
        []

    package init(_ host: ModelHost) {
        self.host = host
        parser = RecordParser(keepsFeatures: true, rules: host.engine.recordRules)
        source = host.engine.sourceIndex(
            of: "requests", fingerprint: Fingerprint(hash: 0, size: 0))
        lineNumber = Int(host.engine.sources[source].lineNumber)
    }

    package var description: String { "requests" }

    package func pump() throws -> FeedState {
        if posts.isEmpty { posts = ArraySlice(host.desk.takePosts()) }
        while let post = posts.first, !host.engine.wantsSettling,
            waiting.count < Limits.waitingCountMax
        {
            try take(post)
            posts.removeFirst()
        }
        if !posts.isEmpty { return .more }
        return .idle(waiting.isEmpty ? Self.patience : Span(microseconds: 1000))
    }

    package func save() throws {}

    /// The engine ends, or failed: who still waits hears of it.
    package func end(because reason: String) {
        let late = host.desk.close(because: reason)
        for post in posts + late { post.whenDurable?(.refused(reason)) }
        for post in waiting { post.answer(.refused(reason)) }
        (posts, waiting) = ([], [])
    }

    private func take(_ post: RecordPost) throws {
        let engine = host.engine
        let before = (engine.counts, engine.joinCounts)
        var records = 0
        let padded = post.lines + [UInt8](repeating: 0, count: LinePadding.size)
        try padded.withUnsafeBytes { buffer in
            let lines = UnsafeRawBufferPointer(rebasing: buffer[..<post.lines.count])
            try RecordLines.forEach(in: lines) { line, _ in
                let answer = records < post.answers.count ? post.answers[records] : nil
                records += 1
                try take(line, post.stream, answer)
            }
        }
        guard let whenDurable = post.whenDurable else { return }
        let after = (engine.counts, engine.joinCounts)
        let quarantined =
            after.0.quarantinedExamples - before.0.quarantinedExamples
            + after.0.quarantinedLabels - before.0.quarantinedLabels
        let duplicates =
            after.1.duplicates - before.1.duplicates
            + after.1.labelDuplicates - before.1.labelDuplicates
        waiting.append(
            (
                engine.takenSequence, whenDurable,
                .durable(records: records, duplicates: duplicates, quarantined: quarantined)
            ))
    }

    private func take(
        _ bytes: UnsafeRawBufferPointer, _ stream: StreamKind, _ answer: LoggedAnswer?
    ) throws {
        lineNumber += 1
        let line = parser.line(bytes, stream: stream, number: lineNumber)
        if let answer, line.isAdmitted { host.noteServed(line, answer, in: room) }
        try host.engine.take(line, source: source)
    }

    /// Everything that was taken in so far goes to the disk at once, for all who wait.
    package func acknowledge() throws {
        guard !waiting.isEmpty else { return }
        try host.acknowledge()
        let durable = host.durableSequence
        while let first = waiting.first, first.end <= durable {
            first.answer(first.is)
            waiting.removeFirst()
        }
    }
}
