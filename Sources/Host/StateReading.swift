import Operation
import Vocabulary
import World

/// A state directory to look at, beside an engine that may be running on it.
package struct StateReading {
    package let journal: Journal
    package let quarantine: Quarantine
    private let path: String
    private let disk: any Disk

    /// Throws `StateFault.missing` where no engine ever ran.
    package init(_ path: String, disk: any Disk) throws {
        guard try disk.exists(path + "/lock") else { throw StateFault.missing(path) }
        self.path = path
        self.disk = disk
        journal = try Journal(path + "/journal.sqlite")
        quarantine = try Quarantine(path + "/quarantine.sqlite")
    }

    /// Of one model or all, newest first.
    package func checkpoints(of model: ModelName?) throws -> [CheckpointReport] {
        try folders(of: model).flatMap(\.reports).sorted { left, right in
            (left.created, left.id) > (right.created, right.id)
        }
    }

    /// Reads every checkpoint again; gives how many there are and what is wrong.
    package func verify(_ model: ModelName?) throws -> (count: Int, faults: [String]) {
        var count = 0
        var faults: [String] = []
        for folder in try folders(of: model) {
            for report in folder.reports {
                count += 1
                if let fault = folder.verify(report) { faults.append(fault) }
            }
        }
        return (count, faults)
    }

    private func folders(of model: ModelName?) throws -> [CheckpointFolder] {
        let names = try disk.names(in: path + "/models").compactMap { ModelName($0) }
        if let model, !names.contains(model) {
            throw ActRefusal(
                "there is no model \(model); known: "
                    + names.map(\.text).joined(separator: ", "))
        }
        return try names.filter { model == nil || $0 == model }.map { name in
            try CheckpointFolder("\(path)/models/\(name)/checkpoints", model: name, disk: disk)
        }
    }
}
