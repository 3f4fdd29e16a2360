import Engine
import Foundation
import Ingestion
import Learning
import Numerics
import Serving
import Vocabulary

/// Answers requests for predictions, one at a time: every thread that does has one of its own.
///
/// Features take the way of training: the same parser makes the same entry of them, and what is
/// logged is the bytes that were parsed.
package final class Predictor {
    /// What a request is answered, by instance.
    package struct Reply {
        package var predictions: [Double] = []
        /// JSON strings with their quotes.
        package var ids: [[UInt8]] = []
        package var tiers: [ServingTier] = []
        package var checkpoints: [CheckpointID?] = []
        package var arms: [ArmName] = []
        /// False if the log could not take the examples.
        package var isLogged = true
    }

    private let parser = RecordParser(
        keepsFeatures: true, rules: RecordRules(LocalSurroundings.clocks))
    /// Its buffers are large: only where a model asks for it.
    private lazy var timeParser = RecordParser(
        keepsFeatures: true,
        rules: RecordRules(
            LocalSurroundings.clocks, ExampleDesign(makesTimeFeatures: true)))
    private let room = ScoringRow()

    package init() {}

    /// Throws a `RequestFault` that names the instance and the field.
    package func predict(_ body: [UInt8], at desk: ModelDesk) throws(RequestFault) -> Reply {
        let instances = try InstanceReader.read(body)
        let plan = desk.current
        let now = desk.now
        let parser = desk.design.makesTimeFeatures ? timeParser : parser
        var reply = Reply()
        var samples: [ServedSample] = []
        var post = RecordPost(stream: .examples, lines: [])
        for (index, instance) in instances.enumerated() {
            let id = instance.id.isEmpty ? Array("\"\(desk.newID())\"".utf8) : instance.id
            let key = InstanceReader.hash(ofString: id)
            let unit = Self.unit(of: instance) ?? key
            try featurize(instance, "instances[\(index)]", at: now, parser)
            room.features = parser.features
            let answer = plan.answer(
                EntryView(UnsafeRawPointer(parser.entry)), key: key, unit: unit, in: room
            ) { Self.text(of: $0, in: instance.features) }
            reply.predictions.append(answer.probability)
            reply.ids.append(id)
            reply.tiers.append(answer.tier ?? .constant)
            reply.checkpoints.append(answer.checkpoint)
            reply.arms.append(answer.arm)
            samples.append(ServedSample(key: key, answer))
            post.answers.append(
                LoggedAnswer(probability: answer.probability, checkpoint: answer.checkpoint))
            Self.write(instance, id: id, at: now, answer, into: &post.lines)
        }
        desk.note(samples)
        if desk.post(post) != .taken {
            reply.isLogged = false
            desk.noteUnlogged(instances.count)
        }
        return reply
    }

    /// The hash of what arms are assigned by.
    private static func unit(of instance: RequestInstance) -> UInt64? {
        let text = instance.unit.isEmpty ? instance.source : instance.unit
        return text.isEmpty ? nil : InstanceReader.hash(ofString: text)
    }

    private func featurize(
        _ instance: RequestInstance, _ place: String, at now: Instant, _ parser: RecordParser
    ) throws(RequestFault) {
        do throws(Rejection) {
            try parser.parseFeatures(instance.features, at: now, zone: instance.zone)
        } catch {
            let isFeature = error.field.hasPrefix("features.")
            let field = isFeature ? error.field.dropFirst(8) : error.field == "tz" ? ".@tz" : ""
            throw RequestFault(place: place + field, text: error.text)
        }
    }

    /// A feature's value as text, read by another parser than the learner's.
    static func text(of feature: String, in features: [UInt8]) -> String? {
        text(of: feature, in: object(in: features))
    }

    static func text(of feature: String, in features: [String: Any]?) -> String? {
        features?[feature].map { "\($0)" }
    }

    static func object(in json: [UInt8]) -> [String: Any]? {
        do {
            let object = try JSONSerialization.jsonObject(with: Foundation.Data(json))
            return object as? [String: Any]
        } catch {
            return nil
        }
    }

    private static func write(
        _ instance: RequestInstance, id: [UInt8], at now: Instant, _ answer: ServingAnswer,
        into line: inout [UInt8]
    ) {
        func add(_ text: String) { line.append(contentsOf: text.utf8) }
        add("{\"id\":")
        line += id
        add(",\"ts\":\"\(now.rfc3339)\",\"features\":")
        line += instance.features
        add(",\"propensity\":1,\"arm\":\"\(answer.arm)\"")
        let riding = [
            ("unit", instance.unit), ("source", instance.source), ("segment", instance.segment),
            ("tz", instance.zone),
        ]
        for (name, value) in riding where !value.isEmpty {
            add(",\"\(name)\":")
            line += value
        }
        if let checkpoint = answer.checkpoint { add(",\"checkpoint\":\"\(checkpoint)\"") }
        add(",\"tier\":\"\((answer.tier ?? .constant).rawValue)\"")
        add(",\"prediction\":\(answer.probability)}\n")
    }
}
