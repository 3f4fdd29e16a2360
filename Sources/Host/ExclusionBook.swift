import Foundation
import Numerics
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
    }

    /// The version of the file that is written, and the only one that is read.
    static let version = 1

    private(set) var entries: [Entry] = []
    /// The highest number that is known to have been given, where the file was lost.
    var lastNumber = 0

    /// In force, in the order of creation.
    var active: [Exclusion] { entries.filter { !$0.isUndone }.map(\.exclusion) }

    var reports: [ExclusionReport] {
        entries.filter { !$0.isUndone }.map { entry in
            ExclusionReport(
                id: entry.exclusion.id, text: entry.exclusion.text, by: entry.by,
                reason: entry.reason, since: entry.since)
        }
    }

    subscript(id: ExclusionID) -> Entry? { entries.first { $0.exclusion.id == id } }

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

    /// Takes in what a checkpoint was learned under, where the file is gone.
    mutating func adopt(_ exclusions: [Exclusion], at now: Instant) {
        for exclusion in exclusions {
            add(
                exclusion, by: Actor(user: "spindle", from: "engine"),
                reason: "found in a checkpoint", at: now)
        }
    }

    init() {}

    /// Throws an `ExclusionFault` if the file is not what was written.
    init(reading path: String, _ bytes: [UInt8]) throws {
        guard let newline = bytes.firstIndex(of: 0x0A) else {
            throw ExclusionFault(path: path, text: "expected two lines, found one")
        }
        let json = Array(bytes[..<newline])
        let digest = String(decoding: bytes[(newline + 1)...], as: UTF8.self)
        guard SHA256.digest(of: json).hex + "\n" == digest else {
            throw ExclusionFault(
                path: path, text: "the SHA-256 on its second line is not that of its first")
        }
        do {
            entries = try JSON.decode([Entry].self, from: Foundation.Data(json))
        } catch {
            throw ExclusionFault(path: path, text: "expected a list of exclusions: \(error)")
        }
    }

    /// The content of the file.
    func encode() throws -> [UInt8] {
        let json = [UInt8](try JSON.encode(entries))
        return json + [0x0A] + Array((SHA256.digest(of: json).hex + "\n").utf8)
    }
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
