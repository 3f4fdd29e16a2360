import Foundation
import Glibc
import Vocabulary
import World

/// What a run of the bench has in common: its workload, and a folder that goes with it.
package final class Scratch {
    package let folder: String
    package let disk = LocalDisk()
    package let rows: Int
    package private(set) var workload: Workload

    /// `name` tells it from another one of this process.
    package init(
        seed: UInt64, rows: Int, forms: Set<WorkloadForm>, name: String = "spindle-bench"
    ) throws {
        folder = Self.folder(name)
        self.rows = rows
        workload = try Workload.write(
            seed: seed, rows: rows, forms: forms, into: folder, disk: disk)
        // What was written would otherwise go to the disk while something is measured.
        sync()
    }

    /// Where the folder of this process lies.
    package static func folder(_ name: String = "spindle-bench") -> String {
        "\(FileManager.default.temporaryDirectory.path)/\(name)-\(ThisProcess.id)"
    }

    package func path(_ form: WorkloadForm) -> String { workload.path(form) }

    /// A folder that is not there yet.
    package func freshFolder(_ name: String) throws -> String {
        let path = folder + "/" + name
        try remove(path)
        return path
    }

    package func remove(_ path: String) throws {
        guard try disk.exists(path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }

    /// Everything goes.
    package func remove() throws {
        try remove(folder)
    }
}
