import Vocabulary

/// A page of the playbook: what to do about some alarms, in Markdown; its steps are a task list.
package struct PlaybookPage: Codable, Sendable, Equatable {
    /// A user's file without its ending, or the title in small letters: "log-loss-jumps".
    package var id: String
    package var title: String
    /// Alarms that it is for.
    package var alarms: [String]
    /// The path of a user's own page; nil for one that comes with the program.
    package var file: String?
    package var text: String

    package init(id: String, title: String, alarms: [String], file: String?, text: String) {
        (self.id, self.title, self.alarms) = (id, title, alarms)
        (self.file, self.text) = (file, text)
    }
}

/// One step of a page that somebody has done.
package struct PlaybookTick: Codable, Sendable, Equatable {
    /// Counts from 1.
    package var step: Int
    /// The step's words: an edited step is another one, and not done.
    package var text: String
    package var by: String
    /// Wall time.
    package var at: Instant

    package init(step: Int, text: String, by: String, at: Instant) {
        (self.step, self.text, self.by, self.at) = (step, text, by, at)
    }
}

/// A page that is being followed for a model; all operators see it, and a restart keeps it.
package struct PlaybookRun: Codable, Sendable, Equatable {
    package var model: ModelName
    /// The page's id.
    package var page: String
    /// The incident that it belongs to, with which it ends; nil for none.
    package var incident: String?
    /// The alarm beside which it was opened, by its id; nil for none.
    package var alarm: String?
    /// Wall time at which that alarm was open last, or the last step was done.
    package var lastSeen: Instant
    /// By step.
    package var ticks: [PlaybookTick] = []

    package init(
        model: ModelName, page: String, incident: String?, alarm: String?, lastSeen: Instant
    ) {
        (self.model, self.page, self.incident) = (model, page, incident)
        (self.alarm, self.lastSeen) = (alarm, lastSeen)
    }
}

/// A step that somebody says is done, or is not.
package struct PlaybookStep: Codable, Sendable, Equatable {
    package var page: String
    /// Counts from 1.
    package var step: Int
    /// The step's words as they were read: those of another page are refused.
    package var text: String
    package var isDone: Bool
    /// The alarm beside which the page was opened, by its id.
    package var alarm: String?

    package init(page: String, step: Int, text: String, isDone: Bool, alarm: String?) {
        (self.page, self.step, self.text) = (page, step, text)
        (self.isDone, self.alarm) = (isDone, alarm)
    }
}

/// The playbook, and how far it is followed.
package struct PlaybookReport: Codable, Sendable, Equatable {
    /// A user's own first.
    package var pages: [PlaybookPage]
    /// Why a user's page is not used, with file and line.
    package var faults: [String]
    package var runs: [PlaybookRun]

    package init(pages: [PlaybookPage], faults: [String], runs: [PlaybookRun] = []) {
        (self.pages, self.faults, self.runs) = (pages, faults, runs)
    }

    /// The page for an alarm: the file of its name, else the first that names it.
    package func page(for alarm: String) -> PlaybookPage? {
        pages.first { $0.id == alarm } ?? pages.first { $0.alarms.contains(alarm) }
    }

    package func page(_ id: String) -> PlaybookPage? { pages.first { $0.id == id } }

    /// What is done of a page for a model, by step; of an edited step nothing is.
    package func ticks(_ page: PlaybookPage, _ model: ModelName) -> [Int: PlaybookTick] {
        let run = runs.first { $0.model == model && $0.page == page.id }
        let steps = page.steps
        var ticks: [Int: PlaybookTick] = [:]
        for tick in run?.ticks ?? [] {
            guard steps.contains(where: { $0.number == tick.step && $0.text == tick.text }) else {
                continue
            }
            ticks[tick.step] = tick
        }
        return ticks
    }
}
