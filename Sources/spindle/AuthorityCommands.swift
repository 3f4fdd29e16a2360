import ArgumentParser
import Foundation
import Governing
import Host
import Operation
import Vocabulary
import World

/// The reason of an act that is about no model, and its other options.
struct AuthorityActOptions: ParsableArguments {
    @Option(help: "Why; kept in the journal.")
    var reason: String

    @Flag(help: "Only say what would change.")
    var dryRun = false

    @OptionGroup var options: StateOptions

    func perform(_ act: Act) throws {
        guard !reason.allSatisfy(\.isWhitespace) else {
            throw Failure(.wrongUse, "An act needs a reason.")
        }
        try options.perform(
            ActRequest(
                act: act, scope: .all, reason: reason, isDryRun: dryRun,
                actor: StateOptions.actor))
    }
}

extension StateOptions {
    /// What an engine says of itself, or the state directory where none runs.
    func snapshot() throws -> Snapshot {
        try withEngine(
            { try $0.snapshot(full: false) }, atRest: { Acts.snapshotAtRest($0) })
    }
}

/// `spindle policy`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "What was agreed beforehand: who may do what, and what follows from a figure.",
        subcommands: [Check.self, Show.self, Reload.self, Example.self])

    /// `spindle policy example`.
    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "example", abstract: "A policy file to begin with.")

        func run() {
            print(PolicyFile.example, terminator: "")
        }
    }

    /// `spindle policy check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Check a policy file for contradictions, gaps and thresholds without use.",
            discussion: "Ends with status 2 where the file cannot be used.")

        @Option(help: ArgumentHelp("The file. Default: the one that is configured."))
        var file: String?

        @OptionGroup var options: StateOptions

        private struct Listing: Encodable {
            var file: String
            var roles: Int
            var rules: Int
        }

        func run() throws {
            let configuration = try options.configuration()
            let named = configuration.policy
            let path = file ?? (named.hasPrefix("/") ? named : "\(options.folder)/\(named)")
            guard try LocalDisk().exists(path) else {
                throw Failure(.wrongUse, "\(path): there is no policy file here")
            }
            let text = String(decoding: try LocalDisk().read(path), as: UTF8.self)
            let policy = try Authority.check(text, file: path, configuration: configuration)
            if options.json {
                return try Output.json(
                    Listing(file: path, roles: policy.roles.count, rules: policy.rules.count))
            }
            Output.line(
                "\(path): fine, \(policy.roles.count) roles and \(policy.rules.count) rules")
        }
    }

    /// `spindle policy show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "The policy in force, what you may do, and how the rules stand.")

        @OptionGroup var options: StateOptions

        private struct Listing: Encodable {
            var user: String
            var authority: AuthorityReport?
            var youMay: [String]
        }

        func run() throws {
            let authority = try options.snapshot().authority
            let actor = StateOptions.actor
            let able = Act.powerNames.filter { name in
                authority?.objection(to: name, by: actor.user) { actor.groups ?? [] } == nil
            }
            if options.json {
                return try Output.json(
                    Listing(user: actor.user, authority: authority, youMay: able))
            }
            Output.line("you (\(actor.user)) may: \(able.joined(separator: ", "))")
            guard let policy = authority?.policy else {
                return Output.line(
                    "no policy is in force: \(authority?.owner ?? "the owner") and root may do all")
            }
            Output.line(
                "\(policy.file) \(policy.digest.prefix(12)), in force since "
                    + policy.since.rfc3339)
            if let pending = policy.pending { Output.line("NOT IN FORCE YET: \(pending)") }
            Output.line("two people: \(policy.twoPeople.joined(separator: ", "))")
            Output.table(
                ["ROLE", "USERS", "GROUPS", "MAY"],
                policy.roles.map {
                    [
                        $0.name, $0.users.joined(separator: " "),
                        $0.groups.joined(separator: " "), $0.may.joined(separator: " "),
                    ]
                })
            Output.table(["RULE", "MODEL", "FIGURE", "NOW", "BOUND", "STATE"], rows(policy))
        }

        private func rows(_ policy: PolicyReport) -> [[String]] {
            policy.rules.map { rule in
                let metric = PolicyMetric(rawValue: rule.metric)
                let value = rule.value.map { metric?.words($0) ?? "\($0)" } ?? "not known"
                return [
                    rule.rule, rule.model.text, rule.metric, value, rule.bound,
                    rule.holds ? "HOLDS" : "-",
                ]
            }
        }
    }

    /// `spindle policy reload`.
    struct Reload: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reload",
            abstract: "Take the policy file over as it is, also during an incident.")

        @OptionGroup var act: AuthorityActOptions

        func run() throws {
            try act.perform(.reloadPolicy)
        }
    }
}

/// `spindle proposals`.
struct ProposalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proposals", abstract: "Acts that wait for a second person.")

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var proposals: [ProposalReport]
        var glass: [GlassReport]
    }

    func run() throws {
        let authority = try options.snapshot().authority
        let proposals = authority?.proposals ?? []
        let glass = authority?.glass ?? []
        if options.json {
            return try Output.json(Listing(proposals: proposals, glass: glass))
        }
        Output.table(
            ["ID", "ACT", "BY", "EXPIRES", "REASON", "WOULD BE"],
            proposals.map { [$0.id, $0.act, $0.by, $0.expires.rfc3339, $0.reason, $0.text] })
        for item in glass {
            Output.line(
                "\(item.id): \(item.act) of \(item.model) by \(item.by) alone at "
                    + "\(item.at.rfc3339), to be reviewed: \(item.reason)")
        }
    }
}

/// `spindle countersign`.
struct CountersignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countersign",
        abstract: "As the second person, let an act go on that somebody else proposed.")

    @Argument(help: "The proposal's id.")
    var proposal: String

    @Flag(help: "Decline it, or withdraw one's own.")
    var decline = false

    @OptionGroup var act: AuthorityActOptions

    func run() throws {
        try act.perform(.countersign(proposal, isGranted: !decline))
    }
}

/// `spindle review`.
struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "You have looked at an act that somebody did alone, by breaking the glass.")

    @Argument(help: "The id that the alarm names.")
    var glass: String

    @OptionGroup var act: AuthorityActOptions

    func run() throws {
        try act.perform(.review(glass))
    }
}
