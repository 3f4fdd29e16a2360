import Vocabulary

/// What records are held to beside what INTERFACE says: by a model's design, and by what is known
/// of time zones.
package struct RecordRules: Sendable {
    /// Nil: a `tz` is read over.
    package var clocks: ZoneClocks?
    package var design: ExampleDesign
    /// Records are read that were admitted before, or that teach nobody: a zone that is unknown, by
    /// whatever this machine knows now, counts as UTC then, and a missing propensity as 1.
    package var isLenient = false

    package init(_ clocks: ZoneClocks? = nil, _ design: ExampleDesign = ExampleDesign()) {
        (self.clocks, self.design) = (clocks, design)
    }

    package var lenient: RecordRules {
        var rules = self
        rules.isLenient = true
        return rules
    }
}
