import ArgumentParser
import Foundation
import Host

/// Commands that are typed as lines into a console without a screen: the same as in a shell, on
/// the engine that the console shows.
struct TypedCommands: Sendable {
    /// What makes no sense within a console.
    private static let refused: Set<String> = [
        "console", "run", "attach", "bench", "simulate", "drill", "gate-worker",
    ]

    /// What changes nothing.
    private static let looks: Set<String> = [
        "help", "status", "alarms", "journal", "checkpoints", "quarantine", "log", "playbook",
        "readiness", "proposals", "silences", "snapshot", "keys", "themes", "verify",
    ]

    let state: String
    let isReadOnly: Bool

    @Sendable func perform(_ words: [String]) {
        guard let first = words.first else { return }
        defer { Output.flush() }
        if first == "help", words.count == 1 {
            return print(
                "! stops all models, ! MODEL stops one, q leaves; else a command, such as: status, "
                    + "alarms, journal, stop MODEL --reason …, resume MODEL --reason …; "
                    + "help COMMAND says more")
        }
        guard !Self.refused.contains(first) else {
            return print("\(first): not within a console; in a shell")
        }
        guard !isReadOnly || Self.looks.contains(first) else {
            return print("\(first): this console only looks")
        }
        // Commands take the state directory from there, whichever options they have.
        setenv("SPINDLE_STATE", state, 1)
        do {
            var command = try Spindle.parseAsRoot(words)
            try command.run()
        } catch let code as ExitCode {
            if code != .success { print("exit status \(code.rawValue)") }
        } catch let failure as Failure {
            print(Output.plain("spindle: \(failure.text)"))
        } catch {
            let text = Spindle.fullMessage(for: error)
            print(text.isEmpty ? "spindle: \(error)" : text)
        }
    }
}
