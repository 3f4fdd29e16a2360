import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary
import World

@Suite("Rehearsals")
struct RehearsalTests {
    private typealias Bench = RehearsalBench
    private let onset = RehearsalBench.instant(RehearsalBench.window.lowerBound)

    @Test("Every response leads to the very learner that its rehearsal came to")
    func leadsThere() throws {
        let bench = try Bench.incident.get().copy()
        let rehearsed = try bench.incident()
        let digests = Set(rehearsed.responses.compactMap(\.learnerDigest))
        #expect(digests.count == Response.allCases.count)
        #expect(rehearsed.responses.allSatisfy { $0.golden != nil && $0.fault == nil })

        let nothing = try #require(rehearsed[.doNothing])
        #expect(nothing.learnerDigest == (try bench.newest().learnerDigest))
        #expect(nothing.stalenessSeconds == 0 && nothing.examplesLost == 0)

        let back = try bench.copy()
        let rollback = try #require(rehearsed[.rollBack])
        let went = try back.effect(.rollback(to: .before(onset), keepsCursor: false))
        #expect(rollback.checkpoint == went.checkpoint && rollback.examplesLost == went.examples)
        #expect(rollback.learnerDigest == (try back.newest().learnerDigest))

        let purged = try bench.copy()
        let purge = try #require(rehearsed[.purge])
        let done = try purged.effect(.leaveOut(Bench.selection(Bench.window)))
        #expect(purge.checkpoint == done.checkpoint && purge.examplesLost == done.examples)
        #expect(purge.learnerDigest == (try purged.newest().learnerDigest))

        // The red button at the onset, and everything after it.
        let stopped = try Bench()
        try stopped.grow(to: Bench.window.lowerBound)
        try stopped.effect(.stop)
        try stopped.grow(to: Bench.count)
        let stop = try #require(rehearsed[.stop])
        #expect(stop.learnerDigest == (try stopped.newest().learnerDigest))
        #expect(stop.examplesLost == UInt64(Bench.count - Bench.window.lowerBound))
    }

