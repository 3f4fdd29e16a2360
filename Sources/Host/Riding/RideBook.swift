import Operation
import Vocabulary
import World

/// What a model rode through, and rides through now: the file `rides` of its folder, which is on
/// the disk before anything is learned with smaller steps, so that no crash forgets a ride.
///
/// A ride that is over stays: a replay learns its entries as they were learned then.
struct RideBook: Equatable {
    /// One ride, who began it, and what became of it.
    struct Entry: Codable, Equatable {
        var ride: Ride
        var event: String
        var by: String
        var reason: String
        /// Wall time.
        var since: Instant
        /// The stream's time when it began.
        var begun: Instant
        var guards: RideGuards
        /// The checkpoint that is kept, and where its batch of the training log begins.
        var wayBack: CheckpointID
        var wayBackOffset: UInt64
        /// What the guards compare with.
        var before: RideBaseline
        var end: End?
    }

    /// How a ride was over.
    struct End: Codable, Equatable {
        /// Wall time.
        var at: Instant
        var by: String
        var text: String
        /// A guard has stopped training.
        var isTripped: Bool
    }

    /// The version of the file that is written, and the only one that is read.
    static let version = 1

    private(set) var entries: [Entry] = []

    init() {}

    /// Throws a `RideFault` if the file is not what was written.
    init(reading path: String, _ bytes: [UInt8]) throws {
        do throws(SealedJSON.Fault) {
            entries = try SealedJSON.decode([Entry].self, bytes, expecting: "a list of rides")
        } catch {
            throw RideFault(path: path, text: error.text)
        }
    }

    /// The book of a model's folder; an empty one where there is no file.
    init(of folder: String, disk: any Disk) throws {
        self.init()
        let path = Self.path(in: folder)
        guard try disk.exists(path) else { return }
        self = try RideBook(reading: path, try disk.read(path))
    }

    static func path(in folder: String) -> String { folder + "/rides" }

    func encode() throws -> [UInt8] { try SealedJSON.encode(entries) }

    var rides: [Ride] { entries.map(\.ride) }

    /// The one that is under way.
    var current: Entry? { entries.last.flatMap { $0.end == nil ? $0 : nil } }

    /// The newest one's way back stays until another ride begins.
    var kept: Entry? { entries.last }

    func nextID(of model: ModelName) -> RideID {
        RideID(model: model, number: (entries.last?.ride.id.number ?? 0) + 1)
    }

    mutating func begin(_ entry: Entry) {
        entries.append(entry)
    }

    /// The one under way ends before an entry of the training log.
    mutating func end(before sequence: UInt64, _ end: End) {
        guard let last = entries.indices.last, entries[last].end == nil else { return }
        entries[last].ride.to = sequence
        entries[last].end = end
    }
}

/// A file of rides that cannot be trusted: nothing is trained until somebody looked at it.
package struct RideFault: Error, CustomStringConvertible {
    package var path: String
    package var text: String

    package var description: String {
        "\(path): \(text); restore it: without it what was ridden through would be learned with "
            + "whole steps"
    }
}
