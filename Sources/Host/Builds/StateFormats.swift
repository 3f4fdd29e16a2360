import Checkpointing
import Operation
import Recording
import Vocabulary
import World

extension StateReading {
    /// Every format in every version that the state directory holds now, with the newest file
    /// that has it; and what the engine that runs writes besides, its last checkpoint for one.
    ///
    /// Checkpoints that are marked as failed don't count: nothing reads them.
    package func heldFormats(writtenBy engine: [FormatSupport]) throws -> [HeldFormat] {
        var held: [HeldFormat] = []
        func note(_ format: StateFormat, _ version: Int?, _ name: String?) {
            guard let version,
                !held.contains(where: { $0.format == format && $0.version == version })
            else { return }
            held.append(HeldFormat(format: format, version: version, path: name))
        }
        note(.journal, try journal.schemaVersion(), "journal.sqlite")
        note(.quarantine, try quarantine.schemaVersion(), "quarantine.sqlite")
        if try disk.exists(path + "/latch") { note(.latch, Latch.version, "latch") }
        note(.shopState, try shopVersion(), "shop.state")
        for model in try disk.names(in: path + "/models").compactMap({ ModelName($0) }) {
            let folder = "models/\(model)"
            if try disk.exists(ExclusionBook.path(in: "\(path)/\(folder)")) {
                note(.exclusions, ExclusionBook.version, ExclusionBook.path(in: folder))
            }
            if try disk.exists(RideBook.path(in: "\(path)/\(folder)")) {
                note(.rides, RideBook.version, folder + "/rides")
            }
            if try disk.exists("\(path)/\(folder)/serving") {
                let bytes = try disk.read("\(path)/\(folder)/serving")
                note(.serving, ServingState.version(of: bytes), folder + "/serving")
            }
            if try disk.exists("\(path)/\(folder)/fallback") {
                note(.fallback, FallbackFolder.version, folder + "/fallback")
            }
            for (kind, log) in [(StateFormat.rawLog, "raw"), (.trainingLog, "training")] {
                for name in try disk.names(in: "\(path)/\(folder)/\(log)").reversed()
                where name.hasSuffix(".log") {
                    let file = "\(folder)/\(log)/\(name)"
                    note(kind, try head(of: file, 4).flatMap { BatchHeader.version($0) }, file)
                }
            }
            for checkpoint in try checkpoints(of: model) where checkpoint.verdict != .failed {
                let file = "\(folder)/checkpoints/\(checkpoint.id).spindle"
                let version = try head(of: file, 8).flatMap { CheckpointFile.version($0) }
                note(.checkpoint, version, file)
                guard StateFormat.checkpoint.read.contains(version ?? 0) else { continue }
                note(.learner, try learnerVersion(of: file), file)
            }
        }
        for support in engine {
            guard let format = StateFormat(rawValue: support.format),
                format.isAlwaysWritten || held.contains(where: { $0.format == format })
            else { continue }
            note(format, support.writes, nil)
        }
        return held
    }

    /// The first bytes of a file, or those behind an offset; nil if it has fewer, or is gone:
    /// retention of a running engine takes files away.
    private func head(of name: String, _ count: Int, at offset: Int = 0) throws -> [UInt8]? {
        do throws(DiskFault) {
            let file = try disk.open("\(path)/\(name)", .read)
            var bytes = [UInt8](repeating: 0, count: count)
            var outcome = Result<Int, DiskFault>.success(0)
            bytes.withUnsafeMutableBytes { room in
                do throws(DiskFault) {
                    outcome = .success(try file.read(into: room, at: offset))
                } catch {
                    outcome = .failure(error)
                }
            }
            return try outcome.get() == count ? bytes : nil
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    private func number(_ bytes: some Collection<UInt8>) -> Int? {
        Int(exactly: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// The version of a checkpoint's learner, which its block begins with.
    private func learnerVersion(of name: String) throws -> Int? {
        var offset = 12
        for _ in CheckpointFile.Block.allCases {
            guard let block = try head(of: name, 20, at: offset), let size = number(block[4..<12])
            else { return nil }
            if number(block[..<4]) == Int(CheckpointFile.Block.learner.rawValue) {
                return try head(of: name, 4, at: offset + 20).flatMap { number($0) }
            }
            let (next, isTooFar) = (offset + 20).addingReportingOverflow(size)
            guard !isTooFar else { return nil }
            offset = next
        }
        return nil
    }

    /// Behind 24 bytes of the file and the word `yarnshop`.
    private func shopVersion() throws -> Int? {
        try head(of: "shop.state", 2, at: 32).flatMap { number($0) }
    }
}
