import Engine
import Foundation
import Numerics
import Operation
import Synchronization
import Vocabulary
import World

/// The hold of one model as its trainer sees it: an atomic, and who set it.
final class ModelHold: HoldSwitch {
    private let clock: any HostClock
    /// Stops from beside the engine; looked at now and then.
    private let outside: OutsideStops
    private let flag = Atomic<Bool>(false)
    private let holder = Mutex<Hold?>(nil)
    private let released = Mutex<Instant?>(nil)

    init(_ clock: any HostClock, outside: OutsideStops) {
        (self.clock, self.outside) = (clock, outside)
    }

    var isHeld: Bool {
        if flag.load(ordering: .acquiring) { return true }
        outside.lookIfDue()
        return flag.load(ordering: .acquiring)
    }

    /// As it is in memory.
    var isTaken: Bool { flag.load(ordering: .acquiring) }
    var hold: Hold? { isTaken ? holder.withLock { $0 } : nil }

    /// False if it was held already; the first holder stays.
    func take(_ hold: Hold) -> Bool {
        flag.store(true, ordering: .releasing)
        return holder.withLock { held in
            guard held == nil else { return false }
            held = hold
            return true
        }
    }

    func stop(because reason: String) -> Bool {
        let text = String(reason.prefix(Latch.Limits.reasonLengthMax))
        return take(Hold(ofTrainerBecause: text, since: clock.now()))
    }

    /// When it was last released by this process; nil if never.
    var releasedAt: Instant? { released.withLock { $0 } }

    /// False if nobody held it.
    func release(at now: Instant) -> Bool {
        released.withLock { $0 = now }
        let wasHeld = holder.withLock { held in
            defer { held = nil }
            return held != nil
        }
        flag.store(false, ordering: .releasing)
        return wasHeld
    }
}

/// The red button's memory: which models are held, on disk before anybody is told.
///
/// Two slots of a file that was made in advance are written in turn, in place, so that it needs
/// no disk space, and a torn write leaves the other slot. A slot that cannot be read holds
/// everything, for it may be the newer one: not knowing is no reason to train.
///
/// A file `STOP`, which any shell can make, and a signal hold too: see `OutsideStops`.
package final class Latch: Sendable {
    /// The version of the file that is written, and the only one that is read.
    static let version = 1

    enum Limits {
        static let slotSize = 65_536
        static let reasonLengthMax = 400
    }

    private let holds: [ModelName: ModelHold]
    private let file: Mutex<LatchFile>
    private let outside: OutsideStops

    package init(_ path: String, models: [ModelName], world: HostWorld) throws {
        var holds: [ModelName: ModelHold] = [:]
        let outside = OutsideStops(
            LocalDisk.folder(of: path), models: models, world: world)
        self.outside = outside
        for model in models { holds[model] = ModelHold(world.clock, outside: outside) }
        let opened = try LatchFile(path, disk: world.disk)
        for (name, hold) in opened.holds {
            if let model = ModelName(name) { _ = holds[model]?.take(hold) }
        }
        if !opened.isWhole {
            for hold in holds.values {
                _ = hold.take(
                    Hold(
                        by: "spindle", from: path, reason: "the latch could not be read",
                        since: world.clock.now()))
            }
        }
        self.holds = holds
        file = Mutex(opened)
        // What was asked for while nothing ran counts before anything is trained.
        let known = holds
        outside.begin { model, hold in known[model]?.take(hold) ?? false }
    }

    deinit {
        // It refers to the holds, which refer to it.
        outside.end()
    }

    package var isAnyHeld: Bool { holds.values.contains { $0.isTaken } }

    /// Stops from beside the engine that were taken in memory, and not written down yet.
    package func takeOutsideStops() -> [OutsideStop] {
        outside.lookIfDue()
        return outside.takeUnwritten()
    }

    /// They could not be written down: they are taken again.
    package func giveBack(_ stops: [OutsideStop]) {
        outside.giveBack(stops)
    }

    /// They are on the disk: the file that asked for them has done its part.
    package func settle(_ stop: OutsideStop) {
        outside.remove(stop)
    }

    /// A file that keeps some models stopped; nil if there is none.
    package func stopFile(for scope: ActScope) -> String? {
        outside.file(for: scope)
    }

    package func holdSwitch(of model: ModelName) -> any HoldSwitch {
        guard let hold = holds[model] else { preconditionFailure("a latch knows all models") }
        return hold
    }

    package func hold(of model: ModelName) -> Hold? { holds[model]?.hold }

    /// When this process last let a model train again; nil if it never had to.
    package func releasedAt(_ model: ModelName) -> Instant? { holds[model]?.releasedAt }

    package func models(in scope: ActScope) -> [ModelName] {
        holds.keys.filter { scope.covers($0) }.sorted()
    }

    /// Stops training and pushing, in memory: never blocks, never fails. `save` follows before
    /// anybody is told. Gives the models that were running.
    package func hold(
        _ scope: ActScope, by actor: Actor, reason: String, at now: Instant
    ) -> [ModelName] {
        let hold = Hold(
            by: actor.user, from: actor.from,
            reason: String(reason.prefix(Limits.reasonLengthMax)), since: now)
        return models(in: scope).filter { holds[$0]?.take(hold) ?? false }
    }

    /// Puts the latch on disk as it is.
    package func save() throws {
        try save(without: [])
    }

    /// Lets training and pushing go on: the disk first, then the atomics.
    package func release(_ scope: ActScope, at now: Instant) throws -> [ModelName] {
        let released = holds.keys.filter { scope.covers($0) && holds[$0]?.isTaken == true }
            .sorted()
        guard !released.isEmpty else { return [] }
        try save(without: released)
        for model in released { _ = holds[model]?.release(at: now) }
        return released
    }

    private func save(without released: [ModelName]) throws {
        try file.withLock { file in
            var held: [String: Hold] = [:]
            for (model, hold) in holds where !released.contains(model) {
                if let hold = hold.hold { held[model.text] = hold }
            }
            try file.write(held)
        }
    }
}

