/// How far an act has come that no engine does, and whether it is to end before its time.
package struct ActCourse: Sendable {
    /// What is done, and how far that is, from 0 to 1.
    var tell: @Sendable (String, Double) -> Void
    var isInterrupted: @Sendable () -> Bool

    package init(
        tell: @escaping @Sendable (String, Double) -> Void = { _, _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) {
        (self.tell, self.isInterrupted) = (tell, isInterrupted)
    }

    /// For what comes before the first change: an act that is to end there is refused.
    func look(_ step: String, _ share: Double) throws {
        guard !isInterrupted() else { throw ActRefusal("interrupted: nothing was changed") }
        tell(step, share)
    }
}
