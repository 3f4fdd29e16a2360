import Launching
import Learning
import Operation
import Vocabulary
import World

/// The launches of a model, and the one that is under way: the file `launches` of its folder.
struct LaunchBook: Equatable {
    /// One launch, who began it, how it went up and down, and what became of it.
    struct Entry: Codable, Equatable {
        var id: LaunchID
        var terms: LaunchTerms
        var by: String
        var reason: String
        /// Wall time.
        var since: Instant
        /// The stream's time when it began.
        var begun: Instant
        /// What serves a stopped baseline.
        var stopped: CheckpointID?
        /// What keeps the traffic of arms from learning it.
        var exclusions: [ExclusionID]
        /// How a stopped baseline ages, as earlier launches measured it; nil where none did.
        var aging: [Aging]?
        var steps: [Step] = []
        var end: End?

        /// The step in force; nil while the candidate learns what came before.
        var current: Step? { steps.last }
    }

    /// Whom the candidate answers.
    enum Place: Equatable {
        case nobody
        /// Counts from 0.
        case stage(Int)

        var stage: Int? {
            switch self {
            case .nobody: nil
            case .stage(let stage): stage
            }
        }
    }

    /// A place that was entered.
    struct Step: Codable, Equatable {
        var place: Place
        /// Event time.
        var at: Instant
        /// Wall time.
        var since: Instant
        var by: String
        var reason: String
        /// The stage that is entered again by itself once the arms have caught up.
        var returnsTo: Int?
    }

    /// How a launch was over.
    struct End: Codable, Equatable {
        /// Wall time.
        var at: Instant
        var by: String
        var text: String
        /// How its stopped baseline aged; nil where nothing but age set it apart from an arm.
        var aging: [Aging]?
    }

    /// How a trainer with these settings falls behind in a metric, once it is stopped.
    struct Aging: Codable, Equatable {
        var metric: String
        /// What measured it.
        var launch: LaunchID
        var settings: LearnerSettings
        /// Drops are shares of the metric.
        var curve: DecayCurve
    }

    private(set) var entries: [Entry] = []

    init() {}

    /// The book of a model's folder; an empty one where there is no file. Throws a `LaunchFault`
    /// if the file is not what was written.
    init(of folder: String, disk: any Disk) throws {
        entries = try SealedJSON.list(
            of: Entry.self, at: Self.path(in: folder), disk, expecting: "a list of launches")
    }

    static func path(in folder: String) -> String { folder + "/launches" }

    func encode() throws -> [UInt8] { try SealedJSON.encode(entries) }

    /// The one that is under way.
    var current: Entry? { entries.last.flatMap { $0.end == nil ? $0 : nil } }

    func nextID(of model: ModelName) -> LaunchID {
        LaunchID(model: model, number: (entries.last?.id.number ?? 0) + 1)
    }

    /// Of each metric, the newest curve of a trainer with these settings.
    func aging(of metrics: [LaunchMetric], settings: LearnerSettings) -> [Aging] {
        metrics.compactMap { metric in
            entries.reversed().lazy.flatMap { $0.end?.aging ?? [] }
                .first { $0.metric == metric.name && $0.settings == settings }
        }
    }

    mutating func begin(_ entry: Entry) {
        entries.append(entry)
    }

    mutating func enter(_ step: Step) {
        guard let last = entries.indices.last else { return }
        entries[last].steps.append(step)
    }

    mutating func end(_ end: End) {
        guard let last = entries.indices.last, entries[last].end == nil else { return }
        entries[last].end = end
    }
}

/// In a file, the number of a stage or null.
extension LaunchBook.Place: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = container.decodeNil() ? .nobody : .stage(try container.decode(Int.self))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let stage { try container.encode(stage) } else { try container.encodeNil() }
    }
}

/// A file of a launch that cannot be trusted.
package struct LaunchFault: Error, CustomStringConvertible {
    package var path: String
    package var text: String

    package var description: String { "\(path): \(text)" }
}
