/// How far a verification has come, in bytes read.
final class AuditCourse {
    private let world: HostWorld
    private var done = 0.0
    private var total: Double
    private var step = "verifying"

    init(_ world: HostWorld, byteCount: Int) {
        (self.world, total) = (world, Double(byteCount))
    }

    /// Something that was not foreseen is to be read too.
    func expect(_ byteCount: UInt64) { total += Double(byteCount) }

    func begin(_ step: String) { self.step = step }

    func advance(by byteCount: Int) {
        done += Double(byteCount)
        total = max(total, done)
        world.tell(step, done / max(total, 1))
    }
}
