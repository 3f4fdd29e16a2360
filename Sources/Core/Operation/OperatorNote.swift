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

    package init(
        id: String, at: Instant, by: String, models: [ModelName], text: String,
        _ order: NoteOrder
    ) {
        (self.id, self.at, self.by, self.models, self.text) = (id, at, by, models, text)
        (tags, picture) = (order.tags, order.picture)
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

    package init(tags: [String] = [], picture: String? = nil) {
        (self.tags, self.picture) = (tags, picture)
    }
}
