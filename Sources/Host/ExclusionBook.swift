import Operation
import Vocabulary
import World

/// What a model leaves out, and what it ever left out: the file `exclusions` of its folder, which
/// is on the disk before the learner changes, so that no crash forgets a purge.
///
/// One line of JSON, and on a second line its SHA-256.
struct ExclusionBook {
    /// One exclusion, who made it, and whether it still holds.
    struct Entry: Codable, Equatable {
        var exclusion: Exclusion
        var by: String
        var reason: String
        /// Wall time.
        var since: Instant
        var isUndone = false

        var report: ExclusionReport {
            ExclusionReport(
                id: exclusion.id, text: exclusion.text, by: by, reason: reason, since: since)
        }
    }

    /// The version of the file that is written, and the only one that is read.
    static let version = 1

    private(set) var entries: [Entry] = []
    /// The highest number that is known to have been given, where the file was lost.
    var lastNumber = 0

    /// In force, in the order of creation.
    var active: [Exclusion] { entries.filter { !$0.isUndone }.map(\.exclusion) }

    var reports: [ExclusionReport] {
        entries.filter { !$0.isUndone }.map(\.report)
    }

    subscript(id: ExclusionID) -> Entry? { entries.first { $0.exclusion.id == id } }

    /// True for a checkpoint whose learner has met what was erased from the logs later.
    func hasErasedWhatMet(_ report: CheckpointReport) -> Bool {
        active.contains { exclusion in
            guard case .erasure(let from, _) = exclusion.what else { return false }
            return report.reach > from && !report.exclusions.contains(exclusion.id)
        }
    }

    func nextID(of model: ModelName) -> ExclusionID {
        ExclusionID(
            model: model, number: max(lastNumber, entries.last?.exclusion.id.number ?? 0) + 1)
    }

    mutating func add(_ exclusion: Exclusion, by actor: Actor, reason: String, at now: Instant) {
        entries.append(
            Entry(exclusion: exclusion, by: actor.user, reason: reason, since: now))
    }

    mutating func undo(_ id: ExclusionID) {
        for index in entries.indices where entries[index].exclusion.id == id {
            entries[index].isUndone = true
        }
    }

    /// What comes from an event time on is no longer left out by it.
    mutating func close(_ id: ExclusionID, at time: Instant) {
        for index in entries.indices where entries[index].exclusion.id == id {
            guard case .examples(var selection) = entries[index].exclusion.what else { continue }
            selection.to = min(selection.to, max(time, selection.from + Span(microseconds: 1)))
            entries[index].exclusion.what = .examples(selection)
        }
    }

    /// Takes in what a checkpoint was learned under, where the file is gone.
    mutating func adopt(_ exclusions: [Exclusion], at now: Instant) {
        for exclusion in exclusions {
            add(
                exclusion, by: Actor(user: "spindle", from: "engine"),
                reason: "found in a checkpoint", at: now)
        }
    }

    init() {}

    static func path(in folder: String) -> String { folder + "/exclusions" }

    /// A model's, by its folder; empty where there is no file. Throws an `ExclusionFault` if the
    /// file is not what was written.
    init(of folder: String, disk: any Disk) throws {
        let path = Self.path(in: folder)
        guard try disk.exists(path) else { return }
        self = try ExclusionBook(reading: path, try disk.read(path))
    }

    /// Throws an `ExclusionFault` if the file is not what was written.
    init(reading path: String, _ bytes: [UInt8]) throws {
        do throws(SealedJSON.Fault) {
            entries = try SealedJSON.decode([Entry].self, bytes, expecting: "a list of exclusions")
        } catch {
            throw ExclusionFault(path: path, text: error.text)
        }
    }

    /// The content of the file.
    func encode() throws -> [UInt8] { try SealedJSON.encode(entries) }
}

/// A file of exclusions that cannot be trusted: nothing is trained until somebody looked at it.
package struct ExclusionFault: Error, CustomStringConvertible {
    package var path: String
    package var text: String

    package var description: String {
        "\(path): \(text); restore it, or remove it to go on with what the newest checkpoint "
            + "leaves out"
    }
}
