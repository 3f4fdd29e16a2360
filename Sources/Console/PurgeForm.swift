import Operation
import Vocabulary

/// Some examples are to be purged: described, looked at in numbers, reasoned, confirmed by the
/// model's name.
package struct PurgeForm: Equatable, Sendable {
    /// How far the form has come.
    package enum Step: Equatable, Sendable {
        case describing
        case reasoning
        case confirming
    }

    /// The lines to fill in, in their order.
    package enum Field: Int, CaseIterable, Sendable {
        case from
        case to
        case source
        case segment
        case condition

        package var title: String {
            switch self {
            case .from: "From"
            case .to: "To"
            case .source: "Source"
            case .segment: "Segment"
            case .condition: "Feature"
            }
        }

        /// What may stand there.
        package var hint: String {
            switch self {
            case .from: "event time, RFC 3339; this moment is purged"
            case .to: "event time, RFC 3339; this moment is kept"
            case .source: "only examples of this source; empty for all"
            case .segment: "only examples of this segment; empty for all"
            case .condition: "only examples with NAME=VALUE; empty for all"
            }
        }
    }

    package var model: ModelName
    package var step = Step.describing
    package var texts: [LineEditor]
    package var field = Field.from
    /// Lines that were filled in beforehand: the first letter takes their place.
    private var untouched: [Field] = []
    package var preview = Preview.asked(token: -1)
    package var reason = LineEditor()
    package var typed = LineEditor()
    package var keys: KeyGuard
    /// The look for the window that stands out, if it was asked for.
    package var finding: Finding?

    /// A look for the window, and how it stands.
    package struct Finding: Equatable, Sendable {
        package var token: Int
        package var progress: RehearsalProgress?

        package init(token: Int) { self.token = token }
    }

    /// Begins with the last hour of the stream.
    init(model: ModelName, eventTime: Instant?, keys: KeyGuard) {
        self.model = model
        self.keys = keys
        texts = Field.allCases.map { _ in LineEditor() }
        guard let eventTime else { return }
        let end = eventTime.floored(to: .minutes(1)) + .minutes(1)
        texts[Field.from.rawValue] = LineEditor((end - .hours(1)).rfc3339)
        texts[Field.to.rawValue] = LineEditor(end.rfc3339)
        untouched = [.from, .to]
    }

    /// Fills in a window; the first letter in a line takes its place.
    mutating func fill(_ window: ExampleSelection) {
        self[.from] = LineEditor(window.from.rfc3339)
        self[.to] = LineEditor(window.to.rfc3339)
        self[.source] = LineEditor(window.source ?? "")
        self[.segment] = LineEditor(window.segment ?? "")
        self[.condition] = LineEditor(
            window.conditions.first.map { "\($0.name)=\($0.value)" } ?? "")
        untouched = Field.allCases
    }

    /// What stands out is filled in, unless the form has gone on meanwhile.
    mutating func take(_ progress: RehearsalProgress) {
        finding?.progress = progress
        guard step == .describing, let window = progress.report?.proposal?.window else { return }
        fill(window)
    }

    /// Takes a key into the line at hand; false if it is none that edits.
    mutating func take(_ event: KeyEvent) -> Bool {
        if untouched.contains(field) {
            untouched.removeAll { $0 == field }
            if case .letter = event { self[field] = LineEditor() }
        }
        return self[field].take(event)
    }

    /// Takes the first line of what was pasted.
    mutating func insert(_ pasted: String) {
        if untouched.contains(field) {
            untouched.removeAll { $0 == field }
            self[field] = LineEditor()
        }
        let line = pasted.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" }
        self[field].insert(String(String.UnicodeScalarView(line)))
    }

    package subscript(field: Field) -> LineEditor {
        get { texts[field.rawValue] }
        set { texts[field.rawValue] = newValue }
    }

    /// What was described, or the first line that is not right and why.
    enum Reading {
        case selection(ExampleSelection)
        case fault(Field, String)
    }

    var reading: Reading {
        guard let from = Instant(text: self[.from].trimmed) else {
            return .fault(.from, "From: expected a time such as 2026-01-06T15:00:00Z")
        }
        guard let to = Instant(text: self[.to].trimmed) else {
            return .fault(.to, "To: expected a time such as 2026-01-06T16:00:00Z")
        }
        guard from < to else { return .fault(.to, "To: expected a time after From") }
        var selection = ExampleSelection(from: from, to: to)
        if !self[.source].trimmed.isEmpty { selection.source = self[.source].trimmed }
        if !self[.segment].trimmed.isEmpty { selection.segment = self[.segment].trimmed }
        guard !self[.condition].trimmed.isEmpty else { return .selection(selection) }
        guard let condition = FeatureCondition(text: self[.condition].trimmed) else {
            return .fault(.condition, "Feature: expected NAME=VALUE")
        }
        selection.conditions = [condition]
        return .selection(selection)
    }
}
