import Engine
import Ingestion
import Learning
import Numerics
import Operation
import Serving
import Synchronization
import Vocabulary
import World

/// Who switched a model to its fallback, kept in a file so that it outlives the process.
struct FallbackSwitch: Codable, Sendable, Equatable {
    var tier: ServingTier
    var by: String
    var from: String
    var reason: String
    /// Wall time.
    var since: Instant
}

/// The fallback of one model, switched by hand or because a tier failed. From any thread: it must
/// work while the engine's is stuck.
extension ModelDesk {
    /// The first tier below the checkpoints that can answer.
    package var simplestReady: ServingTier {
        current.table == nil || faults[.table] != nil ? .constant : .table
    }

    /// From the next request on no tier above this one answers; nil for the model again.
    func turn(_ new: FallbackSwitch?) {
        switchState.withLock { $0 = new }
        change { $0.firstTier = new?.tier ?? .model }
    }

    /// Writes the switch down.
    func keepSwitch() throws {
        try fallback.write(switched)
    }

    /// Every tier answers a question that is always the same; what does not is passed over until
    /// it does again.
    package func testTiers(with room: ScoringRow = ScoringRow()) {
        let plan = current
        var found: [ServingTier: String] = [:]
        for tier in ServingTier.allCases {
            if let text = fault(of: tier, plan, room) { found[tier] = text }
        }
        let failed = ServingTier.allCases.filter { found[$0] != nil }
        change { $0.failedTiers = failed }
        tests.withLock { tests in
            tests.faults = found
            let isBroken = plan.stable != nil && found[.model] != nil
            tests.failedSince = isBroken ? tests.failedSince ?? WallClock.now() : nil
        }
    }

    private func fault(
        of tier: ServingTier, _ plan: ServingPlan, _ room: ScoringRow
    ) -> String? {
        switch tier {
        case .model, .lastGood: plan.model(of: tier).flatMap { Self.fault(of: $0, room) }
        case .table: fallback.fault(ofTable: plan.table)
        case .constant: fallback.fault(ofConstant: plan.constant)
        }
    }

    /// A row of nothing has the bias alone: a learner whose answer to it is no probability has
    /// lost what all answers rest on.
    private static func fault(of served: ServedModel, _ room: ScoringRow) -> String? {
        var bytes = [UInt64](repeating: 0, count: EntryLayout.headerSize / 8)
        bytes[0] = UInt64(EntryLayout.headerSize)
        let score = bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { served.learner.score(EntryView($0), in: room) } ?? .nan
        }
        let probability = Entropy.sigmoid(score)
        guard !(probability >= 0 && probability <= 1) else { return nil }
        return "\(served.checkpoint) answers \(probability), expected a probability"
    }
}
