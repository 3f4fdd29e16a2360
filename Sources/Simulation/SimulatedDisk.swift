import Glibc
import Numerics
import World

/// A disk in memory that keeps apart what was written and what would survive a power failure, and
/// that fails by a plan.
///
/// A sync makes a file's bytes durable, a sync of its folder makes its name durable; a rename is
/// atomic, and durable with its folder. One thread uses it.
package final class SimulatedDisk: Disk, @unchecked Sendable {
    /// What a call does, for the chances of a plan.
    enum Call {
        case read
        case write
        case sync
        case name
        case book
    }

    enum Reason {
        case error
        case noSpace
        case notFound
    }

    private enum NameChange {
        case folder(String)
        case link(String, FileNode)
        case unlink(String)
        case rename(from: String, to: String)
    }

    package var plan = FaultPlan()
    /// Bytes that files may still grow by; nil for no limit.
    package var space: Int?
    package private(set) var callCount = 0
    /// Calls that failed by chance or by number, and not for want of space.
    package private(set) var faultCount = 0
    /// Calls that failed for want of space.
    package private(set) var refusalCount = 0
    /// False from a kill or a power failure until `start`.
    package private(set) var isUp = true
    var random: SeededRandom
    /// Counts the processes that used it.
    private(set) var startCount = 0
    /// Whether the process still ran when the call at hand began.
    private(set) var wasRunning = true

    private var ending = FaultPlan.Cut.killed
    private var files: [String: FileNode] = [:]
    private var folders: Set<String> = ["/", "."]
    private var durableFiles: [String: FileNode] = [:]
    private var durableFolders: Set<String> = ["/", "."]
    private var changes: [NameChange] = []

    package init(seed: UInt64) {
        random = SeededRandom(key: seed)
    }

    // MARK: what the simulator does

    /// A file that has lain there for long.
    package func place(_ path: String, _ content: [UInt8]) {
        let node = FileNode(content)
        files[path] = node
        durableFiles[path] = node
    }

    /// As programs see it; nil if there is no such file.
    package func content(_ path: String) -> [UInt8]? { files[path]?.bytes }

    /// All files as programs see them.
    package var contents: [String: [UInt8]] { files.mapValues(\.bytes) }

    package func paths(under folder: String) -> [String] {
        files.keys.filter { $0.hasPrefix(folder + "/") }.sorted()
    }

    package func isFlipped(_ path: String) -> Bool {
        files[path].map { !$0.flippedBits.isEmpty } ?? false
    }

    package func flip(bit: Int, of path: String) {
        files[path]?.flip(bit: bit)
    }

    /// The process is gone, from now on every call fails.
    package func cut(_ how: FaultPlan.Cut) {
        isUp = false
        ending = how
    }

    /// Another process may begin, on what the last one left.
    package func start() {
        // What a failed sync dropped is only in memory: the next process would take it for good.
        if ending == .powerLost || files.values.contains(where: { $0.hasLost }) { losePower() }
        ending = .killed
        isUp = true
        startCount += 1
    }

    private func losePower() {
        var cutOff: Set<String> = []
        for change in changes {
            // Of each folder, what was changed first is on the disk first.
            let folder = Self.folder(changedBy: change)
            if cutOff.contains(folder) || random.chance(0.4) {
                cutOff.insert(folder)
            } else {
                makeDurable(change)
            }
        }
        changes = []
        durableFolders = durableFolders.filter { hasDurableParents($0) }
        durableFiles = durableFiles.filter { hasDurableParents($0.key) }
        folders = durableFolders
        files = durableFiles
        for path in files.keys.sorted() { files[path]?.losePower(&random) }
    }

    private func hasDurableParents(_ path: String) -> Bool {
        var parent = Self.folder(of: path)
        while parent.count > 1 {
            guard durableFolders.contains(parent) else { return false }
            parent = Self.folder(of: parent)
        }
        return true
    }

    // MARK: faults

    /// Counts a call, and throws if it is to fail.
    func enter(_ call: Call, _ path: String, since start: Int? = nil) throws(DiskFault) {
        wasRunning = isUp && (start ?? startCount) == startCount
        guard wasRunning else { throw fault("reach", path, .error) }
        callCount += 1
        if let cut = plan.cut, cut.call == callCount {
            self.cut(cut.how)
        } else if draws(\.kill) {
            cut(.killed)
        } else if draws(\.powerLoss) {
            cut(.powerLost)
        }
        guard isUp else { throw fault("reach", path, .error) }
        if let full = plan.full {
            if callCount == full.lowerBound { space = 0 }
            if callCount > full.upperBound { (space, plan.full) = (nil, nil) }
        }
        let chance: KeyPath<FaultPlan, Double> =
            switch call {
            case .read: \.readError
            case .write: \.writeError
            case .sync: \.syncError
            case .name: \.nameError
            case .book: \.bookError
            }
        guard draws(chance) || plan.failingCall == callCount else { return }
        faultCount += 1
        throw fault("\(call)", path, .error)
    }

    /// True so often as the plan says.
    func draws(_ chance: KeyPath<FaultPlan, Double>) -> Bool {
        let chance = plan[keyPath: chance]
        return chance > 0 && random.chance(chance)
    }

    /// A place in a book, which needs a little space.
    func enterBook(_ name: String, size: Int) throws(DiskFault) {
        try enter(.book, name)
        guard takeSpace(size) == size else { throw fault("write", name, .noSpace) }
    }

    /// Gives as much as there is.
    func takeSpace(_ size: Int) -> Int {
        guard let space else { return size }
        let given = min(size, space)
        self.space = space - given
        return given
    }

    func giveSpace(_ size: Int) {
        if size > 0, let space { self.space = space + size }
    }

    func fault(_ operation: String, _ path: String, _ reason: Reason) -> DiskFault {
        if reason == .noSpace { refusalCount += 1 }
        let code =
            switch reason {
            case .error: EIO
            case .noSpace: ENOSPC
            case .notFound: ENOENT
            }
        return DiskFault(path: path, operation: operation, code: code)
    }
}

