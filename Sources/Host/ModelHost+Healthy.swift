import Engine
import Governing
import Operation
import Vocabulary

/// Which checkpoint "last healthy" means.
extension ModelHost {
    /// The newest passed checkpoint from before the onset of everything that is wrong; throws an
    /// `ActRefusal` that says why there is none.
    func lastHealthy() throws -> CheckpointReport {
        for report in healthyCandidates {
            // One that is broken, or was made under other purges, is passed over.
            if folder.verify(report) == nil, try purgedExample(in: report) == nil { return report }
        }
        let when = onset.map { " from before \($0.text)" } ?? ""
        throw ActRefusal("\(name) has no passed checkpoint\(when) that is whole and can be gone to")
    }

    /// The same by what the reports say, without reading a file.
    var likelyHealthy: CheckpointReport? { healthyCandidates.first }

    private var healthyCandidates: [CheckpointReport] {
        let onset = onset
        return checkpoints.filter { report in
            guard report.verdict == .passed, isOfCourse(report) else { return false }
            guard let onset else { return true }
            let isBefore = onset.event.map { (report.eventTime ?? .distantFuture) < $0 } ?? true
            return isBefore && onset.wall.map { report.created < $0 } ?? true
        }
    }

    /// When what is wrong began, by the alarms in event time and by the incidents in wall time;
    /// nil while nothing is.
    private var onset: Onset? {
        let alarms = engine.openAlarms.filter(Preflight.isOfHealth)
        guard let event = alarms.map({ $0.onset ?? $0.since }).min() else {
            return incidentSince.map { Onset(event: nil, wall: $0) }
        }
        return Onset(event: event, wall: incidentSince)
    }

    private struct Onset {
        var event: Instant?
        var wall: Instant?

        var text: String {
            [
                event.map { "\($0.rfc3339), when the first open alarm began" },
                wall.map { "\($0.rfc3339), when the open incident was detected" },
            ].compactMap(\.self).joined(separator: ", and ")
        }
    }

    /// False for a checkpoint whose learner has met with whole steps what a ride learns with
    /// smaller ones: learning cannot go on from there.
    func isOfCourse(_ report: CheckpointReport) -> Bool {
        rideBook.rides.allSatisfy {
            $0.agrees(withCheckpoint: report.id.number, reach: report.reach)
        }
    }
}
