import Engine
import Foundation
import NIOHTTP1
import Operation
import Serving
import Vocabulary

/// Requests that only look.
extension Doors {
    /// The model of posted records: the one that is named, or the only one.
    func model(of target: DoorTarget) -> ModelDesk? {
        if let name = target.model { return desk.model(name) }
        return desk.models.count == 1 ? desk.models[0] : nil
    }

    func look(_ target: DoorTarget, isSocket: Bool, _ method: HTTPMethod) -> DoorAnswer {
        switch target.route {
        case .healthz: return DoorAnswer(.ok, ["status": "ok"])
        case .readyz: return readiness
        case .model: return status(of: target.model ?? "")
        case .metrics:
            guard isSocket || settings.hasMetrics else {
                return .refusal(.notFound, "metrics are not given here")
            }
            var answer = DoorAnswer(.ok, body: Array(MetricsText(self).text.utf8))
            answer.contentType = "text/plain; version=0.0.4; charset=utf-8"
            return answer
        case .status, .snapshot:
            guard let latest = host?.latest() else {
                return .refusal(
                    .serviceUnavailable, "the engine is starting", retryAfterSeconds: 1)
            }
            let isFull = target.route == .snapshot
            return DoorAnswer(
                .ok,
                isFull ? latest.snapshot.showing(target.charts) : latest.snapshot.summary)
        case .readiness: return readPractice(isSocket: isSocket)
        case .unknown, .predict, .examples, .labels, .act, .rehearse, .journal:
            return .refusal(.notFound, "there is no \(method) \(target.path)")
        }
    }

    /// A look that takes the engine's host some work: on the control socket alone.
    func rehearse(_ target: DoorTarget, _ body: [UInt8], isSocket: Bool) -> DoorAnswer {
        guard isSocket else {
            return .refusal(.forbidden, "rehearsals are asked for on the control socket")
        }
        guard let host else {
            return .refusal(.serviceUnavailable, "the engine is starting", retryAfterSeconds: 1)
        }
        do {
            guard let model = ModelName(target.model ?? "") else {
                throw ActRefusal("expected the name of a model in \(target.path)")
            }
            return DoorAnswer(.ok, try host.rehearse(RehearsalQuery(body: body), of: model))
        } catch {
            return .refusal(.conflict, "\(error)")
        }
    }

    /// A page of the journal: on the control socket alone.
    func readJournal(_ body: [UInt8], isSocket: Bool) -> DoorAnswer {
        guard isSocket else {
            return .refusal(.forbidden, "the journal is read on the control socket")
        }
        guard let host else {
            return .refusal(.serviceUnavailable, "the engine is starting", retryAfterSeconds: 1)
        }
        do {
            return DoorAnswer(.ok, try host.readJournal(JournalQuery(body: body)))
        } catch {
            return .refusal(.conflict, "\(error)")
        }
    }

    private func readPractice(isSocket: Bool) -> DoorAnswer {
        guard isSocket else {
            return .refusal(.forbidden, "what was practised is asked for on the control socket")
        }
        do {
            guard let host else { throw ActRefusal("the engine is starting") }
            return DoorAnswer(.ok, try host.readReadiness())
        } catch {
            return .refusal(.conflict, "\(error)")
        }
    }

    private struct ReadyState: Encodable {
        struct Model: Encodable {
            var model: String
            /// What the next request is answered from.
            var tier: ServingTier
            var checkpoint: CheckpointID?
            /// Why no better tier answers.
            var reasons: [String]
        }

        /// "ready", "degraded" where a fallback answers, or "draining".
        var status: String
        var models: [Model]
        /// Why the engine takes nothing in, and does not train; absent while it does.
        var trouble: String?
    }

    /// A model can always be answered for, by its constant at least; so only an engine that ends is
    /// not ready, and whether a fallback answers is in the body.
    private var readiness: DoorAnswer {
        let models = desk.models.map { desk in
            let plan = desk.current
            var reasons: [String] = []
            if let switched = desk.switched {
                reasons.append("switched to by \(switched.by): \(switched.reason)")
            }
            for tier in ServingTier.allCases where tier < plan.tier {
                reasons.append(
                    desk.faults[tier]
                        ?? (plan.firstTier > tier ? nil : "\(tier.rawValue): there is none yet")
                        ?? "\(tier.rawValue): switched away from")
            }
            return ReadyState.Model(
                model: desk.model.text, tier: plan.tier,
                checkpoint: plan.model(of: plan.tier)?.checkpoint, reasons: reasons)
        }
        if isDraining {
            return DoorAnswer(.serviceUnavailable, ReadyState(status: "draining", models: models))
        }
        let isWhole = models.allSatisfy { $0.tier == .model }
        return DoorAnswer(
            .ok,
            ReadyState(
                status: isWhole ? "ready" : "degraded", models: models,
                trouble: host?.troubleText))
    }

    private struct ModelStatus: Encodable {
        struct Version: Encodable {
            var version: String
            var state: String
            var status: Code
        }

        struct Code: Encodable {
            var errorCode: String
            var errorMessage: String
        }

        var modelVersionStatus: [Version]
    }

    /// As TensorFlow Serving's clients ask for it.
    private func status(of name: String) -> DoorAnswer {
        guard let desk = desk.model(name) else {
            return .refusal(.notFound, "there is no model \(name)")
        }
        let plan = desk.current
        let version = plan.tier == .model ? plan.stable?.checkpoint.number : nil
        return DoorAnswer(
            .ok,
            ModelStatus(modelVersionStatus: [
                ModelStatus.Version(
                    version: version.map(String.init) ?? "0", state: "AVAILABLE",
                    status: ModelStatus.Code(
                        errorCode: "OK",
                        errorMessage: version == nil ? "answered by \(plan.tier.rawValue)" : ""))
            ]))
    }
}
