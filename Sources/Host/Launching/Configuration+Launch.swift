import Engine
import Launching
import Learning
import Vocabulary

/// `[models.NAME.launch]`: the launch that may be started.
extension SpindleConfiguration {
    /// `learner` is production's: what the candidate doesn't say is the same.
    static func launch(
        _ section: inout TOMLReader, learner: LearnerSettings
    ) throws -> LaunchTerms {
        var terms = LaunchTerms()
        terms.title = try section.string("title") ?? ""
        terms.candidate = learner
        if var candidate = try section.table("candidate") {
            terms.candidate = try Self.learner(&candidate, learner)
        }
        try stages(&section, &terms)
        terms.baselines = try baselines(&section)
        switch try section.string("data") ?? "pooled" {
        case "pooled": terms.isApart = false
        case "apart": terms.isApart = true
        default: throw section.fault("data", "\"pooled\" or \"apart\"")
        }
        if let names = try section.strings("explore") {
            terms.exploringArms = try names.map { name in
                guard let arm = ArmName(name), arm.code > 0 else {
                    throw section.fault("explore", "names of arms such as \"A\"")
                }
                return arm
            }
        }
        if let salt = try section.integer("salt", 0...Int.max) { terms.salt = UInt64(salt) }
        if let history = try section.span("history") { terms.history = history }
        if let every = try section.span("look_every") { terms.lookEvery = every }
        guard terms.lookEvery > .zero else {
            throw section.fault("look_every", "more than nothing")
        }
        terms.alpha = try section.number("alpha", 1e-6...0.5) ?? terms.alpha
        terms.goldenMargin = try section.number("golden_margin", 0...10) ?? terms.goldenMargin
        terms.group = try section.string("group")
        for (name, metric) in try section.tables("metrics") {
            terms.metrics.append(try Self.metric(name, metric))
        }
        terms.metrics.sort { $0.name < $1.name }
        if terms.metrics.isEmpty { terms.metrics = [LaunchMetric(name: "label")] }
        if let objection = terms.objection {
            throw section.fault("", "a launch that makes sense: \(objection)")
        }
        try section.finish()
        return terms
    }

    private static func stages(_ section: inout TOMLReader, _ terms: inout LaunchTerms) throws {
        let plain = terms.stages[0]
        if let shares = try section.numbers("stages", 0...1) {
            terms.stages = shares.map { share in
                LaunchTerms.Stage(
                    share: share, leastTime: plain.leastTime, leastExposures: plain.leastExposures)
            }
        }
        if let time = try section.span("least_time") {
            for index in terms.stages.indices { terms.stages[index].leastTime = time }
        }
        if let count = try section.integer("least_exposures", 1...1_000_000_000) {
            for index in terms.stages.indices { terms.stages[index].leastExposures = count }
        }
    }

    /// The first is C, the others C2 and so on.
    private static func baselines(_ section: inout TOMLReader) throws -> [LaunchTerms.Baseline] {
        let names = try section.strings("baselines") ?? ["stopped"]
        let share = try section.number("baseline_share", 0.0001...0.5) ?? 0.05
        let delay = try section.span("delay")
        return try names.enumerated().map { index, name in
            let own = name == "delayed" ? delay : nil
            guard let design = BaselineDesign(name, delay: own), index + 2 < ArmName.coded.count
            else {
                throw section.fault(
                    "baselines",
                    "of \"fallback\", \"stopped\", \"parallel\", and \"delayed\" with a delay")
            }
            return LaunchTerms.Baseline(
                arm: ArmName.coded[index + 2], design: design, share: share)
        }
    }

    private static func metric(_ name: String, _ section: TOMLReader) throws -> LaunchMetric {
        var section = section
        var kind = LaunchMetric.Kind.binary
        if let text = try section.string("kind") {
            guard let known = LaunchMetric.Kind(rawValue: text) else {
                throw section.fault("kind", "\"binary\", \"mean\" or \"ratio\"")
            }
            kind = known
        }
        let metric = LaunchMetric(
            name: name, kind: kind,
            isHigherBetter: !(try section.boolean("lower_is_better") ?? false),
            leastEffect: try section.number("least_effect", 1e-6...10) ?? 0.05,
            amountFeature: try section.string("amount"), baseFeature: try section.string("base"))
        try section.finish()
        return metric
    }
}
