import Console
import Foundation
import Host
import Operation
import Theming
import Vocabulary
import World

/// The engines of a fleet, here and behind an ssh of their own each.
final class FleetClients {
    private struct Member {
        var name: String
        var client: ControlClient
        var host: String?
        var relay: SSHRelay?

        /// What to say where it is not reached, if that is more than the fault itself.
        var unreachable: String? {
            host.map { "ssh \($0) reaches no engine; ssh \($0) spindle status says more" }
        }
    }

    private let members: [Member]

    /// A console is seen by others who watch the same engines; who looks once is not.
    init(_ engines: [FleetFile.Engine], isConsole: Bool) throws {
        let from = isConsole ? StateOptions.actor.from : nil
        members = try engines.map { engine in
            switch engine.place {
            case .folder(let folder):
                let path = StateFolder.socketPath(in: folder)
                return Member(name: engine.name, client: ControlClient(path, console: from))
            case .host(let host, let state):
                let relay = try SSHRelay(to: host, state: state)
                let client = ControlClient(relay.socketPath, console: from)
                return Member(name: engine.name, client: client, host: host, relay: relay)
            }
        }
    }

    /// Ends what ssh keeps.
    func close() {
        for member in members { member.relay?.close() }
    }

    /// For a console. What ssh asks for, it asks before there is a screen. A host that does not
    /// answer now is tried again behind it.
    func links() -> [(name: String, link: AttachedLink)] {
        let links = members.map { member in
            (name: member.name, link: Self.link(member))
        }
        for member in members { member.relay?.askNothing() }
        return links
    }

    private static func link(_ member: Member) -> AttachedLink {
        guard let relay = member.relay else {
            return AttachedLink(member.client, actor: StateOptions.actor)
        }
        do {
            _ = try member.client.snapshot(full: false)
        } catch {
            FileHandle.standardError.write(
                Foundation.Data("spindle: \(member.name): no engine answers through ssh\n".utf8))
        }
        return AttachedLink(
            member.client, actor: StateOptions.actor, unreachable: member.unreachable
        ) { relay.stop($0) }
    }

    /// What all of them say now.
    func look() -> [FleetEngine] {
        members.map { member in
            do {
                let snapshot = try member.client.snapshot(full: false)
                return FleetEngine(
                    name: member.name, snapshot: snapshot, age: .zero, isConnected: true)
            } catch {
                return FleetEngine(
                    name: member.name, snapshot: nil, age: .zero, isConnected: false,
                    fault: member.unreachable ?? "\(error)")
            }
        }
    }

    /// The one of that name.
    subscript(name: String) -> ControlClient? { members.first { $0.name == name }?.client }
}

extension [FleetFile.Engine] {
    /// Those of a list; of the user's own if it is not named.
    static func listed(in file: String?) throws -> Self {
        let path = file ?? FleetFile.path(in: ProcessInfo.processInfo.environment)
        guard try LocalDisk().exists(path) else {
            throw Failure(.wrongUse, "\(path): there is no such file; it lists the engines")
        }
        return try FleetFile.read(at: path)
    }

    /// Those of hosts, each named after its own; `state` is a folder there.
    static func on(_ hosts: [String], state: String?) throws -> Self {
        guard Set(hosts).count == hosts.count else {
            throw Failure(.wrongUse, "--host: the same host twice")
        }
        return hosts.map { FleetFile.Engine(name: $0, place: .host($0, state: state)) }
    }
}
