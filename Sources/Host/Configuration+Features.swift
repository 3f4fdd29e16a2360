import Ingestion
import Vocabulary

/// `ignore` and `cross`: which features a learner takes.
extension SpindleConfiguration {
    /// What is not said is as in `plain`.
    static func features(
        _ section: inout TOMLReader, _ plain: FeatureChoice
    ) throws -> FeatureChoice {
        let ignored = try section.strings("ignore") ?? plain.ignored
        let crosses = try section.pairs("cross").map { pairs in
            try pairs.map { one, other in
                guard one != other else { throw section.fault("cross", "two different features") }
                return FeatureChoice.Cross(one, other)
            }
        }
        let choice = FeatureChoice(ignored: ignored, crosses: crosses ?? plain.crosses)
        if let objection = choice.objection {
            throw section.fault(objection.key, objection.expected)
        }
        return choice
    }
}

extension FeatureChoice {
    /// What makes no sense: `ignore` or `cross`, and what was expected of it; nil if all does.
    package var objection: (key: String, expected: String)? {
        let made = TimeFeature.allCases.map(\.rawValue)
        for name in ignored + crosses.flatMap({ [$0.left, $0.right] }) where made.contains(name) {
            return (
                ignored.contains(name) ? "ignore" : "cross",
                "features of the records; \(name) is made here where time_features says so"
            )
        }
        for name in crosses.flatMap({ [$0.left, $0.right] }) where ignored.contains(name) {
            return ("cross", "features that are not ignored, found \(name)")
        }
        return nil
    }
}
