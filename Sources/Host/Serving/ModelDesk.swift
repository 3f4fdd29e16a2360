import Engine
import Ingestion
import Learning
import Numerics
import Serving
import Synchronization
import Vocabulary
import World

/// Where one model's requests are answered: from any thread, whatever the engine's thread does.
///
/// The engine's thread publishes plans, and takes from here what was served and what is to be
/// logged. Nobody waits for it here.
package final class ModelDesk: Sendable {
    /// Counts and bytes.
    package enum Limits {
        /// Bytes of records that wait for the engine; beyond, records are turned away, and what
        /// is predicted goes unlogged. A larger post is taken where nothing else waits: it would
        /// never be otherwise.
        package static let inboxSizeMax = 8 << 20
        /// Samples of what was served that wait for the engine; beyond, they are left out.
        static let sampleCountMax = 1 << 17
    }

    package let model: ModelName
    let fallback: FallbackFolder
    /// Whether requests carry the time of the model's stream, which a simulated shop plays,
    /// rather than that of the wall.
    private let followsStream: Bool
    /// Whether the features of local time are made of a request's `@tz`.
    let design: ExampleDesign
    private let plan: Mutex<ServingPlan>
    private let streamTime = Mutex<Instant?>(nil)
    private let served = Mutex<ServedTraffic>(ServedTraffic())
    private let inbox = Mutex<Inbox>(Inbox())
    /// Wakes the engine's thread.
    private let bell = Mutex<(@Sendable () -> Void)?>(nil)
    let switchState: Mutex<FallbackSwitch?>
    let tests = Mutex<SelfTests>(SelfTests())
    private let counter = Atomic<UInt64>(0)
    private let idPrefix: String

    private struct Inbox {
        var posts: [RecordPost] = []
        var size = 0
        /// Why nothing is taken in any more: the engine ends, or failed.
        var closedBecause: String?
    }

    /// What the self-tests found.
    struct SelfTests {
        var faults: [ServingTier: String] = [:]
        /// Wall time since which the served checkpoint fails.
        var failedSince: Instant?
    }

    /// Begins with what the fallbacks have.
    package init(
        _ model: ModelName, fallback: FallbackFolder, followsStream: Bool,
        design: ExampleDesign
    ) {
        self.model = model
        self.fallback = fallback
        self.followsStream = followsStream
        self.design = design
        var plan = ServingPlan()
        if case .success(let table)? = fallback.table() { plan.table = table }
        if case .success(let constant)? = fallback.constant() { plan.constant = constant }
        var switched: FallbackSwitch?
        if case .success(let known)? = fallback.switched() { switched = known }
        plan.firstTier = switched?.tier ?? .model
        switchState = Mutex(switched)
        self.plan = Mutex(plan)
        idPrefix = "q" + String(WallClock.now().microseconds, radix: 36) + "-"
    }

    // MARK: from any thread

    package var current: ServingPlan { plan.withLock { $0 } }

    /// Who switched to the fallback; nil while nobody has.
    var switched: FallbackSwitch? { switchState.withLock { $0 } }
    /// Why tiers cannot answer, as their last self-test found.
    package var faults: [ServingTier: String] { tests.withLock { $0.faults } }
    var failedSince: Instant? { tests.withLock { $0.failedSince } }

    /// The event time of a request that arrives now.
    package var now: Instant {
        let wall = WallClock.now()
        return followsStream ? streamTime.withLock { $0 } ?? wall : wall
    }

    /// An id that no other request of any process has.
    package func newID() -> String {
        idPrefix + String(counter.wrappingAdd(1, ordering: .relaxed).newValue, radix: 36)
    }

    /// Takes note of what was answered, for the judge of the canary and for `/metrics`.
    package func note(_ samples: [ServedSample]) {
        served.withLock { $0.add(samples) }
    }

    /// Hands records to the engine's thread; false if too many wait, or none are taken.
    package func post(_ post: RecordPost) -> InboxAnswer {
        let answer = inbox.withLock { inbox -> InboxAnswer in
            if let reason = inbox.closedBecause { return .closed(reason) }
            let hasRoom = inbox.size + post.lines.count <= Limits.inboxSizeMax
            guard hasRoom || inbox.size == 0 else { return .full }
            inbox.size += post.lines.count
            inbox.posts.append(post)
            return .taken
        }
        // Who waits for nothing is fetched within a few milliseconds, many at a time.
        if answer == .taken, post.whenDurable != nil { bell.withLock { $0 }?() }
        return answer
    }

    /// Bytes of records that wait.
    package var inboxSize: Int { inbox.withLock { $0.size } }

    /// What was answered since the start, by tier, and what failed.
    package var totals: ServedTotals { served.withLock { $0.totals } }

    // MARK: from the engine's thread

    package func change(_ body: (inout ServingPlan) -> Void) {
        plan.withLock { body(&$0) }
    }

    func note(streamTime time: Instant?) {
        streamTime.withLock { $0 = time }
    }

    func ring(_ bell: @escaping @Sendable () -> Void) {
        self.bell.withLock { $0 = bell }
    }

    /// What was served since the last call.
    func takeSamples() -> [ServedSample] {
        served.withLock { served in
            defer { served.samples.removeAll(keepingCapacity: true) }
            return served.samples
        }
    }

    /// The records that wait, oldest first.
    func takePosts() -> [RecordPost] {
        inbox.withLock { inbox in
            defer { (inbox.posts, inbox.size) = ([], 0) }
            return inbox.posts
        }
    }

    /// Records are turned away from the beginning: nobody would take them.
    package func takeNothing(because reason: String) {
        _ = close(because: reason)
    }

    /// From here on nothing is taken in; what waits is handed over for a last answer.
    func close(because reason: String) -> [RecordPost] {
        inbox.withLock { inbox in
            inbox.closedBecause = reason
            defer { (inbox.posts, inbox.size) = ([], 0) }
            return inbox.posts
        }
    }
}

