import ArgumentParser
import Host
import Operation
import Vocabulary

/// `spindle fallback`.
struct FallbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fallback",
        abstract: "Answer requests from a fallback, from the next one on; or no longer.")

    @Flag(help: "Answer from the model again.")
    var off = false

    @Option(
        help: ArgumentHelp(
            "What is to answer: last_good, table or constant. Default: the table, or without "
                + "one the constant.", valueName: "tier"))
    var tier: String?

    @OptionGroup var act: ActOptions

    func run() throws {
        do {
            try act.perform(.fallback(isOn: !off, tier: try ActBody.tier(tier)))
        } catch let refusal as ActRefusal {
            throw Failure(.wrongUse, "\(refusal)")
        }
    }
}

/// `spindle hold`.
struct HoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Let no candidate begin or go on to more traffic; training goes on.")

    @Flag(help: "Let candidates go on.")
    var off = false

    @OptionGroup var act: ActOptions

    func run() throws {
        try act.perform(.hold(isOn: !off))
    }
}

/// `spindle approve`.
struct ApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Let a launch begin: a candidate of another design than what serves.")

    @OptionGroup var act: ActOptions

    func run() throws {
        try act.perform(.approve)
    }
}

/// `spindle push`.
struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Let a checkpoint that passed answer all requests at once, without a ramp.")

    @OptionGroup var act: CheckpointActOptions

    func run() throws {
        try act.perform { .push($0) }
    }
}

/// `spindle inject`.
struct InjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inject",
        abstract: "Give the next candidate, or example, a fault, to see what becomes of it.",
        discussion: "Only where the configuration says faults = true. Faults: "
            + FaultName.allCases.map(\.rawValue).joined(separator: ", ") + ".")

    @Argument(help: "The fault.")
    var fault: String

    @Flag(help: "Take the fault back.")
    var off = false

    @OptionGroup var act: ActOptions

    func run() throws {
        let name: FaultName
        do {
            name = try ActBody.fault(fault)
        } catch {
            throw Failure(.wrongUse, "\(error)")
        }
        try act.perform(.inject(name, isOn: !off))
    }
}
