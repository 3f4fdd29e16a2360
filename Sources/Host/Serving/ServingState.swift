import Foundation
import Launching
import Operation
import Vocabulary

/// What serves one model, and how far the newest candidate has come: the file `serving` of the
/// model's folder, so that a restart goes on where it was.
struct ServingState: Codable {
    /// The version of the file that is written.
    static let version = 2
    /// The first had the stable checkpoint's id alone.
    static let versionsRead = [1, 2]

    static func version(of bytes: [UInt8]) -> Int {
        CheckpointID(String(decoding: bytes, as: UTF8.self)) == nil ? 2 : 1
    }

    /// What has all of the traffic, or all that the canary leaves.
    var stable: CheckpointID?
    /// What served before it.
    var lastGood: CheckpointID?
    /// What the stable one is made of, besides its weights.
    var design: ModelDesign?
    var ramp: Ramp?
    var pacing: PushPacing
    /// Passed its validation, and is to be pushed.
    var waiting: CheckpointID?
    var hold: HoldReport?
    /// Digest of the design whose launch was approved, and by whom.
    var approvedDesign: String?
    var approvedBy: String?
    /// Faults that the next candidate is to have.
    var faults: [FaultName] = []

    init(_ settings: RampSettings) {
        pacing = PushPacing(settings)
    }

    /// Earlier versions wrote the stable checkpoint's id alone.
    init(_ bytes: [UInt8], _ settings: RampSettings) throws {
        if let id = CheckpointID(String(decoding: bytes, as: UTF8.self)) {
            self.init(settings)
            stable = id
            return
        }
        self = try JSON.decode(ServingState.self, from: Foundation.Data(bytes))
        pacing.follow(settings)
    }
}

/// How the checkpoints of one model come to traffic. Owned by the engine's thread.
struct PushProgress {
    var state: ServingState
    /// The candidate that waits, as it would answer.
    var waiting: ServedCandidate?
    /// The candidate on its ramp.
    var candidate: ServedCandidate?
    var canaryArm: ArmStatistics
    var controlArm: ArmStatistics
    /// What the ramp, or the waiting candidate, waits for.
    var text = ""
    var lastStep = Instant.distantPast
    /// What the last push that did not arrive came to; nil after one that did.
    var returned: String?
    /// What is not what was pushed; nil if it is.
    var mismatch: String?
    /// Why a push would not arrive, as the newest probe found; nil if it would.
    var probeFault: String?
    /// Not written yet: the disk may be full for a while.
    var unwritten: [JournalDraft] = []
    var changedReports: [CheckpointID] = []
    var isChanged = false

    init(_ state: ServingState) {
        self.state = state
        canaryArm = ArmStatistics(since: .distantPast)
        controlArm = ArmStatistics(since: .distantPast)
    }

    mutating func changeArm(isCanarys: Bool, _ body: (inout ArmStatistics) -> Void) {
        if isCanarys { body(&canaryArm) } else { body(&controlArm) }
    }

    mutating func restartArms(at now: Instant) {
        canaryArm = ArmStatistics(since: now)
        controlArm = ArmStatistics(since: now)
    }
}
