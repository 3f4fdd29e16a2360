import Checkpointing
import Learning
import Recording
import Shop
import Vocabulary

/// The formats of the files in a state directory that have a version.
package enum StateFormat: String, Codable, CaseIterable, Sendable {
    case checkpoint
    case learner
    case rawLog = "raw_log"
    case trainingLog = "training_log"
    case journal
    case quarantine
    case exclusions
    case rides
    case latch
    case serving
    case fallback
    case shopState = "shop_state"

    /// The version that this program writes.
    package var written: Int {
        switch self {
        case .checkpoint: Int(CheckpointFile.version)
        case .learner: Int(LearnerSnapshot.version)
        case .rawLog, .trainingLog: BatchHeader.version
        case .journal: Journal.version
        case .quarantine: Quarantine.version
        case .exclusions: ExclusionBook.version
        case .rides: RideBook.version
        case .latch: Latch.version
        case .serving: ServingState.version
        case .fallback: FallbackFolder.version
        case .shopState: Int(YarnShop.version)
        }
    }

    /// True if every engine writes it, whatever its models are.
    var isAlwaysWritten: Bool {
        switch self {
        case .checkpoint, .learner, .rawLog, .trainingLog, .journal, .quarantine, .latch: true
        case .serving: true
        case .exclusions, .rides, .fallback, .shopState: false
        }
    }

    /// The versions that this program reads.
    package var read: [Int] {
        switch self {
        case .serving: ServingState.versionsRead
        case .checkpoint: CheckpointFile.versionsRead.map(Int.init)
        case .learner, .rawLog, .trainingLog, .journal, .quarantine, .exclusions, .rides, .latch,
            .fallback, .shopState:
            [written]
        }
    }
}

/// One format as a build knows it. The name is a text: other builds know other formats.
package struct FormatSupport: Codable, Sendable, Equatable {
    package var format: String
    package var writes: Int
    package var reads: [Int]
}

/// What a build says of itself: `spindle formats --json`.
package struct BuildFormats: Codable, Sendable, Equatable {
    package var version: String
    package var formats: [FormatSupport]

    /// This program's.
    package static let own = BuildFormats(
        version: spindleVersion,
        formats: StateFormat.allCases.map {
            FormatSupport(format: $0.rawValue, writes: $0.written, reads: $0.read)
        })
}

/// A format that a state directory holds, or that the engine which has it writes until its end.
package struct HeldFormat: Codable, Sendable, Equatable {
    package var format: StateFormat
    package var version: Int
    /// A file that has it, seen from the state directory; nil if it will only be written.
    package var path: String?

    /// Why a build cannot be given this; nil if it can.
    package func objection(to build: BuildRecord) -> String? {
        let reads = build.formats.first { $0.format == format.rawValue }?.reads ?? []
        guard !reads.contains(version) else { return nil }
        let known = reads.isEmpty ? "none" : reads.map(String.init).joined(separator: ", ")
        return "\(path ?? "what the running build writes") has version \(version) of the format "
            + "\(format.rawValue); build \(build.id) reads \(known)"
    }
}
