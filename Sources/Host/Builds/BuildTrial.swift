import Checkpointing
import Engine
import Foundation
import Learning
import Operation
import Vocabulary
import World

/// What a build made of the checkpoints that it was shown: `spindle builds try --json`.
package struct TrialReport: Codable, Sendable, Equatable {
    /// One checkpoint as it was read.
    package struct Reading: Codable, Sendable, Equatable {
        package var id: CheckpointID
        package var fileDigest: String
        package var learnerDigest: String
    }

    package var version: String
    package var checkpoints: [Reading]
}

extension StateReading {
    /// Reads checkpoints to the last byte, and the books of exclusions, and changes nothing; throws
    /// the first thing that is wrong.
    package func tryCheckpoints(_ ids: [CheckpointID]) throws -> TrialReport {
        var report = TrialReport(version: spindleVersion, checkpoints: [])
        for name in Set(ids.map(\.model)).sorted() {
            _ = try ExclusionBook(of: "\(path)/models/\(name)", disk: disk)
        }
        for id in ids {
            let place = CheckpointPlace(
                folder: "\(path)/models/\(id.model)/checkpoints", disk: disk)
            let checkpoint = try place.load(id).checkpoint
            let broken = checkpoint.learner.inspect().nonFiniteCount
            guard broken == 0 else {
                throw CheckpointFault(
                    path: place.path(of: id), text: "\(broken) parameters are not finite")
            }
            report.checkpoints.append(
                TrialReport.Reading(
                    id: id, fileDigest: checkpoint.fileDigest,
                    learnerDigest: checkpoint.learnerDigest))
        }
        return report
    }
}

/// A build is shown what serves and what is newest, in a process of its own.
struct BuildTrial {
    let program: String
    /// The options of the engine that name the state directory and the configuration.
    let options: [String]
    let limit: Span

    /// Throws a `BuildFault` unless it makes of each checkpoint what its report says.
    func run(on reports: [CheckpointReport]) throws {
        let ids = reports.map(\.id.description)
        let outcome = try SpawnedProgram.run(
            program, ["builds", "try", "--json"] + options + ids, within: limit)
        guard let ending = outcome.ending else {
            throw BuildFault("it had not read \(ids.joined(separator: ", ")) within \(limit.text)")
        }
        guard ending == .exited(0) else {
            let words = Self.firstLine(outcome.errors)
            throw BuildFault(words.isEmpty ? "\(ending)" : "\(ending): \(words)")
        }
        let report: TrialReport
        do {
            report = try JSON.decode(TrialReport.self, from: Foundation.Data(outcome.output))
        } catch {
            throw BuildFault("its answer is not that of a build: \(Self.firstLine(outcome.output))")
        }
        for expected in reports {
            guard let found = report.checkpoints.first(where: { $0.id == expected.id }),
                found.fileDigest == expected.fileDigest,
                found.learnerDigest == expected.learnerDigest
            else { throw BuildFault("it reads another learner from \(expected.id)") }
        }
    }

    /// Asks a program which formats it knows.
    static func formats(of program: String) throws -> BuildFormats {
        let outcome = try SpawnedProgram.run(program, ["formats", "--json"], within: .seconds(30))
        guard outcome.ending == .exited(0) else {
            throw BuildFault(
                "\(program): it does not say which formats it reads, so nothing could go back to "
                    + "it: " + firstLine(outcome.errors))
        }
        do {
            return try JSON.decode(BuildFormats.self, from: Foundation.Data(outcome.output))
        } catch {
            throw BuildFault("\(program): expected the formats of a build: \(error)")
        }
    }

    private static func firstLine(_ bytes: [UInt8]) -> String {
        let line = bytes.prefix(400).split(separator: UInt8(ascii: "\n")).first ?? []
        return String(decoding: line, as: UTF8.self)
    }
}

extension BuildShelf {
    /// Puts a program on the shelf that says itself which formats it knows.
    package func keep(
        _ program: String, isPinned: Bool
    ) throws -> (record: BuildRecord, isNew: Bool) {
        let formats = try BuildTrial.formats(of: program)
        return try keep(
            program, digest: try digest(of: program), formats: formats, isPinned: isPinned,
            at: WallClock.now())
    }
}
