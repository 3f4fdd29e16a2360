import ArgumentParser
import Host

/// `spindle attach`.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Hand standard input and output on to a running engine: what a console on "
            + "another host runs here.",
        discussion: "Speaks HTTP, as the control socket does; for one request, or several.")

    @Flag(help: "The only way there is; so that a command line says what happens.")
    var stdio = false

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard stdio else { throw ValidationError("attach: give --stdio.") }
    }

    func run() throws { try StandardStreams(toSocket: options.socketPath).run() }
}
