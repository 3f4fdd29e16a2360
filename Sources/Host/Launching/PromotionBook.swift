import Engine
import Vocabulary
import World

/// Which settings a model learns by, where a launch's candidate became production: the file
/// `promotions` of its folder, which is on the disk before anything is learned by others.
///
/// Settings hold for the whole log, not from somewhere on: who is promoted learns it all anew. So a
/// learner follows from the log, what is left out, what was ridden through, and its settings; and
/// which ones a checkpoint was made by is told by its number.
struct PromotionBook: Equatable {
    /// Settings that came into force, and what was there before.
    struct Entry: Codable, Equatable {
        var learner: LearnerSettings
        var before: LearnerSettings
        /// What the configuration said then.
        var declared: LearnerSettings
        /// The number of the newest checkpoint then: all of higher numbers are by these settings.
        var madeAfter: Int
        /// Whose candidate it was; nil where a rollback went to a checkpoint of before any launch.
        var launch: LaunchID?
        var by: String
        var reason: String
        /// Wall time.
        var since: Instant
    }

    private(set) var entries: [Entry] = []

    init() {}

    /// The book of a model's folder; an empty one where there is no file. Throws a `LaunchFault`
    /// if the file is not what was written.
    init(of folder: String, disk: any Disk) throws {
        entries = try SealedJSON.list(
            of: Entry.self, at: Self.path(in: folder), disk, expecting: "a list of promotions")
    }

    static func path(in folder: String) -> String { folder + "/promotions" }

    func encode() throws -> [UInt8] { try SealedJSON.encode(entries) }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
    }

    /// What is in force. A configuration that says neither what it said then, nor what was
    /// promoted, is taken at its word, and fits no checkpoint.
    func learner(declared: LearnerSettings) -> LearnerSettings {
        guard let last = entries.last, [last.declared, last.learner].contains(declared) else {
            return declared
        }
        return last.learner
    }

    /// What a checkpoint was made by.
    func learner(ofCheckpoint number: Int, declared: LearnerSettings) -> LearnerSettings {
        entry(ofCheckpoint: number)?.learner ?? entries.first?.before ?? declared
    }

    /// Whose candidate a checkpoint descends from; nil where it is of before any launch.
    func launch(ofCheckpoint number: Int) -> LaunchID? { entry(ofCheckpoint: number)?.launch }

    private func entry(ofCheckpoint number: Int) -> Entry? {
        entries.last { $0.madeAfter < number }
    }

    /// The settings of a model whose folder this is, as they are in force.
    static func inForce(
        _ settings: ModelSettings, in folder: String, _ disk: any Disk
    ) throws -> ModelSettings {
        var settings = settings
        settings.learner = try PromotionBook(of: folder, disk: disk)
            .learner(declared: settings.learner)
        return settings
    }
}
