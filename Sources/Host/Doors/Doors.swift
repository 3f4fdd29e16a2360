import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Vocabulary
import World

/// The engine's doors to the world: HTTP on the control socket, and on TCP where configured.
///
/// They open before any model is recovered, with what the fallbacks have, and stay open when the
/// engine has failed.
package final class Doors: Sendable {
    let settings: DoorSettings
    let desk: ServingDesk
    let counts: [DoorCounts]
    private let engine = Mutex<EngineHost?>(nil)
    private let drain = Atomic<Bool>(false)
    private let underWay = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)
    private let group: MultiThreadedEventLoopGroup
    private let open = Mutex<Open>(Open())

    private struct Open {
        var channels: [any Channel] = []
        var socket: String?
        var addresses: [String] = []
    }

    package init(_ settings: DoorSettings, desk: ServingDesk) {
        self.settings = settings
        self.desk = desk
        let count = settings.threadCount ?? System.coreCount
        group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        counts = (0..<count).map { _ in DoorCounts() }
    }

    /// What acts and the status are asked of; nil while the engine starts.
    var host: EngineHost? { engine.withLock { $0 } }
    /// True once no new connection is taken.
    var isDraining: Bool { drain.load(ordering: .acquiring) }
    /// The TCP addresses that are listened on, with their ports.
    package var addresses: [String] { open.withLock { $0.addresses } }

    package func attach(_ host: EngineHost) {
        engine.withLock { $0 = host }
        host.note(listens: addresses)
    }

    /// Takes connections on a Unix domain socket, which the engine's user and root may use.
    package func listen(onSocket path: String) throws {
        let channel = try bootstrap(isSocket: true).bind(
            unixDomainSocketPath: path, cleanupExistingSocketFile: true
        ).wait()
        _ = Self.share(path, false)
        open.withLock {
            $0.channels.append(channel)
            $0.socket = path
        }
    }

    /// Lets the socket be used by the engine's user and group alone, or by everybody who may enter
    /// the state directory; false if that cannot be.
    static func share(_ path: String, _ isShared: Bool) -> Bool {
        chmod(path, isShared ? 0o666 : 0o660) == 0
    }

    /// Takes connections on every address of the settings. Gives what could not be taken, in
    /// words; throws where one that must be cannot.
    package func listenOnTCP() throws -> [String] {
        var faults: [String] = []
        for address in settings.listens {
            do {
                // A port of an engine that has just ended may be taken at once.
                let channel = try bootstrap(isSocket: false).serverChannelOption(
                    .socketOption(.so_reuseaddr), value: 1
                ).bind(
                    host: address.host, port: address.port
                ).wait()
                let port = channel.localAddress?.port ?? address.port
                open.withLock {
                    $0.channels.append(channel)
                    $0.addresses.append("\(ListenAddress(host: address.host, port: port))")
                }
            } catch {
                let text = "\(address): cannot be listened on: \(error)"
                if settings.mustListen {
                    throw ConfigurationFault(file: "serving", key: "listen", text: text)
                }
                faults.append(text)
            }
        }
        return faults
    }

    /// Takes no more connections, lets what is under way end, and closes.
    package func close() throws {
        drain.store(true, ordering: .releasing)
        let (channels, socket) = open.withLock { ($0.channels, $0.socket) }
        for channel in channels { try channel.close().wait() }
        let deadline = WallClock.monotonic() + settings.drainTimeout
        while underWay.load(ordering: .acquiring) > 0, WallClock.monotonic() < deadline {
            Thread.sleep(forTimeInterval: 0.005)
        }
        try group.syncShutdownGracefully()
        if let socket { try LocalDisk().remove(socket) }
    }

    // MARK: from the handlers

    func requestBegan() { underWay.wrappingAdd(1, ordering: .acquiringAndReleasing) }
    func requestEnded() { underWay.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

    /// False if there are too many connections already.
    func admit() -> Bool {
        connections.wrappingAdd(1, ordering: .relaxed).newValue <= settings.connectionCountMax
    }

    func left() { connections.wrappingSubtract(1, ordering: .relaxed) }

    private func bootstrap(isSocket: Bool) -> ServerBootstrap {
        let numbers = LoopNumbers()
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { [self] channel in
                // The handler refuses what is not HTTP itself.
                channel.pipeline.configureHTTPServerPipeline(withErrorHandling: false).flatMap {
                    channel.eventLoop.makeCompletedFuture { [self] in
                        let counts = counts[numbers.number(of: channel.eventLoop) % counts.count]
                        let operations = channel.pipeline.syncOperations
                        let idle = TimeAmount.microseconds(settings.idleTimeout.microseconds)
                        try operations.addHandler(IdleStateHandler(allTimeout: idle))
                        try operations.addHandler(
                            DoorHandler(self, counts, isSocket: isSocket))
                    }
                }
            }
    }
}

/// Gives event loops numbers, in the order in which they are first met.
private final class LoopNumbers: Sendable {
    private let known = Mutex<[ObjectIdentifier: Int]>([:])

    func number(of loop: any EventLoop) -> Int {
        known.withLock { known in
            let id = ObjectIdentifier(loop)
            if let number = known[id] { return number }
            known[id] = known.count
            return known.count - 1
        }
    }
}
