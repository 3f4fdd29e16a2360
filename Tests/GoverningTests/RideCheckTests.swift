import Governing
import Operation
import Testing
import Vocabulary

@Suite("What is to be ruled out before an event is ridden through")
struct RideCheckTests {
    private func model(_ alarms: (String, AlarmSeverity)...) throws -> ModelReport {
        let name = try #require(ModelName("m"))
        let start = Instant(microseconds: 0)
        return ModelReport(
            name: name,
            training: TrainingReport(
                state: .running, since: start, by: "", reason: "", cursor: 0, behind: 0),
            pushing: .open, serving: ServingReport(mode: .model, checkpoint: nil, arms: [:]),
            stalenessSeconds: nil, stalenessLimitSeconds: 0, metrics: ModelMetrics(),
            counts: StreamCounts(), eventTime: nil, labelWatermark: nil,
            alarms: alarms.map { name, severity in
                AlarmReport(
                    id: name, name: name, text: "", since: start, severity: severity, owner: "")
            }, checkpoints: [], series: [])
    }

    @Test("An open alarm of pipeline or system blocks a ride, one of the world does not")
    func blocks() throws {
        let blocked = Preflight.rideChecks(
            try model(("volume_high", .warning), ("labels_stalled", .warning)))
        #expect(blocked.map(\.blocks) == [true])
        #expect(blocked[0].text == "rule out pipeline and system first: labels_stalled")
        let free = Preflight.rideChecks(
            try model(("volume_high", .warning), ("feature_shifted", .warning)))
        #expect(free.map(\.blocks) == [false] && free[0].state == .good)
    }

    @Test("What an operator did, and a notice, say nothing of health")
    func health() throws {
        let alarms = try model(
            ("training_stopped", .warning), ("riding_through", .notice),
            ("calibration_off", .warning), ("ride_tripped", .critical)
        ).alarms
        #expect(
            alarms.filter(Preflight.isOfHealth).map(\.name) == ["calibration_off", "ride_tripped"])
    }
}
