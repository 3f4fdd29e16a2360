import Filtering
import Joining
import Numerics
import Vocabulary

/// By which settings records are taken in: what the filter demands of an example, and how it meets
/// its label. With the raw log they say what comes into the training log.
package struct IntakeSettings: Sendable, Equatable {
    package var join: LabelJoiner.Settings
    package var rememberedCountMax: Int
    /// As long as there is a log, this stays what it was.
    package var design: ExampleDesign
    package var rules: [FeatureRule]
    package var filter: FilterSettings
}

extension ModelSettings {
    package var intake: IntakeSettings {
        get {
            IntakeSettings(
                join: join, rememberedCountMax: joinLimits.rememberedCountMax,
                design: design, rules: rules, filter: filter)
        }
        set {
            join = newValue.join
            joinLimits.rememberedCountMax = newValue.rememberedCountMax
            design = newValue.design
            rules = newValue.rules
            filter = newValue.filter
        }
    }
}

/// From one record of the raw log on other settings hold, and this is what that record says.
package struct IntakeChange: Sendable, Equatable {
    package var before: IntakeSettings
    package var after: IntakeSettings

    package init(before: IntakeSettings, after: IntakeSettings) {
        (self.before, self.after) = (before, after)
    }

    package func encode() -> [UInt8] {
        var writer = ByteWriter()
        before.encode(into: &writer)
        after.encode(into: &writer)
        return writer.bytes
    }

    /// Throws if these are not the bytes of a change.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(ByteFault) {
        var reader = ByteReader(bytes)
        before = try IntakeSettings(restoring: &reader)
        after = try IntakeSettings(restoring: &reader)
    }

    /// For people: each setting that is another one, as the configuration names it.
    package var text: String {
        func span(_ span: Span?) -> String { span?.text ?? "none" }
        let pairs = [
            ("wait", span(before.join.wait), span(after.join.wait)),
            ("disorder", span(before.join.disorder), span(after.join.disorder)),
            ("shuffle", span(before.join.shuffle), span(after.join.shuffle)),
            (
                "remembered_ids", "\(before.rememberedCountMax)", "\(after.rememberedCountMax)"
            ),
        ]
        var texts = pairs.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.2), was \($0.1)" }
        let (old, new) = (before.rules, after.rules)
        let names = Set((old + new).map(\.name)).filter { name in
            old.first { $0.name == name } != new.first { $0.name == name }
        }
        texts += names.sorted().map { "the rules of feature \($0)" }
        if before.filter != after.filter { texts.append("the filter") }
        return texts.joined(separator: "; ")
    }
}

extension IntakeSettings {
    package func encode(into writer: inout ByteWriter) {
        writer.write(join.wait?.microseconds ?? -1)
        writer.write(join.disorder.microseconds)
        writer.write(join.shuffle?.microseconds ?? -1)
        writer.write(UInt64(rememberedCountMax))
        // One byte, as builds before the floor wrote it: what else there is follows it.
        writer.write(
            UInt8(
                (design.makesTimeFeatures ? 1 : 0) | (design.propensityFloor == nil ? 0 : 2)
                    | (filter == FilterSettings() ? 0 : 4)))
        if let floor = design.propensityFloor { writer.write(floor) }
        writer.write(UInt32(rules.count))
        for rule in rules { rule.encode(into: &writer) }
        if filter != FilterSettings() { filter.encode(into: &writer) }
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        func span(_ microseconds: Int64) -> Span? {
            microseconds < 0 ? nil : Span(microseconds: microseconds)
        }
        join = LabelJoiner.Settings()
        join.wait = span(try reader.read())
        join.disorder = Span(microseconds: try reader.read())
        join.shuffle = span(try reader.read())
        rememberedCountMax = Int(clamping: try reader.read(UInt64.self))
        let parts = try reader.read(UInt8.self)
        guard parts < 8 else {
            throw ByteFault(offset: reader.offset - 1, expected: "the design of examples")
        }
        design = ExampleDesign(makesTimeFeatures: parts & 1 != 0)
        if parts & 2 != 0 { design.propensityFloor = try reader.readDouble() }
        rules = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            rules.append(try FeatureRule(restoring: &reader))
        }
        filter = parts & 4 != 0 ? try FilterSettings(restoring: &reader) : FilterSettings()
    }
}

extension FeatureRule {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.write(isRequired)
        switch kind {
        case nil: writer.write(UInt8(0))
        case .number: writer.write(UInt8(1))
        case .category: writer.write(UInt8(2))
        }
        for bound in [minimum, maximum] {
            writer.write(bound != nil)
            writer.write(bound ?? 0)
        }
        writer.write(vocabulary != nil)
        writer.write(UInt32(vocabulary?.count ?? 0))
        for word in vocabulary ?? [] { writer.write(word) }
    }

    fileprivate init(restoring reader: inout ByteReader) throws(ByteFault) {
        self.init(name: try reader.readText())
        isRequired = try reader.readBool()
        switch try reader.read(UInt8.self) {
        case 0: kind = nil
        case 1: kind = .number
        case 2: kind = .category
        default: throw ByteFault(offset: reader.offset - 1, expected: "the type of a feature")
        }
        minimum = try Self.bound(&reader)
        maximum = try Self.bound(&reader)
        let hasVocabulary = try reader.readBool()
        var words: [String] = []
        for _ in 0..<(try reader.read(UInt32.self)) { words.append(try reader.readText()) }
        vocabulary = hasVocabulary ? words : nil
    }

    private static func bound(_ reader: inout ByteReader) throws(ByteFault) -> Double? {
        let isThere = try reader.readBool()
        let value = try reader.readDouble()
        return isThere ? value : nil
    }
}
