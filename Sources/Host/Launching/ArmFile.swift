import Engine
import Foundation
import Launching
import Learning
import Numerics
import Vocabulary
import World

/// The learners of a launch's arms at the moment of a checkpoint of production, in one file, so
/// that they are what they were after a restart.
///
///      8 bytes  "SPINARM" and the version, 2
///      u32      size of the head, and the head: JSON
///      for each arm of the head, and each control: u64 size, and the learner's parameters
///      what the controls measured
///      32 bytes SHA-256 of everything before
struct ArmFile {
    /// What stands in front of the learners.
    struct Head: Codable, Equatable {
        var launch: LaunchID
        /// That of production's checkpoint.
        var number: Int
        var arms: [ArmTrainer.State]
        /// The number of the file whose candidate answered until this one; nil where none did.
        var serving: Int?
        var mixing: MixingMatrix
        /// Of what was left out of all of them; another set makes them begin anew.
        var exclusions: String
        /// How far the parallel arms' weights lie, for whether they have settled.
        var sketches: [WeightSketch]
        var controls: [LaunchControls.State]
    }

    var head: Head
    /// Of the arms.
    var learners: [FTRLLearner]
    var controls: LaunchControls.Moment

    private static let magic: [UInt8] = Array("SPINARM".utf8) + [2]

    /// The bytes of a file of learners that were copied: those of the arms, then of the controls.
    static func encode(
        _ head: Head, _ learners: [LearnerSnapshot], _ measures: ControlMeasures
    ) throws -> [UInt8] {
        var writer = ByteWriter()
        for byte in magic { writer.write(byte) }
        let json = [UInt8](try JSON.encode(head))
        writer.write(UInt32(json.count))
        var bytes = writer.bytes + json
        for learner in learners {
            let parameters = learner.encode()
            var size = ByteWriter()
            size.write(UInt64(parameters.count))
            bytes += size.bytes + parameters
        }
        var measured = ByteWriter()
        measures.encode(to: &measured)
        bytes += measured.bytes
        return bytes + SHA256.digest(of: bytes).bytes
    }

    /// Throws a `LaunchFault` if it is not what was written.
    init(_ bytes: [UInt8], path: String) throws {
        func fault(_ text: String) -> LaunchFault { LaunchFault(path: path, text: text) }
        guard bytes.count > Self.magic.count + 36, bytes.starts(with: Self.magic) else {
            throw fault("not a file of arms: it does not begin with SPINARM and version 2")
        }
        let body = bytes.dropLast(32)
        guard SHA256.digest(of: Array(body)).bytes.elementsEqual(bytes.suffix(32)) else {
            throw fault("the SHA-256 of the file is not the one at its end")
        }
        (head, learners, controls) = try body.withUnsafeBytes { buffer in
            var reader = ByteReader(
                UnsafeRawBufferPointer(rebasing: buffer[Self.magic.count...]))
            let size = Int(try reader.read(UInt32.self))
            let json = try reader.readBytes(size)
            let head = try JSON.decode(Head.self, from: Foundation.Data(json))
            var learners: [FTRLLearner] = []
            for _ in 0..<(head.arms.count + head.controls.count) {
                let count = Int(exactly: try reader.read(UInt64.self)) ?? .max
                learners.append(try FTRLLearner(decoding: try reader.readBytes(count)))
            }
            let controls = LaunchControls.Moment(
                states: head.controls, learners: Array(learners.dropFirst(head.arms.count)),
                measures: try ControlMeasures(from: &reader))
            return (head, Array(learners.prefix(head.arms.count)), controls)
        }
    }
}

/// Where a learner's weights lie, in 64 numbers: distances between two of them are, in expectation,
/// those of the weights (Charikar, Chen, Farach-Colton: "Finding frequent items in data streams",
/// 2002).
struct WeightSketch: Codable, Equatable {
    var arm: ArmName
    /// Event time.
    var at: Instant
    private var sums: [Double]

    static let size = 64

    init(_ learner: FTRLLearner, of arm: ArmName, at time: Instant) {
        (self.arm, at) = (arm, time)
        var sums = [Double](repeating: 0, count: Self.size)
        learner.forEachWeight { slot, weight in
            let hash = SeededRandom.mixed(UInt64(slot) ^ 0x736B_6574_6368)
            sums[Int(truncatingIfNeeded: hash & UInt64(Self.size - 1))] +=
                hash >> 63 == 0 ? weight : -weight
        }
        self.sums = sums
    }

    /// The Euclidean distance to another one, as a share of this one's norm.
    func change(since other: WeightSketch) -> Double {
        var (distance, norm) = (0.0, 0.0)
        for (mine, theirs) in zip(sums, other.sums) {
            distance += (mine - theirs) * (mine - theirs)
            norm += mine * mine
        }
        return norm > 0 ? (distance / norm).squareRoot() : .infinity
    }
}

/// Where the files of arms are.
struct ArmFolder: Sendable {
    let folder: String
    let disk: any Disk

    private static let ending = ".arms"
    /// Files that are kept: a shop that is followed after a crash needs those of its last minutes.
    private static let keptCount = 4

    func path(of number: Int) -> String { "\(folder)/\(number)\(Self.ending)" }

    /// Numbers of what is there, newest first.
    func numbers() throws -> [Int] {
        guard try disk.exists(folder) else { return [] }
        return try disk.names(in: folder).compactMap { name in
            name.hasSuffix(Self.ending) ? Int(name.dropLast(Self.ending.count)) : nil
        }.sorted(by: >)
    }

    /// Writes a file, and gives what is read back of it.
    func save(_ capture: ArmCapture) throws -> ArmFile {
        try disk.makeFolder(folder)
        let head = capture.head
        let path = path(of: head.number)
        try disk.replace(
            path, with: try ArmFile.encode(head, capture.learners, capture.measures))
        let file = try load(head.number)
        guard file.head == head else {
            throw LaunchFault(path: path, text: "it does not read as it was written")
        }
        for number in try numbers().dropFirst(Self.keptCount) where number != head.serving {
            try disk.remove(self.path(of: number))
        }
        return file
    }

    func read(_ number: Int) throws -> [UInt8] { try disk.read(path(of: number)) }

    func load(_ number: Int, _ bytes: [UInt8]? = nil) throws -> ArmFile {
        try ArmFile(try bytes ?? read(number), path: path(of: number))
    }

    /// All of them go with their launch.
    func clear() throws {
        for number in try numbers() { try disk.remove(path(of: number)) }
    }
}
