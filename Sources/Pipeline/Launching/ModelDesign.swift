import Numerics

/// What a model is made of, besides its weights, as texts of one setting a line.
package struct ModelDesign: Codable, Sendable, Equatable {
    /// The kind of learner and the size of its table.
    package var architecture: String
    /// Rates and penalties of the learner.
    package var hyperparameters: String
    /// Which features there are, and how they are made.
    package var features: String
    /// How labels are joined: the wait, and what counts as one.
    package var labels: String
    /// The program that trained it; nil where builds are not told apart.
    package var build: String?

    package init(
        architecture: String, hyperparameters: String, features: String, labels: String,
        build: String? = nil
    ) {
        self.architecture = architecture
        self.hyperparameters = hyperparameters
        self.features = features
        self.labels = labels
        self.build = build
    }

    /// The same for equal designs only.
    package var digest: Digest {
        var writer = ByteWriter()
        for part in parts { writer.write(part.text) }
        writer.write(build != nil)
        return SHA256.digest(of: writer.bytes)
    }

    fileprivate var parts: [(name: String, text: String)] {
        [
            ("architecture", architecture), ("hyperparameters", hyperparameters),
            ("features", features), ("labels", labels), ("build", build ?? ""),
        ]
    }
}

/// Whether a candidate is new weights of the same design, or another design.
package enum ChangeKind: Codable, Sendable, Equatable {
    /// New weights only: goes its way by itself.
    case update
    /// The design differs, in these words: needs an approval.
    case launch([String])

    /// A build that is known on one side only differs: it cannot be told to be the same.
    package init(from stable: ModelDesign, to candidate: ModelDesign) {
        var words: [String] = []
        for (old, new) in zip(stable.parts, candidate.parts) where old.text != new.text {
            words.append(Self.difference(old.name, old.text, new.text))
        }
        if words.isEmpty, (stable.build == nil) != (candidate.build == nil) {
            words.append("build: known on one side only")
        }
        self = words.isEmpty ? .update : .launch(words)
    }

    /// Lines that only one of the two has, the first few of them.
    private static func difference(_ name: String, _ old: String, _ new: String) -> String {
        let lines = (old: lines(old), new: lines(new))
        let gone = lines.old.filter { !lines.new.contains($0) }
        let added = lines.new.filter { !lines.old.contains($0) }
        if gone.isEmpty, added.isEmpty { return "\(name): the same lines in another order" }
        return "\(name): was \(listed(gone)), is \(listed(added))"
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(whereSeparator: \.isNewline)
    }

    private static func listed(_ lines: [Substring]) -> String {
        guard !lines.isEmpty else { return "nothing" }
        let shown = lines.prefix(3).map { $0.count > 60 ? $0.prefix(60) + "…" : $0 }
        let rest = lines.count - shown.count
        return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