/// Whether records were taken.
package enum InboxAnswer: Sendable, Equatable {
    case taken
    /// Too many wait: come back later.
    case full
    case closed(String)
}

/// One answer as the judge of the canary sees it.
package struct ServedSample: Sendable, Equatable {
    /// Hash of the example's id.
    package var key: UInt64
    package var probability: Double
    package var tier: ServingTier
    package var checkpoint: CheckpointID?
    package var isCanarys: Bool
    /// False for what an arm of a launch answered beside production.
    package var isProductions: Bool
    /// A score that was not a probability, so that another tier answered.
    package var failedScore: Double?

    package init(key: UInt64, _ answer: ServingAnswer) {
        self.key = key
        probability = answer.probability
        tier = answer.tier ?? .constant
        checkpoint = answer.checkpoint
        isCanarys = answer.asksCanary
        isProductions = answer.arm == .production
        failedScore = answer.failedScore
    }
}

/// Counts since the start.
package struct ServedTotals: Sendable, Equatable {
    package var answers: [ServingTier: Int] = [:]
    package var canaryAnswers = 0
    package var failures = 0
    /// Answers that could not be logged: the engine took nothing more.
    package var unlogged = 0
}

private struct ServedTraffic {
    var totals = ServedTotals()
    var samples: [ServedSample] = []

    mutating func add(_ new: [ServedSample]) {
        for sample in new {
            totals.answers[sample.tier, default: 0] += 1
            if sample.isCanarys { totals.canaryAnswers += 1 }
            if sample.failedScore != nil { totals.failures += 1 }
        }
        let room = max(0, ModelDesk.Limits.sampleCountMax - samples.count)
        samples.append(contentsOf: new.prefix(room))
    }
}

extension ModelDesk {
    /// An answer was given that the log does not have.
    package func noteUnlogged(_ count: Int) {
        served.withLock { $0.totals.unlogged += count }
    }
}
