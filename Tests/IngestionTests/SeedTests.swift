import Foundation
import Fuzzing
import TestKit
import Testing
import Vocabulary

/// What the fuzzer checks of every input, without the fuzzer.
@Suite("Inputs of the fuzzer")
struct SeedTests {
    private static func seeds() throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fuzzing/Seeds").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name).map { (name, Array($0)) }
        }
    }

    @Test("Every seed, those that once broke something among them, keeps all that must hold")
    func seeds() throws {
        let seeds = try Self.seeds()
        #expect(seeds.count >= 7)
        for seed in seeds {
            var check = StreamCheck(seed.bytes)
            #expect(try check.fault() == nil, "\(seed.name)")
        }
    }

    @Test("Streams of records broken at random keep it too")
    func streams() throws {
        var mutator = RecordMutator(seed: 3)
        for index in 0..<300 {
            let isOfLabels = index % 4 == 0
            var input = Array((isOfLabels ? "l" : "e").utf8)
            for _ in 0..<12 { input += mutator.mutated(isOfLabels ? .labels : .examples) + [0x0A] }
            var check = StreamCheck(input)
            #expect(try check.fault() == nil, "\(String(decoding: input, as: UTF8.self))")
        }
    }
}
