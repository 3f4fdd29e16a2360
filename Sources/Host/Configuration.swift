import Engine
import Filtering
import Foundation
import Joining
import Launching
import Learning
import Paging
import Shop
import Vocabulary
import World

/// A configuration that cannot be used: which file, which key, what was expected.
package struct ConfigurationFault: Error, Equatable, CustomStringConvertible {
    package var file: String
    package var key: String
    /// What is wrong, as a sentence: "expected …".
    package var text: String

    package init(file: String, key: String, text: String) {
        (self.file, self.key, self.text) = (file, key, text)
    }

    package var description: String {
        key.isEmpty ? "\(file): \(text)" : "\(file): \(key): \(text)"
    }
}

/// The embedded shop as a source, and how fast it plays.
package struct ShopFeedSettings: Sendable, Equatable {
    package var model: ModelName
    package var shop = ShopSettings()
    /// Event time over wall time; 0 is as fast as possible.
    package var speed = 720.0
    /// Event time at the shop's start that is played as fast as possible.
    package var warmUp = Span.zero
}

/// A file, FIFO or "-" that feeds one stream of a model and is followed as it grows.
package struct FileFeedSettings: Sendable, Equatable {
    package var model: ModelName
    package var stream: StreamKind
    package var path: String
}

/// What an engine is to run.
package struct SpindleConfiguration: Sendable, Equatable {
    /// Sorted by name.
    package var models: [ModelSettings] = []
    package var shop: ShopFeedSettings?
    package var files: [FileFeedSettings] = []
    package var builds = BuildSettings()
    /// True where operators may inject faults, to see what becomes of them.
    package var allowsFaults = false
    package var doors = DoorSettings()
    package var paging = EscalationPolicy()
    /// The policy file: a full path, or one in the state directory.
    package var policy = "policy.toml"
    /// The folder of the user's own pages of the playbook: a full path, or one in the state
    /// directory.
    package var playbooks = "playbooks"
    /// Wall time without anything trained after which training counts as silently stopped.
    package var progressLimit = Span.hours(6)
    /// The text it was read from, kept in the state directory.
    package var text = ""

    /// Nothing but these models.
    package init(models: [ModelSettings], text: String) {
        self.models = models
        self.text = text
    }

    /// The yarn shop: what runs when nothing is configured.
    package static let embedded = """
        # The embedded yarn shop: what Spindle runs when nothing is configured.
        # Faults may be injected here: it is a place to practise.
        faults = true

        [models.shop]
        owner = "on-call"
        wait = "6h"
        disorder = "0s"
        checkpoint_every = "15m"
        staleness_limit = "2h"
        # More than a day of shoppers.
        remembered_ids = 262144

        # Positives are taught hours before the negatives of their time, so what is learned leans
        # with the hour of the day: margins that a healthy day stays within.
        [models.shop.gate]
        loss_margin = 0.3
        slice_margin = 0.6
        calibration_ratio_max = 4
        shift_max = 4

        # A small shop: shares that a few minutes of visits can judge.
        [models.shop.ramp]
        shares = [0.2, 0.5, 1.0]
        least_time = "2m"
        least_samples = [120, 240, 360]
        quiet_limit = "10m"
        push_interval = "1m"
        # A visit scores twelve products, which resemble each other.
        design_effect = 5
        variance_ratio_max = 2

        [models.shop.fallback]
        feature = "product"

        # Requests from this machine; where another has the port, on the control socket alone.
        [serving]
        listen = "127.0.0.1:8501"
        must_listen = false

        [shop]
        model = "shop"
        seed = 1
        speed = 720
        warm_up = "36h"
        """

    /// What `replay` runs when nothing is configured: all features as they come.
    package static func replay(_ model: String, wait: String?) -> String {
        let waitLine = wait.map { "wait = \"\($0)\"\n" } ?? ""
        return """
            # A model for replay: all features as they come.
            [models.\(model)]
            \(waitLine)checkpoint_examples = 300000

            """
    }

    /// Throws a `ConfigurationFault` that names the file and the key.
    package init(toml text: String, file: String) throws {
        self.text = text
        var reader = try TOMLReader(toml: text, file: file)
        if let section = try reader.table("shop") { shop = try Self.shop(section) }
        if let section = try reader.table("serving") { doors = try DoorSettings(section) }
        for (name, section) in try reader.tables("models") {
            // What the shop's visitors see is traffic, and what is asked over TCP.
            let hasTraffic = shop?.model.text == name || !doors.listens.isEmpty
            models.append(try Self.model(name, section, hasTraffic: hasTraffic))
        }
        models.sort { $0.name < $1.name }
        if let section = try reader.table("paging") { try readPaging(section) }
        if let section = try reader.table("builds") { builds = try BuildSettings(section) }
        allowsFaults = try reader.boolean("faults") ?? false
        if let file = try reader.string("policy") {
            guard !file.isEmpty else { throw reader.fault("policy", "the path of a file") }
            policy = file
        }
        if let folder = try reader.string("playbooks") {
            guard !folder.isEmpty else {
                throw reader.fault("playbooks", "the path of a folder")
            }
            playbooks = folder
        }
        for section in try reader.list("sources") { files.append(try Self.source(section)) }
        try reader.finish()
        for name in files.map(\.model) + (shop.map { [$0.model] } ?? [])
        where !models.contains(where: { $0.name == name }) {
            throw ConfigurationFault(
                file: file, key: "models.\(name)", text: "expected the model that a source feeds")
        }
        guard !models.isEmpty else {
            throw ConfigurationFault(file: file, key: "models", text: "expected at least one model")
        }
    }

    private static func model(
        _ name: String, _ section: TOMLReader, hasTraffic: Bool
    ) throws -> ModelSettings {
        var section = section
        guard let modelName = ModelName(name) else {
            throw section.fault("", "a name of letters, digits, - and _, at most 64 of them")
        }
        var settings = ModelSettings(name: modelName)
        settings.owner = try section.string("owner") ?? ""
        settings.join.wait = try section.span("wait")
        if let disorder = try section.span("disorder") { settings.join.disorder = disorder }
        if let every = try section.span("sync_every") { settings.syncEvery = every }
        settings.join.shuffle = try section.span("shuffle")
        if settings.join.shuffle == .zero { throw section.fault("shuffle", "more than nothing") }
        if let count = try section.integer("remembered_ids", 1024...1 << 27) {
            settings.joinLimits.rememberedCountMax = count
        }
        try readCadence(&section, &settings)
        if let share = try section.number("quarantine_share_max", 0...1) {
            settings.quarantineShareMax = share
        }
        settings.design.makesTimeFeatures = try section.boolean("time_features") ?? false
        settings.design.propensityFloor = try section.number("propensity_floor", 1e-4...1)
        if var retention = try section.table("retention") {
            settings.retention = try Self.retention(&retention)
        }
        if var learner = try section.table("learner") {
            settings.learner = try Self.learner(&learner)
        }
        if var monitors = try section.table("monitors") {
            settings.monitors = try Self.monitors(&monitors)
        }
        if var filter = try section.table("filter") { settings.filter = try Self.filter(&filter) }
        if var gate = try section.table("gate") { settings.gate = try Self.gate(&gate) }
        settings.makesGolden = try section.boolean("golden_auto") ?? true
        settings.ramp = hasTraffic ? RampSettings() : nil
        if var ramp = try section.table("ramp") { settings.ramp = try Self.ramp(&ramp) }
        if var fallback = try section.table("fallback") {
            settings.fallback = try Self.fallback(&fallback)
        }
        if var launch = try section.table("launch") {
            settings.launch = try Self.launch(&launch, learner: settings.learner)
        }
        for (feature, rules) in try section.tables("features") {
            settings.rules.append(try Self.rule(feature, rules))
        }
        settings.rules.sort { $0.name < $1.name }
        try section.finish()
        if settings.checkpointEvery == nil, settings.checkpointExamples == nil {
            settings.checkpointEvery = .minutes(15)
        }
        return settings
    }

    private static func retention(_ section: inout TOMLReader) throws -> Retention {
        var kept = Retention()
        kept.raw.age = try section.span("raw_age")
        kept.raw.sizeMax = try section.size("raw_size")
        kept.training.age = try section.span("training_age")
        kept.training.sizeMax = try section.size("training_size")
        kept.segmentSizeMax = try section.size("segment_size")
        kept.recentCount = try section.integer("checkpoints_recent", 2...10_000) ?? kept.recentCount
        kept.hourlyCount = try section.integer("checkpoints_hourly", 0...10_000) ?? kept.hourlyCount
        kept.dailyCount = try section.integer("checkpoints_daily", 0...10_000) ?? kept.dailyCount
        if let folder = try section.string("checkpoint_copies") {
            guard folder.hasPrefix("/") else {
                throw section.fault("checkpoint_copies", "an absolute path, found \"\(folder)\"")
            }
            kept.copyFolder = folder
        }
        try section.finish()
        return kept
    }

    /// What is not said is as in `plain`.
    static func learner(
        _ section: inout TOMLReader, _ plain: LearnerSettings = LearnerSettings()
    ) throws -> LearnerSettings {
        var settings = plain
        settings.alpha = Float(try section.number("alpha", 1e-6...100) ?? Double(settings.alpha))
        settings.beta = Float(try section.number("beta", 1e-6...1e6) ?? Double(settings.beta))
        settings.l1 = Float(try section.number("l1", 0...1e6) ?? Double(settings.l1))
        settings.l2 = Float(try section.number("l2", 0...1e6) ?? Double(settings.l2))
        settings.bits = try section.integer("bits", 10...28) ?? settings.bits
        settings.features = try Self.features(&section, settings.features)
        try section.finish()
        return settings
    }

    private static func rule(_ name: String, _ section: TOMLReader) throws -> FeatureRule {
        var section = section
        var rule = FeatureRule(name: name)
        rule.isRequired = try section.boolean("required") ?? false
        if let type = try section.string("type") {
            switch type {
            case "number": rule.kind = .number
            case "category": rule.kind = .category
            default: throw section.fault("type", "\"number\" or \"category\"")
            }
        }
        rule.minimum = try section.number(
            "min", -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        rule.maximum = try section.number(
            "max", -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        if let low = rule.minimum, let high = rule.maximum, low > high {
            throw section.fault("max", "\(low), the minimum, or more, found \(high)")
        }
        rule.vocabulary = try section.strings("values")
        try section.finish()
        return rule
    }

    /// How often what has to happen.
    private static func readCadence(
        _ section: inout TOMLReader, _ settings: inout ModelSettings
    ) throws {
        settings.checkpointEvery = try section.span("checkpoint_every")
        settings.checkpointExamples = try section.integer("checkpoint_examples", 1...1 << 40)
        settings.stalenessLimit =
            try section.span("staleness_limit")
            ?? (settings.checkpointEvery == nil ? nil : .hours(2))
        settings.schedule = try section.span("schedule")
        if settings.schedule == .zero { throw section.fault("schedule", "more than nothing") }
        settings.lookEvery = try section.span("look_every")
        if let every = settings.lookEvery, every < .minutes(1) {
            throw section.fault("look_every", "at least a minute")
        }
    }

    private static func shop(_ section: TOMLReader) throws -> ShopFeedSettings {
        var section = section
        var settings = ShopFeedSettings(model: try section.model("model"))
        if let seed = try section.integer("seed", 0...Int.max) { settings.shop.seed = UInt64(seed) }
        let limits = ShopSettings.Limits.self
        settings.shop.visitsPerDay =
            try section.integer("visits_per_day", limits.visitsPerDay) ?? settings.shop.visitsPerDay
        settings.shop.productCount =
            try section.integer("products", limits.productCount) ?? settings.shop.productCount
        settings.shop.shopperCount =
            try section.integer("shoppers", limits.shopperCount) ?? settings.shop.shopperCount
        settings.shop.explorationShare =
            try section.number("exploration", 0...1) ?? settings.shop.explorationShare
        settings.shop.leastScore =
            try section.number("least_score", 0...0.99) ?? settings.shop.leastScore
        settings.shop.hasHolidays =
            try section.boolean("holidays") ?? settings.shop.hasHolidays
        settings.shop.hasHourlyDeliveries =
            try section.boolean("hourly_deliveries") ?? settings.shop.hasHourlyDeliveries
        settings.speed = try section.number("speed", 0...1e9) ?? settings.speed
        if let warmUp = try section.span("warm_up") { settings.warmUp = warmUp }
        if let start = try section.string("start") {
            guard let instant = Instant(rfc3339: start) else {
                throw section.fault("start", "an RFC 3339 time")
            }
            settings.shop.start = instant
        }
        settings.shop.range = try section.table("range").map(range)
        if let objection = settings.shop.objection {
            throw section.fault("", "settings that a shop can open with: " + objection)
        }
        try section.finish()
        return settings
    }

    private static func range(_ section: TOMLReader) throws -> ProductRange {
        var section = section
        guard let count = try section.integer("products", ShopSettings.Limits.productCount) else {
            throw section.fault("products", "how many products the range has")
        }
        guard let text = try section.string("from"), let from = Instant(rfc3339: text) else {
            throw section.fault("from", "an RFC 3339 time")
        }
        guard let appeal = try section.number("appeal", ShopSettings.Limits.appeal) else {
            throw section.fault("appeal", "a number, as log odds")
        }
        try section.finish()
        return ProductRange(productCount: count, from: from, appeal: appeal)
    }

    private static func source(_ section: TOMLReader) throws -> FileFeedSettings {
        var section = section
        let model = try section.model("model")
        guard let path = try section.string("path"), !path.isEmpty else {
            throw section.fault("path", "a file, a FIFO, or \"-\"")
        }
        let stream: StreamKind
        switch try section.string("stream") {
        case "examples": stream = .examples
        case "labels": stream = .labels
        default: throw section.fault("stream", "\"examples\" or \"labels\"")
        }
        try section.finish()
        return FileFeedSettings(model: model, stream: stream, path: path)
    }
}