    @Test("The loss that follows a response is the one that was rehearsed, within ten per cent")
    func lossFollows() throws {
        let now = try Bench()
        try now.meetIncident(until: Bench.window.upperBound)
        let purged = try now.copy()
        try purged.effect(.leaveOut(Bench.selection(Bench.window)))
        let back = try now.copy()
        try back.effect(.rollback(to: .before(onset), keepsCursor: false))
        let predicted = try now.incident()
        for (bench, response) in [(now, Response.doNothing), (purged, .purge), (back, .rollBack)] {
            let before = try bench.newest()
            try bench.grow(to: Bench.count)
            let golden = try #require(try bench.incident()[.doNothing]?.golden)
            let wanted = try #require(predicted[response]?.golden)
            #expect(abs(golden.mean - wanted.mean) <= 0.1 * wanted.mean, "\(response)")
            guard response != .rollBack else { continue }
            // What a rehearsal of now says of the clean examples behind the window is what the
            // engine's own progressive figures say.
            let after = try bench.newest()
            let count = Double(Bench.count - Bench.window.upperBound)
            let trained =
                Double(before.cursor)
                - (response == .purge
                    ? Double(
                        try #require(predicted[.purge]?.examplesLost)) : 0)
            let loss =
                try #require(after.metrics.logLoss) * (trained + count)
                - (try #require(before.metrics.logLoss)) * trained
            let forward = try #require(try bench.incident()[.doNothing]?.forward)
            #expect(abs(forward.mean - loss / count) < 1e-6)
        }
    }

    @Test("Where one source was turned over, purging it is recommended; where nothing was, nothing")
    func recommends() throws {
        let bench = try Bench.incident.get().copy()
        let report = try bench.rehearse()
        let incident = try #require(report.incident)
        #expect(incident.recommendation.response == .purge, "\(incident.recommendation)")
        #expect(report.triage?.verdict == .data, "\(String(describing: report.triage))")
        let clean = try Bench(.none)
        try clean.meetIncident()
        let calm = try #require(try clean.incident { $0.source = nil }.recommendation)
        #expect(calm.response == nil && calm.text.contains("cannot tell"), "\(calm)")
    }

    @Test("The window that stands out is the bad one, to a cell, with its source")
    func proposes() throws {
        let bench = try Bench.incident.get().copy()
        for since in [nil, onset] {
            let report = try bench.rehearse { query in
                (query.since, query.proposes) = (since, true)
            }
            #expect(report.incident == nil)
            let proposal = try #require(report.proposal)
            let found = try #require(proposal.window, "\(proposal)")
            #expect(found.source == Bench.badSource && !proposal.isWide, "\(proposal)")
            #expect(abs((found.from - onset).seconds) <= 3600, "\(proposal.text)")
            let end = Bench.instant(Bench.window.upperBound)
            #expect(abs((found.to - end).seconds) <= 3600, "\(proposal.text)")
            #expect(proposal.evidence.contains { $0.contains("log loss") }, "\(proposal)")
        }
        let clean = try Bench(.none)
        try clean.meetIncident()
        let calm = try #require(
            try clean.rehearse { ($0.since, $0.proposes) = (nil, true) }.proposal)
        #expect(calm.window == nil && calm.text.hasPrefix("cannot tell"), "\(calm)")
        #expect(throws: ActRefusal.self) { try clean.rehearse { $0.since = nil } }
    }

    @Test("A world that is harder for all is not put down to a source, nor to code or data")
    func world() throws {
        let bench = try Bench(.harder)
        try bench.meetIncident(until: Bench.window.upperBound)
        let report = try bench.rehearse()
        #expect(report.proposal?.isWide == true, "\(String(describing: report.proposal))")
        let verdict = report.triage?.verdict
        #expect(verdict != .code && verdict != .data, "\(String(describing: report.triage))")
    }

    @Test("The same log gives the same table, and nothing of the model is touched")
    func deterministic() throws {
        let bench = try Bench.incident.get().copy()
        let before = try bench.files()
        var reports = try (0..<2).map { _ in try bench.rehearse() }
        for index in reports.indices {
            for row in reports[index].incident?.responses.indices ?? 0..<0 {
                reports[index].incident?.responses[row].secondsToGetThere = nil
            }
        }
        #expect(reports[0] == reports[1])
        #expect(try bench.files() == before)
    }

    @Test(
        "Riding through with whole steps is doing nothing; smaller steps learn less of the window")
    func softened() throws {
        let bench = try Bench()
        try bench.meetIncident(until: Bench.window.upperBound)
        let whole = try bench.incident { $0.stepShare = 1 }
        #expect(whole[.rideThrough]?.learnerDigest == whole[.doNothing]?.learnerDigest)
        let losses = try [1, 0.1, 0.01].map { share in
            try #require(try bench.incident { $0.stepShare = share }[.rideThrough]?.golden).mean
        }
        #expect(losses[0] > losses[1] && losses[1] > losses[2], "\(losses)")
        #expect(throws: ActRefusal.self) { try bench.incident { $0.stepShare = 0 } }
    }

    @Test("A stopped model is rehearsed from where it stands")
    func stopped() throws {
        let bench = try Bench()
        try bench.grow(to: 4000)
        try bench.effect(.makeGolden)
        try bench.grow(to: Bench.window.upperBound)
        try bench.effect(.stop)
        try bench.grow(to: Bench.count)
        let rehearsed = try bench.incident()
        let nothing = try #require(rehearsed[.doNothing])
        #expect(nothing.learnerDigest == (try bench.newest().learnerDigest))
        #expect(nothing.cursor == (try bench.newest().cursor))
        #expect(try #require(nothing.stalenessSeconds) > 11_000)
        #expect(rehearsed[.purge]?.cursor == UInt64(Bench.count))
    }

    @Test("Past events with the same words are rehearsed in order of time, best response first")
    func pastEvents() throws {
        let bench = try Bench.incident.get().copy()
        let end = Bench.instant(Bench.window.upperBound)
        for (text, from, to) in [
            ("Yarn sale 2026", onset, end),
            ("Yarn sale, early", Bench.instant(3600), Bench.instant(3900)),
            ("Cup final", Bench.instant(3000), Bench.instant(3100)),
            ("Yarn sale to come", Bench.instant(9000), Bench.instant(9100)),
        ] {
            try bench.effect(.event(.add(text: text, from: from, to: to)))
        }
        let report = try bench.rehearse { ($0.since, $0.event) = (nil, "yarn sale") }
        let events = try #require(report.events)
        #expect(events.map(\.event?.text) == ["Yarn sale, early", "Yarn sale 2026"])
        for event in events {
            let losses = try event.responses.map { row in
                let during = try #require(row.during), forward = try #require(row.forward)
                let sum = during.mean * Double(during.count) + forward.mean * Double(forward.count)
                return sum / Double(during.count + forward.count)
            }
            #expect(losses == losses.sorted(), "\(losses)")
            #expect(event.responses.count == Response.allCases.count)
        }
        #expect(report.overall?.evidence.count == Response.allCases.count)
        #expect(throws: ActRefusal.self) { try bench.rehearse { $0.event = "solstice" } }
    }
}

extension RehearsalBench {
    /// The bytes of every file of the model.
    func files() throws -> [String: Data] {
        let root = path + "/models"
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(name)")
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(name)"))
        }
        return files
    }
}
