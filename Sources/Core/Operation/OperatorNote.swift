import Vocabulary

/// A few paragraphs that somebody wrote about models, with a screen as it was then, to be found
/// later; all times are the wall's.
package struct OperatorNote: Codable, Sendable, Equatable {
    /// `n1`, `n2` and so on, in the order in which they were written.
    package var id: String
    package var at: Instant
    package var by: String
    package var models: [ModelName]
    package var text: String
    package var tags: [String]
    /// The screen that stands beside it, as text; nil without one.
    package var picture: String?
    /// Where it is of an idea for a better model.
    package var idea: IdeaStep?

    package init(
        id: String, at: Instant, by: String, models: [ModelName], text: String,
        _ order: NoteOrder
    ) {
        (self.id, self.at, self.by, self.models, self.text) = (id, at, by, models, text)
        (tags, picture, idea) = (order.tags, order.picture, order.idea)
    }

    /// Its first line, for lists.
    package var title: String {
        text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    /// The whole of it, as Markdown.
    package var markdown: String {
        let about = models.map(\.text).joined(separator: ", ")
        var lines = ["# \(id): \(title)", "", "\(at.rfc3339), \(by), about \(about)."]
        if !tags.isEmpty { lines.append("Tags: \(tags.joined(separator: ", ")).") }
        if let idea { lines.append(idea.words) }
        lines += ["", text]
        if let picture { lines += ["", "```", picture + "```"] }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether every word of `search` stands in it: in its text, its tags, its models or its
    /// writer's name; letters in either case.
    package func contains(_ search: String) -> Bool {
        let whole = ([text, by] + tags + models.map(\.text)).joined(separator: "\n").lowercased()
        return search.lowercased().split(whereSeparator: \.isWhitespace).allSatisfy {
            whole.contains($0)
        }
    }
}

/// What a note brings beside its words, which are the act's reason.
package struct NoteOrder: Codable, Sendable, Equatable {
    package var tags: [String]
    /// A screen as text.
    package var picture: String?
    package var idea: IdeaStep?

    package init(tags: [String] = [], picture: String? = nil, idea: IdeaStep? = nil) {
        (self.tags, self.picture, self.idea) = (tags, picture, idea)
    }
}

/// What a note does with an idea: it opens one, or closes it by the launch that tried it.
package struct IdeaStep: Codable, Sendable, Equatable {
    /// The note that opened it; nil for one that opens.
    package var closes: String?
    package var launch: LaunchID?
    /// What the launch came to, as it was said when it was over.
    package var result: String?

    package init(closes: String? = nil, launch: LaunchID? = nil, result: String? = nil) {
        (self.closes, self.launch, self.result) = (closes, launch, result)
    }

    fileprivate var words: String {
        guard let closes else { return "An idea." }
        let tried = launch.map { ", tried by \($0)" } ?? ""
        return "Closes the idea \(closes)\(tried): \(result ?? "")."
    }
}

/// An idea for a better model, from the note that opened it to the one that closed it.
package struct Idea: Codable, Sendable, Equatable {
    package var opened: OperatorNote
    /// Nil while it is open.
    package var closed: OperatorNote?

    /// In the order in which they were opened.
    package static func all(in notes: [OperatorNote]) -> [Idea] {
        notes.filter { $0.idea != nil && $0.idea?.closes == nil }.map { note in
            Idea(opened: note, closed: notes.first { $0.idea?.closes == note.id })
        }
    }
}
