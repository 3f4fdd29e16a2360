import Vocabulary

/// A number of the business by which a launch is judged, as it was declared beforehand.
package struct LaunchMetric: Codable, Sendable, Equatable {
    /// What one exposure adds to it.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// Whether something happened: 0 or 1 for each exposure.
        case binary
        /// An amount for each exposure.
        case mean
        /// One amount over another, such as revenue over visits.
        case ratio
    }

    package let name: String
    package let kind: Kind
    /// An exposure counts once its outcome can no longer come.
    package let wait: Span
    package let isHigherBetter: Bool
    /// What would be worth knowing, as a share of the baseline's value: the launch is planned so
    /// that this is found, and what is surely smaller counts as no difference.
    package let leastEffect: Double
    /// The number among an exposure's features that its label is multiplied by, such as a price;
    /// nil where the label is the amount.
    package let amountFeature: String?
    /// The number among the features that is the ratio's base; nil for 1.
    package let baseFeature: String?

    package init(
        name: String, kind: Kind = .binary, wait: Span = .zero, isHigherBetter: Bool = true,
        leastEffect: Double = 0.05, amountFeature: String? = nil, baseFeature: String? = nil
    ) {
        (self.amountFeature, self.baseFeature) = (amountFeature, baseFeature)
        self.name = name
        self.kind = kind
        self.wait = wait
        self.isHigherBetter = isHigherBetter
        self.leastEffect = leastEffect
    }

    /// The same with another wait.
    package func waiting(_ wait: Span) -> LaunchMetric {
        LaunchMetric(
            name: name, kind: kind, wait: wait, isHigherBetter: isHigherBetter,
            leastEffect: leastEffect, amountFeature: amountFeature, baseFeature: baseFeature)
    }

    /// What makes no sense, in words; nil if all does.
    package var objection: String? {
        if name.isEmpty { return "a metric needs a name" }
        if wait < .zero { return "the wait of \(name) is below 0" }
        if !(leastEffect > 0 && leastEffect <= 10) {
            return "the least effect of \(name) must be above 0 and at most 10"
        }
        if kind == .binary, amountFeature != nil { return "\(name) is binary, and has no amount" }
        if kind != .ratio, baseFeature != nil { return "\(name) is no ratio, and has no base" }
        return nil
    }

    /// Whether an outcome is one that such a metric can have.
    package func admits(amount: Double, base: Double) -> Bool {
        switch kind {
        case .binary: (amount == 0 || amount == 1) && base == 1
        case .mean: amount.isFinite && base == 1
        case .ratio: amount.isFinite && base.isFinite && base >= 0
        }
    }
}
