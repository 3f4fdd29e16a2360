/// Why keys cannot be as somebody wants them.
package struct KeyFault: Error, Equatable {
    /// Whose keys they would have been.
    package var command: Command
    package var text: String
}

/// Which key does what: the table's keys, some of them changed by the user.
package struct KeyMap: Sendable {
    /// In the order of the table.
    private let bindings: [(event: KeyEvent, command: Command)]

    private init(_ bindings: [(event: KeyEvent, command: Command)]) { self.bindings = bindings }

    package static let standard = KeyMap(
        Command.table.flatMap { card in
            card.keys.split(separator: " ").map { name in
                guard let event = KeyEvent(named: String(name)) else {
                    preconditionFailure("the table names no key: \(name)")
                }
                return (event: event, command: card.command)
            }
        })

    /// The standard keys, those of some commands replaced. No key may do two things, and what an
    /// operator in need relies on stays within reach.
    package init(changing keys: [Command: [KeyEvent]]) throws(KeyFault) {
        var bindings: [(event: KeyEvent, command: Command)] = []
        for card in Command.table {
            let command = card.command
            let own =
                keys[command]
                ?? Self.standard.bindings.filter { $0.command == command }.map(\.event)
            try Self.check(own, of: command)
            bindings += own.map { (event: $0, command: command) }
        }
        for (index, one) in bindings.enumerated() {
            guard let other = bindings[..<index].first(where: { $0.event == one.event }) else {
                continue
            }
            // The one that was changed is at fault.
            let (asked, owner) =
                keys[one.command] == nil
                ? (other.command, one.command) : (one.command, other.command)
            let isOwn = asked == owner
            throw KeyFault(
                command: asked,
                text: isOwn
                    ? "\(one.event.name) is named twice"
                    : "\(one.event.name) is a key of \(owner.rawValue) already; give that another, "
                        + "too")
        }
        self.init(bindings)
    }

    private static func check(_ keys: [KeyEvent], of command: Command) throws(KeyFault) {
        func fault(_ text: String) -> KeyFault { KeyFault(command: command, text: text) }
        switch command {
        case .stop:
            guard !keys.isEmpty else { throw fault("a console without a stop key is none") }
            for key in keys where !key.isHeardWhileTyping {
                throw fault(
                    "\(key.name) is typed in texts, and the stop key is heard there, too: take a "
                        + "sign such as !, a function key, or Ctrl- with another letter")
            }
        case .open where !keys.contains(.enter): throw fault("Enter has to be one of its keys")
        case .back where !keys.contains(.escape): throw fault("Esc has to be one of its keys")
        case .leave, .help, .palette, .resume:
            guard !keys.isEmpty else { throw fault("expected at least one key") }
        default: break
        }
    }

    package func command(for event: KeyEvent) -> Command? {
        bindings.first { $0.event == event }?.command
    }

    /// What a key does by its name as written on the screen; nil if nothing.
    package func command(named name: String) -> Command? {
        KeyEvent(named: name).flatMap(command(for:))
    }

    package func events(for command: Command) -> [KeyEvent] {
        bindings.filter { $0.command == command }.map(\.event)
    }

    /// The keys of a command as written on the screen: `PgUp`, `k Up`.
    package func keys(for command: Command) -> String {
        events(for: command).map(\.name).joined(separator: " ")
    }

    /// The shortest of them, for where there is little room; its name in the palette where it has
    /// none.
    package func key(for command: Command) -> String {
        events(for: command).map(\.name).min { $0.count < $1.count } ?? ":\(command.rawValue)"
    }

    /// The table as Markdown, for docs/keys.md.
    package var markdown: String {
        Command.Group.allCases.map { group in
            let rows = Command.table.filter { $0.group == group }.map { card in
                let keys = events(for: card.command).map { "`\($0.name)`" }
                return "| \(keys.joined(separator: " ")) | `\(card.command.rawValue)` "
                    + "| \(card.title) |"
            }
            return
                ([
                    "**\(group.rawValue)**", "", "| keys | command | what it does |",
                    "| --- | --- | --- |",
                ] + rows).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }
}
