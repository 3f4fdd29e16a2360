import Vocabulary

/// The names of an example with very many features, so that telling them apart does not take
/// time that grows with the square of their count.
struct SeenNames {
    private var names: Set<UInt64> = []
    private var featureCount = 0
    private var emptyCount = 0

    /// Up to so many names a look at each is faster.
    static let listCountMax = 256

    /// An example begins.
    mutating func clear() {
        guard featureCount + emptyCount > 0 else { return }
        self = SeenNames()
    }

    /// True if one of these features, or of these names, which only grow until `clear`, has the
    /// name.
    mutating func contains(
        _ name: UInt64, features: UnsafeBufferPointer<FeatureValue>, emptyNames: [UInt64]
    ) -> Bool {
        if features.count + emptyNames.count <= Self.listCountMax {
            return emptyNames.contains(name) || features.contains { $0.name == name }
        }
        for feature in features[featureCount...] { names.insert(feature.name) }
        for name in emptyNames[emptyCount...] { names.insert(name) }
        featureCount = features.count
        emptyCount = emptyNames.count
        return names.contains(name)
    }
}
