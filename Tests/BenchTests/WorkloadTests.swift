import Bench
import Foundation
import Numerics
import Testing
import Vocabulary
import World

/// A folder that goes with its test.
final class TemporaryFolder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/bench-test-\(UUID().uuidString)"
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {}
    }
}

@Suite("The workload")
struct WorkloadTests {
    private let disk = LocalDisk()

    private func write(
        _ folder: TemporaryFolder, seed: UInt64 = 1, rows: Int = 2000,
        forms: Set<WorkloadForm> = Set(WorkloadForm.allCases)
    ) throws -> Workload {
        try Workload.write(seed: seed, rows: rows, forms: forms, into: folder.path, disk: disk)
    }

    @Test("The same seed gives the same bytes in every form, and the same digest")
    func determinism() throws {
        let (first, second) = (TemporaryFolder(), TemporaryFolder())
        let one = try write(first)
        let other = try write(second)
        #expect(one.digest == other.digest)
        for form in WorkloadForm.allCases {
            let bytes = try disk.read(one.path(form))
            #expect(!bytes.isEmpty)
            #expect(try disk.read(other.path(form)) == bytes, "\(form)")
        }
    }

    @Test("Another seed gives another digest, and so do fewer rows")
    func difference() throws {
        let folder = TemporaryFolder()
        let digests = try [(1, 500), (2, 500), (1, 499)].map {
            try write(folder, seed: $0.0, rows: $0.1, forms: []).digest
        }
        #expect(Set(digests).count == 3)
    }

    @Test("The digest is that of the labelled rows, whatever else is written")
    func digest() throws {
        let folder = TemporaryFolder()
        let all = try write(folder)
        let bytes = try disk.read(all.path(.labelled))
        #expect(all.digest == SHA256.digest(of: bytes).hex)
        let alone = TemporaryFolder()
        #expect(try write(alone, forms: [.vowpal]).digest == all.digest)
    }

    @Test("The first rows do not depend on how many follow")
    func prefixes() throws {
        let (few, many) = (TemporaryFolder(), TemporaryFolder())
        let short = try disk.read(try write(few, rows: 100, forms: [.shuffled]).path(.shuffled))
        let long = try disk.read(try write(many, rows: 300, forms: [.shuffled]).path(.shuffled))
        #expect(long.starts(with: short))
    }

    @Test("About 5.5 % are clicks, and the oracle's log loss is about 0.155, on any seed")
    func shape() {
        for seed in [1, 7, 1_000_003] as [UInt64] {
            let stream = ClickStream(seed: seed)
            var row = ClickStream.Row()
            var clicks = 0.0
            var loss = 0.0
            let count = 60_000
            for index in 0..<count {
                // All over the drift, not only at its beginning.
                stream.fill(&row, index * 33)
                clicks += row.isClick ? 1 : 0
                loss -= log(row.isClick ? row.probability : 1 - row.probability)
            }
            #expect(abs(clicks / Double(count) - 0.055) < 0.004)
            #expect(abs(loss / Double(count) - 0.1548) < 0.008)
        }
    }

    @Test("Values stay within their fields, and labels come a minute to an hour later")
    func bounds() {
        let stream = ClickStream(seed: 3)
        var row = ClickStream.Row()
        for index in 0..<5000 {
            stream.fill(&row, index)
            for (value, field) in zip(row.categories, ClickStream.fields) {
                #expect((0..<field.count).contains(value))
            }
            #expect(row.thousandths.allSatisfy { (1000...7000).contains($0) })
            #expect((60...3600).contains((row.labelTime - row.time).seconds))
        }
    }
}
