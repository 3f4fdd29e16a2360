import CShims
import Engine
import Operation
import Synchronization
import Vocabulary
import World

/// A stop that nobody asked the engine for: a file that any shell can make, or a signal.
package struct OutsideStop: Sendable, Equatable {
    package var scope: ActScope
    package var hold: Hold
    /// The models that were running.
    package var changed: [ModelName]
    /// Nil for a signal.
    var path: String?
}

/// Stops from beside the engine, for one that hangs or cannot be reached: `STOP` in the state
/// directory is for all models, `models/NAME/STOP` for one, the signal `SIGUSR1` for all.
///
/// A trainer looks before every few examples whether a look is due. So one that was halted, by a
/// signal or by its disk, looks before it goes on. A file is removed once the latch has it. What
/// has the name and is no file stops as well, and is not opened: a named pipe waits for a writer.
final class OutsideStops: Sendable {
    private enum Limits {
        static let lookInterval = Span(microseconds: 50_000)
        static let reasonSizeMax = 16_384
    }

    private struct State {
        var take: (@Sendable (ModelName, Hold) -> Bool)?
        /// Files that were taken and are still there.
        var known: Set<String> = []
        /// Taken in memory, not yet on the disk.
        var unwritten: [OutsideStop] = []
    }

    private struct Place: Sendable {
        var scope: ActScope
        var path: String
    }

    private let models: [ModelName]
    private let places: [Place]
    private let disk: any Disk
    private let clock: any HostClock
    private let nextLook = Atomic<Int64>(.min)
    private let signalsSeen = Atomic<Int32>(0)
    private let state = Mutex(State())

    init(_ folder: String, models: [ModelName], world: HostWorld) {
        self.models = models.sorted()
        (disk, clock) = (world.disk, world.clock)
        let scopes = [.all] + self.models.map { ActScope.model($0) }
        places = scopes.filter { _ in world.takesStopFiles }.map { scope in
            Place(scope: scope, path: Self.path(in: folder, scope))
        }
    }

    /// The file that stops some models.
    static func path(in folder: String, _ scope: ActScope) -> String {
        switch scope {
        case .all: folder + "/STOP"
        case .model(let name): "\(folder)/models/\(name)/STOP"
        }
    }

    /// `take` stops a model in memory; false if it was stopped before.
    func begin(_ take: @escaping @Sendable (ModelName, Hold) -> Bool) {
        state.withLock { $0.take = take }
        look()
    }

    func end() {
        state.withLock { $0.take = nil }
    }

    /// On a trainer's way: without a signal, and soon after the last look, it reads a clock.
    func lookIfDue() {
        guard !places.isEmpty,
            clock.monotonic().microseconds >= nextLook.load(ordering: .relaxed)
                || spindle_stop_signals() != signalsSeen.load(ordering: .relaxed)
        else { return }
        look()
    }

    private func look() {
        let next = clock.monotonic() + Limits.lookInterval
        nextLook.store(next.microseconds, ordering: .relaxed)
        state.withLock { state in
            for place in places { look(at: place, &state) }
            let signals = spindle_stop_signals()
            guard signalsSeen.exchange(signals, ordering: .relaxed) != signals else { return }
            take(
                .all,
                Hold(
                    by: ThisProcess.userName(of: UInt32(bitPattern: spindle_stop_user())),
                    from: "process \(spindle_stop_sender())", reason: "signal SIGUSR1",
                    since: clock.now()), path: nil, &state)
        }
    }

    private func look(at place: Place, _ state: inout State) {
        let kind: FileKind
        do throws(DiskFault) {
            guard let found = try disk.kind(of: place.path) else {
                state.known.remove(place.path)
                return
            }
            kind = found
        } catch {
            // What cannot be looked for is looked for again; the disk's trouble shows elsewhere.
            return
        }
        guard state.known.insert(place.path).inserted else { return }
        let hold = Hold(
            by: disk.owner(of: place.path) ?? "somebody", from: place.path,
            reason: kind == .file
                ? reason(in: place.path) : "a stop file that is a \(kind.rawValue)",
            since: clock.now())
        take(place.scope, hold, path: place.path, &state)
    }

    private func take(_ scope: ActScope, _ hold: Hold, path: String?, _ state: inout State) {
        let changed = models.filter { scope.covers($0) && state.take?($0, hold) ?? false }
        state.unwritten.append(
            OutsideStop(scope: scope, hold: hold, changed: changed, path: path))
    }

    /// What the file says, or that it is there: an unreadable one stops as well.
    private func reason(in path: String) -> String {
        do throws(DiskFault) {
            // Only its first line counts, which need not be long.
            guard try disk.open(path, .read).size() <= Limits.reasonSizeMax else {
                return "a stop file"
            }
            let text = String(decoding: try disk.read(path), as: UTF8.self)
            let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            let reason = String(line.prefix(Latch.Limits.reasonLengthMax))
            return reason.allSatisfy(\.isWhitespace) ? "a stop file" : reason
        } catch {
            return "a stop file that cannot be read"
        }
    }

    func takeUnwritten() -> [OutsideStop] {
        state.withLock { state in
            defer { state.unwritten = [] }
            return state.unwritten
        }
    }

    func giveBack(_ stops: [OutsideStop]) {
        state.withLock { $0.unwritten = stops + $0.unwritten }
    }

    /// The latch has it.
    func remove(_ stop: OutsideStop) {
        guard let path = stop.path else { return }
        state.withLock { state in
            do throws(DiskFault) {
                try disk.remove(path)
                state.known.remove(path)
            } catch {
                // It stays, and keeps its models from a resume, which says so.
            }
        }
    }

    func file(for scope: ActScope) -> String? {
        places.first { place in
            guard place.scope == .all || scope == .all || place.scope == scope else { return false }
            do throws(DiskFault) {
                return try disk.kind(of: place.path) != nil
            } catch {
                return true
            }
        }?.path
    }

    /// Makes the file, beside an engine that does not answer.
    static func make(in folder: String, _ scope: ActScope, reason: String, disk: any Disk) throws {
        let path = path(in: folder, scope)
        do throws(DiskFault) {
            try disk.replace(path, with: Array((reason + "\n").utf8))
        } catch {
            guard error.isNoSpace else { throw error }
            // An empty one needs no room beyond its name.
            _ = try disk.open(path, .readWrite)
            try disk.syncFolder(LocalDisk.folder(of: path))
        }
    }
}
