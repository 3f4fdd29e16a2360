import Filtering
import Vocabulary

extension SpindleConfiguration {
    private static let filterRules: [AdmissionRule] = [
        .sourceShare, .sourceRate, .repeated, .anomaly,
    ]

    static func filter(_ section: inout TOMLReader) throws -> FilterSettings {
        var filter = FilterSettings()
        filter.sourceShareMax = try section.number("source_share_max", 0.0001...1)
        filter.sourceCountMin =
            try section.integer("source_count_min", 1...1 << 32) ?? filter.sourceCountMin
        filter.sourceRateChance = try section.number("source_rate_chance", 1e-12...0.01)
        filter.repeatCountMax = try section.integer("repeats_max", 1...1 << 31)
        filter.anomalyMargin = try section.number("anomaly_margin", 0...1000)
        filter.window = try section.span("window") ?? filter.window
        filter.memory = try section.span("memory") ?? filter.memory
        guard filter.window >= .minutes(1) else {
            throw section.fault("window", "a minute or more")
        }
        guard filter.memory >= filter.window else {
            throw section.fault("memory", "\(filter.window.text), the window, or more")
        }
        if let names = try section.strings("shadow") {
            filter.shadowed = try filterRules.filter { rule in
                guard names.allSatisfy({ name in filterRules.contains { $0.rawValue == name } })
                else {
                    let all = filterRules.map(\.rawValue).joined(separator: ", ")
                    throw section.fault("shadow", "some of \(all)")
                }
                return names.contains(rule.rawValue)
            }
        }
        try section.finish()
        return filter
    }
}
