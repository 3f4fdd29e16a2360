import ArgumentParser
import Foundation
import Host
import Operation
import Terminal
import Theming
import World

/// `spindle fleet`.
struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Open the console over several engines, here and on other hosts.",
        discussion: "They are listed in ~/.config/spindle/fleet.toml, or in spindle/fleet.toml of "
            + "XDG_CONFIG_HOME: tables [[engine]] with a name, and a host or the state "
            + "directory of an engine on this one. Starts no engine.")

    @Option(help: ArgumentHelp("Another list of engines.", valueName: "file"))
    var file: String?

    @Flag(help: "Only look: no key does anything to a model.")
    var readOnly = false

    @OptionGroup var look: LookOptions

    func run() throws {
        let path = file ?? FleetFile.path(in: ProcessInfo.processInfo.environment)
        guard try LocalDisk().exists(path) else {
            throw Failure(.wrongUse, "\(path): there is no such file; it lists the engines")
        }
        let engines = try FleetFile.read(at: path)
        try FleetConsole(engines, isReadOnly: readOnly, skin: try look.skin()).run()
    }
}

/// The console over several engines.
struct FleetConsole {
    private let engines: [FleetFile.Engine]
    private let isReadOnly: Bool
    private let skin: Skin

    init(_ engines: [FleetFile.Engine], isReadOnly: Bool, skin: Skin) {
        (self.engines, self.isReadOnly, self.skin) = (engines, isReadOnly, skin)
    }

    func run() throws {
        var relays: [SSHRelay] = []
        defer { for relay in relays { relay.close() } }
        var links: [(name: String, link: AttachedLink)] = []
        for engine in engines {
            switch engine.place {
            case .folder(let folder):
                let client = ControlClient(
                    StateFolder.socketPath(in: folder), console: StateOptions.actor.from)
                links.append((engine.name, AttachedLink(client, actor: StateOptions.actor)))
            case .host(let host, let state):
                let relay = try SSHRelay(to: host, state: state)
                relays.append(relay)
                links.append((engine.name, connect(engine.name, host, relay)))
            }
        }
        for relay in relays { relay.askNothing() }
        let link = FleetLink(links)
        _ = TerminalConsole(
            link: link, actor: StateOptions.actor, skin: skin, keyboard: UserKeys.keyboard(),
            isReadOnly: isReadOnly
        ).run()
        link.close()
    }

    /// What ssh asks for, it asks before there is a screen. A host that does not answer now is
    /// tried again behind it.
    private func connect(
        _ name: String, _ host: String, _ relay: SSHRelay
    ) -> AttachedLink {
        let client = ControlClient(relay.socketPath, console: StateOptions.actor.from)
        do {
            _ = try client.snapshot(full: false)
        } catch {
            FileHandle.standardError.write(
                Foundation.Data("spindle: \(name): no engine answers through ssh\n".utf8))
        }
        return AttachedLink(
            client, actor: StateOptions.actor,
            unreachable: "ssh \(host) reaches no engine; ssh \(host) spindle status says more"
        ) { relay.stop($0) }
    }
}
