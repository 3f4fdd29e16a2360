import Engine
import Monitoring
import Operation
import Serving
import Vocabulary
import World

/// Whether a push would arrive, tried while there may be none.
extension ModelHost {
    /// Wall time between two probes, and after one that failed.
    private static let probeInterval = Span.hours(1)
    private static let probeAgainInterval = Span.minutes(5)

    /// Takes note of the probe that has ended, and begins one that is due.
    func advanceProbe() {
        if let result = prober.finished(waiting: false) { finishProbe(result) }
        if ramps, clock.monotonic() >= probeAt { beginProbe() }
    }

    /// Sends a probe off, unless one is under way or there is nothing to make it of.
    package func beginProbe() {
        guard !prober.isBusy, let served = desk.current.stable else { return }
        let source = folder.place
        let place = CheckpointPlace(folder: modelFolder + "/probe", disk: disk)
        var order = GateOrder(
            of: served.checkpoint, in: source, among: checkpoints, settings: engine.settings.gate)
        // Against what it is a copy of: what fails then is the gate itself.
        order.design = engine.settings.design
        order.candidate = place.path(of: PushProbe.id(of: name))
        order.reference = source.path(of: served.checkpoint)
        order.before = nil
        let gate = PreparedGate(order: order, place: validation, disk: disk)
        let probe = PushProbe(served: served, source: source, place: place, gate: gate)
        probed = served.checkpoint
        probeAt = clock.monotonic() + Self.probeInterval
        prober.begin { try probe.run() }
    }

    private func finishProbe(_ result: Result<ServedModel, any Error>) {
        let fault: String?
        switch result {
        case .success(let model): fault = objection(toArrivalOf: model)
        case .failure(let error): fault = "\(error)"
        }
        if fault != nil, desk.current.stable?.checkpoint != probed {
            // Another one serves by now, and retention may have taken what the probe was made of.
            probeAt = clock.monotonic()
            return
        }
        push.probeFault = fault.map { "a push would not arrive, its probe says: \($0)" }
        if let now = engine.clock.now { stateConditions(at: now) }
        guard let text = push.probeFault else { return }
        probeAt = clock.monotonic() + Self.probeAgainInterval
        push.unwritten.append(JournalDraft(kind: .push, model: name, effect: text))
    }

    /// The push itself, on a copy of the plan that answers nobody; nil if the probe arrives.
    private func objection(toArrivalOf model: ServedModel) -> String? {
        var plan = desk.current
        if !push.state.faults.contains(.pushNoop) { plan.install(model) }
        guard plan.stable?.checkpoint != model.checkpoint else { return nil }
        return "it was pushed, and \(servingName) would serve"
    }
}
