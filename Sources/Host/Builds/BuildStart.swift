import Operation
import Vocabulary
import World

/// What happens before an engine is started where an operator had gone back to another build.
package enum BuildStart {
    /// This process makes place for the build that was chosen instead of it; returns nil if there
    /// is none, or it is not there any more.
    package static func makePlace(in state: String, arguments: [String]) throws -> (any Error)? {
        guard let choice = try BuildChoice.read(in: state) else { return nil }
        let shelf = BuildShelf(of: state)
        let digest = try shelf.digest(of: ThisProcess.program)
        guard let own = BuildID(version: spindleVersion, sha256: digest.sha256),
            choice.insteadOf == own, try isFree(state)
        else { return nil }
        let handOver = HandOver(
            asked: WallClock.now(), from: own, to: choice.build, arguments: arguments,
            readyLimit: BuildSettings().readyLimit, by: "spindle", origin: "engine",
            reason: "build \(choice.build) was chosen before, instead of \(own)", isAsked: false)
        try handOver.write(in: state)
        return BuildSupervisor.become(ThisProcess.program, of: state)
    }

    /// False if another engine has the state directory.
    private static func isFree(_ state: String) throws -> Bool {
        try LocalDisk().open(state + "/lock", .readWrite).lock()
    }
}
