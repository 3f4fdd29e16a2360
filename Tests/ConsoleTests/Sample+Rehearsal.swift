import Operation
import Vocabulary

extension Sample {
    private static func row(
        _ response: Response, _ text: String, golden: Double, forward: Double, lost: UInt64,
        stale: Double, takes: Double
    ) -> RehearsedResponse {
        var row = RehearsedResponse(response, text: text)
        row.golden = Estimate(
            mean: golden, low: golden - 0.0061, high: golden + 0.0061, count: 2000)
        row.calibration = golden / 0.15
        row.forward = Estimate(
            mean: forward, low: forward - 0.01, high: forward + 0.01, count: 812)
        (row.examplesLost, row.stalenessSeconds, row.secondsToGetThere) = (lost, stale, takes)
        return row
    }

    /// What a rehearsal of the selected model came to.
    static var rehearsal: RehearsalReport {
        let onset = start + .hours(1)
        let window = ExampleSelection(from: onset, to: onset + .minutes(40), source: "partner-7")
        let back = CheckpointID(model: name("search"), number: 31)
        var responses = [
            row(
                .doNothing, "goes on as it is", golden: 0.1893, forward: 0.1911, lost: 0,
                stale: 0, takes: 0),
            row(
                .stop, "had stopped at the onset, and stays there", golden: 0.1421,
                forward: 0.1466, lost: 21_644, stale: 3601, takes: 0),
            row(
                .rollBack, "back to search-000031, and stays there", golden: 0.1424,
                forward: 0.1468, lost: 22_100, stale: 3780, takes: 0.31),
            row(
                .purge, "back to search-000031, learns all but the window", golden: 0.1409,
                forward: 0.1402, lost: 4310, stale: 0, takes: 4.2),
            row(
                .rideThrough, "back to search-000031, learns the window with 10 % of each step",
                golden: 0.1502, forward: 0.1497, lost: 0, stale: 0, takes: 4.4),
        ]
        for index in [2, 3, 4] { responses[index].checkpoint = back }
        var report = RehearsalReport(
            model: name("search"),
            basis: "onset \(onset.rfc3339), of alarm search-3fa2c1 (label_rate_changed)")
        report.incident = RehearsedWindow(
            window: window, onset: onset, examples: 4310, stepShare: 0.1, responses: responses,
            recommendation: Recommendation(
                response: .purge,
                text: "purge: the lowest loss on clean examples behind the window, beyond chance",
                evidence: []))
        report.proposal = WindowProposal(
            window: window, examples: 4310,
            text: "\(window.text): 4310 examples look unlike those "
                + "before; one part of the examples only",
            evidence: [
                "label rate 61 % against 3.1 %, up to 34 deviations out, in 8 of 8 cells of 5m",
                "without it, the same cells look as usual, or hide it",
            ])
        report.triage = Triage(
            verdict: .data, text: "data: purge the window once its source is mended",
            evidence: [
                Evidence("skew", .cannotTell, "no answer was of other features than training's"),
                Evidence("window", .data, "4310 examples of partner-7 look unlike those before"),
                Evidence(
                    "replay", .cannotTell,
                    "replayed from the log, the learner is that of search-000033, bit for bit"),
            ])
        return report
    }

    /// What a bisection of the selected model came to.
    static var bisected: RehearsalProgress {
        var progress = rehearsed
        let found = rehearsal.incident?.window
        var report = BisectionReport(
            text: "\(found?.text ?? ""): these 4,310 examples did it, first met by search-000032")
        report.window = found
        report.lastGood = CheckpointID(model: name("search"), number: 31)
        report.firstBad = CheckpointID(model: name("search"), number: 32)
        report.evidence = ["without these examples alone it comes to 0.1409"]
        report.trials = [
            BisectionReport.Trial(text: found?.text ?? "", logLoss: 0.1409, repaired: 0.98),
            BisectionReport.Trial(text: "the other sources", logLoss: 0.1891, repaired: 0.004),
        ]
        progress.report?.incident = nil
        progress.report?.bisection = report
        return progress
    }

    static func rehearsing(_ token: Int, share: Double) -> RehearsalProgress {
        var progress = RehearsalProgress(
            job: 3, model: name("search"), share: share, step: "learns")
        progress.secondsLeft = 7.4
        return progress
    }

    static var rehearsed: RehearsalProgress {
        var progress = RehearsalProgress(
            job: 3, model: name("search"), share: 1, step: "scores the golden set")
        progress.report = rehearsal
        return progress
    }
}
