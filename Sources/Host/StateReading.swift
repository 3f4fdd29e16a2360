import Checkpointing
import Engine
import Governing
import Operation
import Paging
import Recording
import Validation
import Vocabulary
import World

/// A state directory to look at, beside an engine that may be running on it.
package struct StateReading {
    package let journal: Journal
    package let quarantine: Quarantine
    let path: String
    let world: HostWorld
    var disk: any Disk { world.disk }

    /// Throws `StateFault.missing` where no engine ever ran.
    package init(_ path: String, world: HostWorld) throws {
        guard try world.disk.exists(path + "/lock") else { throw StateFault.missing(path) }
        self.path = path
        self.world = world
        journal = try Journal(path + "/journal.sqlite")
        quarantine = try Quarantine(path + "/quarantine.sqlite")
    }

    /// Of one model, in the order of their beginnings.
    package func events(of model: ModelName) throws -> [CalendarEvent] {
        try EventCalendar(path + "/calendar.json", disk: disk).all(of: model)
    }

    /// Those in force.
    package func silences() throws -> [Silence] {
        let book = path + "/paging.json"
        return try PagingBook(book, policy: EscalationPolicy(), disk: disk).silences
    }

    /// Oldest first, the closed ones too.
    package func incidents() throws -> [Incident] {
        let (desk, fault) = try disk.storedJSON(
            IncidentDesk.self, at: path + "/incidents.json")
        if let fault { throw ActRefusal(fault) }
        return desk?.incidents ?? []
    }

    /// What the policy in force declares for an incident's clock.
    package func incidentLimits(_ configuration: SpindleConfiguration) throws -> IncidentLimits {
        try Authority(
            path, configuration: configuration, disk: disk, isStart: false, now: WallClock.now()
        ).limits
    }

    /// The configuration that the directory remembers, if any.
    package func configuration() throws -> String? {
        let remembered = path + "/spindle.toml"
        guard try disk.exists(remembered) else { return nil }
        return String(decoding: try disk.read(remembered), as: UTF8.self)
    }

    /// Of one model or all, newest first.
    package func checkpoints(of model: ModelName?) throws -> [CheckpointReport] {
        try folders(of: model).flatMap(\.reports).sorted { left, right in
            (left.created, left.id) > (right.created, right.id)
        }
    }

    /// One of them; throws `ActRefusal` if it isn't there (any more).
    package func checkpoint(_ id: CheckpointID) throws -> CheckpointReport {
        try kept(id).report
    }

    /// One of them, and all that are kept beside it; throws as `checkpoint` does.
    func kept(
        _ id: CheckpointID
    ) throws -> (report: CheckpointReport, folder: CheckpointFolder) {
        for folder in try folders(of: id.model) {
            guard let report = folder.reports.first(where: { $0.id == id }) else { continue }
            return (report, folder)
        }
        throw ActRefusal("there is no checkpoint \(id)")
    }

    /// Reads every checkpoint, log and book again and holds each against its digests; `deep`,
    /// given the settings of a model, makes everything anew from the raw log besides.
    package func verify(
        _ model: ModelName?, deep settings: ((ModelName) throws -> ModelSettings)? = nil
    ) throws -> VerificationReport {
        var report = VerificationReport()
        do {
            _ = try journal.verify()
        } catch {
            report.faults.append("\(path)/journal.sqlite: \(error)")
        }
        let course = try auditCourse(of: model, isDeep: settings != nil)
        for folder in try folders(of: model) {
            course.begin("verifying \(folder.model)")
            for checkpoint in folder.reports {
                report.verified += 1
                course.advance(by: checkpoint.bytes)
                guard let fault = folder.verify(checkpoint) else { continue }
                // Retention of a running engine may have removed it meanwhile.
                guard try disk.exists(folder.path(of: checkpoint.id)) else { continue }
                // One that is marked is known, and never used.
                if checkpoint.verdict == .failed {
                    report.failed.append(fault)
                } else {
                    report.faults.append(fault)
                }
            }
            let path = "\(path)/models/\(folder.model)"
            let logFaults = try audit(path, folder, course, into: &report)
            report.faults += bookFaults(path)
            guard let settings, logFaults == 0 else { continue }
            course.begin("making \(folder.model) anew")
            let audit = try DeepAudit(
                settings(folder.model), model: path, world: world, course: course)
            report.entries = (report.entries ?? 0) + audit.entries
            report.learners = (report.learners ?? 0) + audit.learners
            if !audit.skipped.isEmpty { report.skipped = (report.skipped ?? []) + audit.skipped }
            if let base = audit.base { report.bases = (report.bases ?? []) + [base] }
            report.faults += audit.faults
        }
        return report
    }

    /// Checkpoints and logs are read once, and for what is made anew the logs once more.
    private func auditCourse(of model: ModelName?, isDeep: Bool) throws -> AuditCourse {
        var byteCount = 0
        for folder in try folders(of: model) {
            byteCount += folder.reports.reduce(0) { $0 + $1.bytes }
            for (name, kind) in [("raw", LogKind.raw), ("training", .training)] {
                let log = try LogFolder(
                    "\(path)/models/\(folder.model)/\(name)", kind: kind, world: world)
                byteCount += Int(log.end - log.start) * (isDeep ? 2 : 1)
            }
        }
        return AuditCourse(world, byteCount: byteCount)
    }

    /// The logs of a model must reach at least as far as its newest checkpoint. Gives how many
    /// are broken.
    private func audit(
        _ path: String, _ folder: CheckpointFolder, _ course: AuditCourse,
        into report: inout VerificationReport
    ) throws -> Int {
        var faultCount = 0
        let rawLog = try LogFolder(path + "/raw", kind: .raw, world: world)
        let trainingLog = try LogFolder(path + "/training", kind: .training, world: world)
        var (rawEnd, trainingEnd) = (rawLog.durableEnd, UInt64(0))
        if let fault = try rawLog.markFault() { report.faults.append(fault) }
        for checkpoint in folder.reports where folder.verify(checkpoint) == nil {
            let manifest = try folder.load(checkpoint.id).checkpoint.manifest
            rawEnd = max(rawEnd, manifest.rawEnd.offset)
            trainingEnd = manifest.trainingEnd.offset
            break
        }
        for (log, acknowledged) in [(rawLog, rawEnd), (trainingLog, trainingEnd)] {
            let audit = try LogAudit(log, acknowledged: acknowledged, course: course)
            report.batches += audit.batches
            report.tornBytes += audit.tornSize
            guard let fault = audit.fault else { continue }
            report.faults.append(fault)
            faultCount += 1
        }
        return faultCount
    }

    /// What a checkpoint would be validated against now.
    package func gateOrder(
        of id: CheckpointID, _ settings: ModelSettings
    ) throws -> GateOrder {
        _ = try checkpoint(id)
        var order = GateOrder(
            of: id,
            in: CheckpointPlace(folder: "\(path)/models/\(id.model)/checkpoints", disk: disk),
            among: try checkpoints(of: id.model).sorted { $0.id > $1.id },
            settings: settings.gate)
        order.design = settings.design
        return order
    }

    /// Where a model's golden set comes from; nil if it has none.
    package func goldenSummary(of model: ModelName) throws -> GoldenSummary? {
        let golden = GoldenFolder(folder: "\(path)/models/\(model)", disk: disk)
        guard let origin = try golden.origin() else { return nil }
        return GoldenSummary(
            path: golden.path, rows: origin.rows, positives: origin.positives, from: origin.from,
            to: origin.to, made: origin.made, by: origin.by)
    }

    /// Restores every model in memory, from its newest checkpoint and the log behind it.
    package func restore(
        _ model: ModelName?, _ settings: (ModelName) throws -> ModelSettings
    ) throws -> [RestoreReport] {
        try folders(of: model).map { folder in
            try RestoreDrill(
                settings(folder.model), model: "\(path)/models/\(folder.model)", world: world
            ).report
        }
    }

    private func bookFaults(_ folder: String) -> [String] {
        func fault(_ read: () throws -> Void) -> String? {
            do {
                try read()
                return nil
            } catch {
                return "\(error)"
            }
        }
        let faults = [
            fault { _ = try ExclusionBook(of: folder, disk: disk) },
            fault { _ = try RideBook(of: folder, disk: disk) },
            fault { _ = try PromotionBook(of: folder, disk: disk) },
        ]
        return faults.compactMap(\.self)
    }

    /// One log of a model.
    package func log(of model: ModelName, _ kind: LogKind) throws -> LogListing {
        _ = try folders(of: model)
        let name = kind == .raw ? "raw" : "training"
        return LogListing(
            try LogFolder("\(path)/models/\(model)/\(name)", kind: kind, world: world))
    }

    /// Hands over every line of a model's raw log, in its order.
    package func forEachLine(
        of model: ModelName, _ body: (UnsafeRawBufferPointer, StreamKind) throws -> Void
    ) throws {
        _ = try folders(of: model)
        let log = try LogFolder("\(path)/models/\(model)/raw", kind: .raw, world: world)
        try log.forEachRecord { record in
            if record.kind.isLine { try body(record.line, record.stream) }
        }
    }

    /// Throws an `ActRefusal` if a model is named that is not there.
    package func check(_ model: ModelName?) throws { _ = try names(model) }

    private func names(_ model: ModelName?) throws -> [ModelName] {
        let names = try disk.names(in: path + "/models").compactMap { ModelName($0) }
        if let model, !names.contains(model) {
            throw ActRefusal(
                "there is no model \(model); known: "
                    + names.map(\.text).joined(separator: ", "))
        }
        return names
    }

    private func folders(of model: ModelName?) throws -> [CheckpointFolder] {
        try names(model).filter { model == nil || $0 == model }.map { name in
            try CheckpointFolder("\(path)/models/\(name)/checkpoints", model: name, disk: disk)
        }
    }
}

/// What `verify --json` prints.
package struct VerificationReport: Codable, Sendable {
    /// Checkpoints that were read again.
    package var verified = 0
    /// Of these, what is wrong with those that are marked as failed: nothing uses them.
    package var failed: [String] = []
    /// Batches of both logs that were read again.
    package var batches = 0
    /// Bytes at the ends of logs that were being written when an engine was cut off.
    package var tornBytes: UInt64 = 0
    /// What is wrong: each names the file and the place.
    package var faults: [String] = []
    /// With `--deep`: entries of the training log and learners of checkpoints that were made anew.
    package var entries: UInt64?
    package var learners: Int?
    /// With `--deep`: checkpoints whose way the logs no longer have.
    package var skipped: [CheckpointID]?
    /// With `--restore`: what was restored.
    package var restored: [RestoreReport]?
    /// With `--deep`: checkpoints that were started from, where the logs' beginnings are gone.
    package var bases: [CheckpointID]?
}