/// The latch's file: two slots of u64 XXH64, u64 generation, u32 size, JSON.
private struct LatchFile {
    let file: any DiskFile
    /// What the newest slot that can be read says.
    private(set) var holds: [String: Hold] = [:]
    /// Whether both slots can be read.
    private(set) var isWhole = false
    private var generation: UInt64 = 0

    init(_ path: String, disk: any Disk) throws {
        if try !disk.exists(path) { try disk.replace(path, with: Self.empty()) }
        file = try disk.open(path, .readWrite)
        // What an earlier process wrote and was killed over counts from now on.
        try file.sync()
        var bytes = [UInt8](repeating: 0, count: 2 * Latch.Limits.slotSize)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        guard count == bytes.count else { return }
        let size = Latch.Limits.slotSize
        let isFirstWhole = read(Array(bytes[..<size]))
        isWhole = read(Array(bytes[size...])) && isFirstWhole
    }

    /// False if the slot is not what was written.
    private mutating func read(_ slot: [UInt8]) -> Bool {
        let parts = slot.withUnsafeBytes { buffer in
            (
                buffer.loadUnaligned(as: UInt64.self),
                buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                Int(buffer.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
            )
        }
        guard parts.2 <= slot.count - 20, Self.checksum(slot, size: parts.2) == parts.0 else {
            return false
        }
        guard parts.1 > generation else { return true }
        do {
            let json = Foundation.Data(slot[20..<20 + parts.2])
            holds = try JSONDecoder().decode([String: Hold].self, from: json)
            generation = parts.1
            return true
        } catch {
            // A slot that matches its checksum and is no JSON was written by another version.
            return false
        }
    }

    /// A file that holds nothing.
    private static func empty() throws -> [UInt8] {
        try slot([:], generation: 2) + slot([:], generation: 1)
    }

    /// Writes one slot; both after a start that could not read both.
    mutating func write(_ holds: [String: Hold]) throws {
        try writeSlot(holds)
        guard !isWhole else { return }
        try writeSlot(holds)
        isWhole = true
    }

    private mutating func writeSlot(_ holds: [String: Hold]) throws {
        let slot = try Self.slot(holds, generation: generation + 1)
        let offset = Int((generation + 1) % 2) * Latch.Limits.slotSize
        try slot.withUnsafeBytes { try file.write($0, at: offset) }
        try file.sync()
        // After a failure the next attempt goes to the same slot: the other one is good.
        generation += 1
    }

    private static func slot(_ holds: [String: Hold], generation: UInt64) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(holds)
        guard json.count <= Latch.Limits.slotSize - 20 else {
            throw DiskFault(path: "latch", operation: "write", code: EFBIG)
        }
        var slot = [UInt8](repeating: 0, count: Latch.Limits.slotSize)
        slot.withUnsafeMutableBytes { buffer in
            buffer.storeBytes(of: generation, toByteOffset: 8, as: UInt64.self)
            buffer.storeBytes(of: UInt32(json.count), toByteOffset: 16, as: UInt32.self)
        }
        slot.replaceSubrange(20..<20 + json.count, with: json)
        let checksum = Self.checksum(slot, size: json.count)
        slot.withUnsafeMutableBytes { $0.storeBytes(of: checksum, as: UInt64.self) }
        return slot
    }

    private static func checksum(_ slot: [UInt8], size: Int) -> UInt64 {
        slot.withUnsafeBytes { XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0[8..<20 + size])) }
    }
}
