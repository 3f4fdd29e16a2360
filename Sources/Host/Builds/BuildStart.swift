import Operation
import Vocabulary
import World

/// What happens before an engine is started where an operator had gone back to another build.
package enum BuildStart {
    /// This process makes place for the build that was chosen instead of it; returns nil if there
    /// is none, or it is not there any more.
    package static func makePlace(in state: String, arguments: [String]) throws -> (any Error)? {
        guard let choice = try choice(in: state), try isFree(state) else { return nil }
        let handOver = HandOver(
            asked: WallClock.now(), from: choice.insteadOf, to: choice.build, arguments: arguments,
            readyLimit: BuildSettings().readyLimit, by: "spindle", origin: "engine",
            reason: "build \(choice.build) was chosen before, instead of \(choice.insteadOf)")
        try handOver.write(in: state)
        return BuildSupervisor.become(ThisProcess.program, of: state)
    }

    /// The choice that stands against this very build, if there is one.
    package static func choice(in state: String) throws -> BuildChoice? {
        guard let choice = try BuildChoice.read(in: state) else { return nil }
        let digest = try BuildShelf(of: state).digest(of: ThisProcess.program)
        let own = BuildID(version: spindleVersion, sha256: digest.sha256)
        return choice.insteadOf == own ? choice : nil
    }

    /// False if another engine has the state directory.
    private static func isFree(_ state: String) throws -> Bool {
        try LocalDisk().open(state + "/lock", .readWrite).lock(within: .seconds(3))
    }
}
