import ArgumentParser
import Host
import Terminal
import Theming

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
        let engines = try [FleetFile.Engine].listed(in: file)
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
        let clients = try FleetClients(engines, isConsole: true)
        defer { clients.close() }
        let link = FleetLink(clients.links())
        _ = TerminalConsole(
            link: link, actor: StateOptions.actor, skin: skin, keyboard: UserKeys.keyboard(),
            isReadOnly: isReadOnly
        ).run()
        link.close()
    }
}
