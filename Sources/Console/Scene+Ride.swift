import Operation
import Vocabulary

/// What is being ridden through, for as long as it lasts.
extension Scene {
    /// A line over every screen; nil while nothing is ridden through. A guard that tripped is told
    /// first.
    var rideBanner: (text: String, role: Role)? {
        let models = state.shown(link)?.models ?? []
        let ridden = models.filter { $0.ride != nil }
        let tripped = ridden.first { $0.ride?.state == .tripped }
        guard let model = tripped ?? ridden.first, let ride = model.ride else { return nil }
        let others = ridden.count > 1 ? " (\(ridden.count - 1) more)" : ""
        if ride.state == .tripped {
            let text =
                "▲ RIDE TRIPPED: \(model.name) STOPPED: \(ride.text ?? "")\(others); the way back "
                + "is \(ride.wayBack)"
            return (text, .critical)
        }
        let left = ride.secondsLeft.map { Figure.span(seconds: $0) } ?? "-"
        let share = Figure.short(ride.stepShare * 100)
        let key = state.keyMap.key(for: .rideThrough)
        let text =
            "◆ RIDING: \(model.name), \(ride.event), \(left) left of event time\(others); "
            + "\(share) % steps; a guard or \(key) ends it"
        return (text, .warning)
    }

    /// Each guard with its figure, in one line of the model's screen. Returns the rows used.
    mutating func drawRide(of model: ModelReport, in area: Area) -> Int {
        guard let ride = model.ride, area.height >= 10 else { return 0 }
        let text =
            "◆ ride \(ride.id) by \(ride.by), \(Figure.grouped(ride.examples)) ex; way back "
            + "\(ride.wayBack); " + ride.guards.joined(separator: "; ")
        canvas.put(
            text, row: area.row, column: area.column + 1, width: area.width - 1, .event)
        return 1
    }

    static func words(_ terms: RideTerms) -> String {
        let event = terms.event ?? "what the reason says"
        switch terms.deadline {
        case .at(let time): return "\(event), until it is over: \(Figure.dayMinute(time)) UTC"
        case .after(let span): return "\(event), for \(span.text) of event time"
        }
    }
}

extension Words {
    /// What a checkpoint is to its model.
    static func use(of item: CheckpointReport, _ model: ModelReport) -> String {
        if item.id == model.serving.checkpoint { return "SERVES" }
        if item.id == model.ride?.wayBack { return "way back" }
        if item.id == model.lastHealthy { return "healthy" }
        return item.pinned ? "pinned" : ""
    }
}