extension SimulatedDisk {
    package func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile {
        try enter(.name, path)
        if let node = files[path] { return SimulatedFile(path, node, self) }
        guard case .readWrite = mode, folders.contains(Self.folder(of: path)) else {
            throw fault("open", path, .notFound)
        }
        if space == 0 { throw fault("open", path, .noSpace) }
        let node = FileNode()
        files[path] = node
        changes.append(.link(path, node))
        return SimulatedFile(path, node, self)
    }

    package func createFolder(_ path: String) throws(DiskFault) {
        try enter(.name, path)
        guard !folders.contains(path) else { return }
        guard folders.contains(Self.folder(of: path)) else {
            throw fault("make the folder", path, .notFound)
        }
        if space == 0 { throw fault("make the folder", path, .noSpace) }
        folders.insert(path)
        changes.append(.folder(path))
    }

    package func exists(_ path: String) throws(DiskFault) -> Bool {
        try enter(.name, path)
        return files[path] != nil || folders.contains(path)
    }

    package func names(in folder: String) throws(DiskFault) -> [String] {
        try enter(.name, folder)
        let all =
            files.keys.filter { Self.folder(of: $0) == folder }
            + folders.filter { $0.count > 1 && Self.folder(of: $0) == folder }
        return all.map { String($0.dropFirst(folder.count + 1)) }.sorted()
    }

    package func rename(_ path: String, to newPath: String) throws(DiskFault) {
        try enter(.name, path)
        guard let node = files.removeValue(forKey: path) else {
            throw fault("rename", path, .notFound)
        }
        if let old = files[newPath] { giveSpace(old.bytes.count) }
        files[newPath] = node
        changes.append(.rename(from: path, to: newPath))
    }

    package func syncFolder(_ path: String) throws(DiskFault) {
        try enter(.sync, path)
        guard folders.contains(path) else { throw fault("open", path, .notFound) }
        let mine = changes.filter { Self.folder(changedBy: $0) == path }
        changes.removeAll { Self.folder(changedBy: $0) == path }
        for change in mine { makeDurable(change) }
    }

    package func remove(_ path: String) throws(DiskFault) {
        try enter(.name, path)
        guard let node = files.removeValue(forKey: path) else { return }
        giveSpace(node.bytes.count)
        changes.append(.unlink(path))
    }

    private func makeDurable(_ change: NameChange) {
        switch change {
        case .folder(let path): durableFolders.insert(path)
        case .link(let path, let node): durableFiles[path] = node
        case .unlink(let path): durableFiles[path] = nil
        case .rename(let from, let to): durableFiles[to] = durableFiles.removeValue(forKey: from)
        }
    }

    private static func folder(changedBy change: NameChange) -> String {
        switch change {
        case .folder(let path), .link(let path, _), .unlink(let path): folder(of: path)
        case .rename(_, let to): folder(of: to)
        }
    }
}
