import Governing
import Operation
import Synchronization
import Vocabulary

/// The playbook as people see it, and how far it is followed.
extension Authority {
    /// The pages as they were read last.
    struct Shelved: Sendable {
        var report: PlaybookReport
        var at: Instant
        /// Faults that the journal knows.
        var told: [String] = []
    }

    private static let readEvery = Span.seconds(5)

    /// Reads a user's pages anew now and then; gives what the journal is to say of them.
    func readPlaybook(at now: Instant) -> [JournalDraft] {
        let isDue = shelved.withLock { shelved in
            let isDue = now < shelved.at || now - shelved.at >= Self.readEvery
            if isDue { shelved.at = now }
            return isDue
        }
        guard isDue else { return [] }
        let report = shelf.read()
        return shelved.withLock { shelved in
            let fresh = report.faults.filter { !shelved.told.contains($0) }
            shelved.report = report
            shelved.told = report.faults
            return fresh.map {
                JournalDraft(
                    kind: .engine, act: "playbook",
                    effect: "\($0); the page that comes with the program is used")
            }
        }
    }

    /// Throws an `ActRefusal` unless the step is as the page has it now.
    func check(_ step: PlaybookStep) throws {
        var report = shelved.withLock { $0.report }
        let known = report.page(step.page)?.steps.first { $0.number == step.step }
        if known?.text != step.text {
            // The file may have been written since it was looked at.
            report = shelf.read()
            let read = report
            shelved.withLock { $0.report = read }
        }
        guard let page = report.page(step.page) else {
            throw ActRefusal("there is no page \(step.page) in the playbook")
        }
        guard let task = page.steps.first(where: { $0.number == step.step }) else {
            throw ActRefusal("\(step.page) has \(page.steps.count) steps, no step \(step.step)")
        }
        guard task.text == step.text else {
            throw ActRefusal("\(step.page) was edited: step \(step.step) is now: \(task.text)")
        }
    }

    /// The playbook with what is done of it.
    func playbook(_ known: Shown) -> PlaybookReport {
        var report = shelved.withLock { $0.report }
        report.runs = known.runs
        return report
    }
}
