import ArgumentParser
import Engine
import Foundation
import Host
import Operation
import Vocabulary
import World

/// The program: commands, flags and wiring, nothing else.
@main
struct SpindleProgram {
    static func main() {
        // A crash must end the process, not wait at the terminal for a key.
        setenv("SWIFT_BACKTRACE", "interactive=no,color=no", 0)
        signal(SIGPIPE, SIG_IGN)
        unblockSignals()
        do {
            var command = try Spindle.parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch let failure as Failure {
            failure.report()
            exit(failure.status.rawValue)
        } catch {
            let status = Spindle.exitCode(for: error)
            if status == .success {
                print(Spindle.fullMessage(for: error))
                exit(0)
            }
            let isUsage = status == .validationFailure
            let failure =
                isUsage
                ? Failure(.wrongUse, Spindle.fullMessage(for: error)) : Failure(explaining: error)
            failure.report()
            exit(failure.status.rawValue)
        }
    }
}

extension SpindleProgram {
    /// A parent that had blocked signals passes that on; SIGTERM must end an engine all the same.
    private static func unblockSignals() {
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
    }
}

/// Everything that `spindle` can be asked to do.
struct Spindle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spindle",
        abstract: "Operate machine-learning models that never stop training.",
        discussion: "Without a command: the console. It attaches to the engine that has the state "
            + "directory, or starts one in this process.",
        version: spindleVersion,
        subcommands: [
            ConsoleCommand.self, FleetCommand.self, AttachCommand.self, RunCommand.self,
            ReplayCommand.self,
            StatusCommand.self,
            StopCommand.self, ResumeCommand.self, RollbackCommand.self, PurgeCommand.self,
            EraseCommand.self,
            RideThroughCommand.self,
            RehearseCommand.self, BisectCommand.self, PinCommand.self, FallbackCommand.self,
            HoldCommand.self,
            ApproveCommand.self, LaunchCommand.self,
            InjectCommand.self, PushCommand.self, GateCommand.self, GateWorkerCommand.self,
            GoldenCommand.self,
            CheckpointsCommand.self, LineageCommand.self, VersionsCommand.self,
            SkewCommand.self,
            AlarmsCommand.self, AcknowledgeCommand.self,
            SilenceCommand.self, SilencesCommand.self, EventCommand.self, RotaCommand.self,
            WatchdogCommand.self, PolicyCommand.self, ProposalsCommand.self,
            CountersignCommand.self, ReviewCommand.self, IncidentCommand.self,
            NoteCommand.self, IdeaCommand.self,
            VerifyCommand.self, LogCommand.self,
            QuarantineCommand.self,
            JournalCommand.self, BuildsCommand.self, FormatsCommand.self,
            SimulateCommand.self, DrillCommand.self, ReadinessCommand.self,
            PlaybookCommand.self, ReportCommand.self, PictureCommand.self, ThemesCommand.self,
            KeysCommand.self,
            ManCommand.self,
            BenchCommand.self,
        ],
        defaultSubcommand: ConsoleCommand.self)
}

/// How a command ends: INTERFACE's exit statuses.
enum ExitStatus: Int32 {
    case done = 0
    /// Refused, or a check failed.
    case refused = 1
    case wrongUse = 2
    case noEngine = 3
}

/// A command that did not do what it was asked, and its exit status.
struct Failure: Error {
    var status: ExitStatus
    var text: String

    init(_ status: ExitStatus, _ text: String) {
        self.status = status
        self.text = text
    }

    /// The status that belongs to an error of the host.
    init(explaining error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case is ConfigurationFault, is CompressedFile, is ChangedDesign:
            self.init(.wrongUse, "\(error)")
        case is NoEngine, StateFault.missing: self.init(.noEngine, "\(error)")
        default: self.init(.refused, "\(error)")
        }
    }

    func report() {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let plain = lines.map { Output.plain(String($0)) }.joined(separator: "\n")
        FileHandle.standardError.write(Foundation.Data("spindle: \(plain)\n".utf8))
    }
}
