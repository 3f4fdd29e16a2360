import Numerics
import World

/// The content of a file: as programs see it, and as it would be found after a power failure.
final class FileNode {
    /// What was done to it and is not known to be on the disk.
    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(size: Int)
    }

    static let sectorSize = 512

    private(set) var bytes: [UInt8] = []
    private(set) var durable: [UInt8] = []
    private(set) var changes: [Change] = []
    /// True once a failed sync dropped bytes that programs still see.
    private(set) var hasLost = false
    /// Bits that are not what they were when they were written.
    private(set) var flippedBits: Set<Int> = []
    /// The start of the process that holds its lock.
    var lockedBy: Int?

    init() {}

    /// A file that has lain on the disk for long.
    init(_ content: [UInt8]) {
        bytes = content
        durable = content
    }

    func write(_ new: UnsafeRawBufferPointer, at offset: Int) {
        change(.write(offset: offset, bytes: Array(new)))
    }

    func truncate(to size: Int) {
        change(.truncate(size: size))
    }

    private func change(_ change: Change) {
        Self.apply(change, to: &bytes)
        changes.append(change)
    }

    func sync() {
        for change in changes { Self.apply(change, to: &durable) }
        changes = []
        if hasLost { hasLost = durable != bytes }
    }

    /// What Linux does: the error is told once, and what could not be written counts as clean.
    func failSync(_ random: inout SeededRandom) {
        if random.chance(0.3) {
            let kept = random.below(changes.count + 1)
            for change in changes.prefix(kept) { Self.apply(change, to: &durable) }
        }
        if !changes.isEmpty { hasLost = true }
        changes = []
    }

    func flip(bit: Int) {
        flippedBits.formSymmetricDifference([bit])
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        if bit / 8 < durable.count { durable[bit / 8] ^= 1 << UInt8(bit % 8) }
    }

    /// The power fails: of what was not synced, some has reached the disk, and some has not.
    func losePower(_ random: inout SeededRandom) {
        switch random.below(4) {
        case 0: break
        case 1: sync()
        case 2: keepPrefix(&random)
        default: keepSectors(&random)
        }
        bytes = durable
        changes = []
        hasLost = false
        lockedBy = nil
    }

    private func keepPrefix(_ random: inout SeededRandom) {
        guard !changes.isEmpty else { return }
        let kept = random.below(changes.count)
        for change in changes.prefix(kept) { Self.apply(change, to: &durable) }
        guard case .write(let offset, let bytes) = changes[kept] else { return }
        let torn = Array(bytes.prefix(random.below(bytes.count + 1)))
        Self.apply(.write(offset: offset, bytes: torn), to: &durable)
    }

    /// Sectors reach the disk in any order; the size of the file may have before its bytes.
    private func keepSectors(_ random: inout SeededRandom) {
        let old = durable
        let share = random.pick([0.1, 0.5, 0.9])
        if bytes.count < durable.count {
            if random.chance(0.5) { durable.removeLast(durable.count - bytes.count) }
        } else if random.chance(0.5) {
            durable += [UInt8](repeating: 0, count: bytes.count - durable.count)
        }
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.sectorSize, bytes.count)
            defer { start = end }
            if end <= old.count, bytes[start..<end] == old[start..<end] { continue }
            guard random.chance(share) else { continue }
            if durable.count < end {
                durable += [UInt8](repeating: 0, count: end - durable.count)
            }
            durable.replaceSubrange(start..<end, with: bytes[start..<end])
        }
    }

    private static func apply(_ change: Change, to content: inout [UInt8]) {
        switch change {
        case .truncate(let size):
            if size <= content.count {
                content.removeLast(content.count - size)
            } else {
                content += [UInt8](repeating: 0, count: size - content.count)
            }
        case .write(let offset, let bytes):
            if offset == content.count {
                content += bytes
                return
            }
            let end = offset + bytes.count
            if end > content.count {
                content += [UInt8](repeating: 0, count: end - content.count)
            }
            content.replaceSubrange(offset..<end, with: bytes)
        }
    }
}

/// An open file of a simulated disk; of no use once its process has ended.
final class SimulatedFile: DiskFile {
    let path: String
    private let node: FileNode
    private let disk: SimulatedDisk
    private let start: Int

    init(_ path: String, _ node: FileNode, _ disk: SimulatedDisk) {
        self.path = path
        self.node = node
        self.disk = disk
        start = disk.startCount
    }

    var isSeekable: Bool { true }

    func size() throws(DiskFault) -> Int {
        try disk.enter(.name, path, since: start)
        return node.bytes.count
    }

    func readOnce(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        try disk.enter(.read, path, since: start)
        var count = min(buffer.count, max(0, node.bytes.count - offset))
        if count > 1, disk.draws(\.shortRead) { count = 1 + disk.random.below(count - 1) }
        guard count > 0 else { return 0 }
        node.bytes.withUnsafeBytes { bytes in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
        }
        return count
    }

    func writeOnce(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        do throws(DiskFault) {
            try disk.enter(.write, path, since: start)
        } catch {
            // A process that is cut off may have written a part.
            if !disk.wasRunning { return try fail(error) }
            let torn = disk.random.below(bytes.count + 1)
            node.write(UnsafeRawBufferPointer(rebasing: bytes[..<torn]), at: offset)
            return try fail(error)
        }
        var count = bytes.count
        if count > 1, disk.draws(\.shortWrite) { count = 1 + disk.random.below(count - 1) }
        let growth = offset + count - node.bytes.count
        if growth > 0 {
            count -= growth - disk.takeSpace(growth)
            guard count > 0 else { return try fail(disk.fault("write", path, .noSpace)) }
        }
        node.write(UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: offset)
        return count
    }

    func sync() throws(DiskFault) {
        do throws(DiskFault) {
            try disk.enter(.sync, path, since: start)
        } catch {
            if disk.wasRunning, disk.isUp { node.failSync(&disk.random) }
            throw error
        }
        node.sync()
    }

    func truncate(to size: Int) throws(DiskFault) {
        try disk.enter(.write, path, since: start)
        disk.giveSpace(node.bytes.count - size)
        node.truncate(to: size)
    }

    func lock() throws(DiskFault) -> Bool {
        try disk.enter(.name, path, since: start)
        if let holder = node.lockedBy, holder == start { return false }
        node.lockedBy = start
        return true
    }

    private func fail(_ fault: DiskFault) throws(DiskFault) -> Int { throw fault }
}
