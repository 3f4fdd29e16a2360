import Engine
import Launching
import Monitoring
import TOMLKit
import Validation
import Vocabulary

/// The sections of a model that say how it comes to traffic, and what answers when it cannot.
extension SpindleConfiguration {
    /// `[models.NAME.ramp]`; nil where it is switched off.
    static func ramp(_ section: inout TOMLReader) throws -> RampSettings? {
        var settings = RampSettings()
        let isOn = try section.boolean("enabled") ?? true
        if let shares = try section.numbers("shares", 0...1) {
            let plain = settings.stages
            settings.stages = shares.enumerated().map { index, share in
                var stage = plain[min(index, plain.count - 1)]
                stage.share = share
                return stage
            }
        }
        if let time = try section.span("least_time") {
            for index in settings.stages.indices { settings.stages[index].leastTime = time }
        }
        if let counts = try section.numbers("least_samples", 1...1e9) {
            guard counts.count == settings.stages.count else {
                throw section.fault("least_samples", "a number for each of the shares")
            }
            for (index, count) in counts.enumerated() {
                settings.stages[index].leastSamples = Int(count)
            }
        }
        if let limit = try section.span("quiet_limit") { settings.quietLimit = limit }
        if let limit = try section.span("no_data_limit") { settings.noDataLimit = limit }
        if let limit = try section.span("stage_time_max") { settings.stageTimeMax = limit }
        if let count = try section.integer("pushes_per_day", 1...10_000) {
            settings.pushesPerDayMax = count
        }
        if let span = try section.span("push_interval") { settings.leastPushInterval = span }
        try judge(&section, &settings.judge)
        if let objection = settings.objection {
            throw section.fault("", "a ramp that makes sense: \(objection)")
        }
        try section.finish()
        return isOn ? settings : nil
    }

    private static func judge(_ section: inout TOMLReader, _ judge: inout JudgeSettings) throws {
        judge.alpha = try section.number("alpha", 0...0.2) ?? judge.alpha
        judge.meanMargin = try section.number("mean_margin", 0...10) ?? judge.meanMargin
        judge.deviationMargin =
            try section.number("deviation_margin", 0...10) ?? judge.deviationMargin
        judge.lossMargin = try section.number("loss_margin", 0...10) ?? judge.lossMargin
        judge.calibrationMargin =
            try section.number("calibration_margin", 0...10) ?? judge.calibrationMargin
        judge.varianceRatioMax =
            try section.number("variance_ratio_max", 1...1e6) ?? judge.varianceRatioMax
        judge.errorShareMax = try section.number("error_share_max", 0...1) ?? judge.errorShareMax
        judge.countMin = try section.integer("scores_needed", 2...1_000_000) ?? judge.countMin
        judge.labelCountNeeded =
            try section.integer("labels_needed", 0...1_000_000) ?? judge.labelCountNeeded
        judge.designEffect = try section.number("design_effect", 1...1e6) ?? judge.designEffect
    }

    /// `[models.NAME.gate]`.
    static func gate(_ section: inout TOMLReader) throws -> GateSettings {
        var gate = GateSettings()
        gate.lossMargin = try section.number("loss_margin", 0...10) ?? gate.lossMargin
        gate.sliceMargin = try section.number("slice_margin", 0...10) ?? gate.sliceMargin
        gate.calibrationRatioMax =
            try section.number("calibration_ratio_max", 1...1000) ?? gate.calibrationRatioMax
        gate.shiftMax = try section.number("shift_max", 0...100) ?? gate.shiftMax
        gate.growthMax = try section.number("growth_max", 1...1e6) ?? gate.growthMax
        gate.weightMax = try section.number("weight_max", 1e-3...1e9) ?? gate.weightMax
        gate.secondsMax = try section.number("seconds_max", 0.1...3600) ?? gate.secondsMax
        gate.memoryMax = try section.integer("memory_max", 64...1_000_000) ?? gate.memoryMax
        gate.rowCountMin = try section.integer("rows_needed", 1...1_000_000) ?? gate.rowCountMin
        gate.classCountMin =
            try section.integer("class_rows_needed", 1...1_000_000) ?? gate.classCountMin
        try section.finish()
        return gate
    }

    /// `[models.NAME.monitors]`.
    static func monitors(_ section: inout TOMLReader) throws -> MonitorSettings {
        var settings = MonitorSettings()
        settings.isOn = try section.boolean("on") ?? settings.isOn
        settings.falseAlarmsPerMonth =
            try section.number("false_alarms_per_month", 1e-6...1000)
            ?? settings.falseAlarmsPerMonth
        try section.finish()
        return settings
    }

    /// `[models.NAME.fallback]`.
    static func fallback(_ section: inout TOMLReader) throws -> FallbackSettings {
        var settings = FallbackSettings()
        settings.feature = try section.string("feature")
        settings.constant = try section.number("constant", 0...1)
        if let limit = try section.span("limit") { settings.limit = limit }
        try section.finish()
        return settings
    }
}
