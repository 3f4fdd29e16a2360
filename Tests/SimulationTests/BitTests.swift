import Operation
import Simulation
import Testing
import Vocabulary

/// One bit, or the end, of each file of a state directory is not what it was.
@Suite("Broken files")
struct BitTests {
    private func flip(_ bit: Int, _ bytes: inout [UInt8]) {
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }

    private func opened(_ opening: KeptState.Opening) throws -> KeptState.Opened {
        guard case .opened(let found) = opening else {
            Issue.record("expected an engine, found \(opening)")
            throw CancellationError()
        }
        return found
    }

    @Test("Each bit of the raw log is missed, and the file named; nothing is learned from it")
    func rawLog() throws {
        var state = try KeptState(seed: 1)
        let whole = try opened(state.open())
        state.remove("models/m/checkpoints")
        #expect(try opened(state.open()).learnerDigest == whole.learnerDigest)
        for path in state.paths(of: "models/m/raw/", ".log") {
            let size = try #require(state.files[path]?.count)
            for bit in 0..<size * 8 {
                let opening = state.open(changing: path) { flip(bit, &$0) }
                guard case .refused(let text) = opening, text.contains(path) else {
                    Issue.record("bit \(bit) of \(path): \(opening)")
                    return
                }
            }
        }
    }

    @Test("A raw log cut anywhere is missed, and the file named")
    func rawLogCut() throws {
        var state = try KeptState(seed: 1)
        state.remove("models/m/checkpoints")
        for path in state.paths(of: "models/m/raw/", ".log") {
            let size = try #require(state.files[path]?.count)
            for length in 0..<size {
                let opening = state.open(changing: path) { $0.removeLast(size - length) }
                guard case .refused(let text) = opening, text.contains("/raw/") else {
                    Issue.record("\(path) cut to \(length): \(opening)")
                    return
                }
            }
        }
    }

    @Test("A broken checkpoint is named and neither begun at nor served; nothing is lost")
    func checkpoint() throws {
        let state = try KeptState(seed: 1)
        let whole = try opened(state.open())
        let path = try #require(state.paths(of: "models/m/checkpoints/", ".spindle").last)
        let size = try #require(state.files[path]?.count)
        // All bits of the head and of the digest, and every so many in between.
        let bits =
            Array(0..<800) + Array(stride(from: 800, to: size * 8 - 256, by: 997))
            + Array(size * 8 - 256..<size * 8)
        for bit in bits {
            let found = try opened(state.open(changing: path) { flip(bit, &$0) })
            expectPassedOver(path, found, whole)
        }
        for length in stride(from: 0, to: size, by: 499) {
            let found = try opened(state.open(changing: path) { $0.removeLast(size - length) })
            expectPassedOver(path, found, whole)
        }
    }

    private func expectPassedOver(
        _ path: String, _ found: KeptState.Opened, _ whole: KeptState.Opened
    ) {
        #expect(found.learnerDigest == whole.learnerDigest)
        #expect(found.base.map { !path.contains($0) } ?? true)
        #expect(found.served.map { !path.contains($0) } ?? true)
        let name = path.split(separator: "/").last.map { $0.dropLast(8) } ?? ""
        #expect(found.journal.contains { $0.contains("passes over \(name)") })
    }

    @Test("A broken training log is named when it is to be learned from")
    func trainingLog() throws {
        let state = try KeptState(seed: 1)
        let first = try #require(state.paths(of: "models/m/checkpoints/", ".spindle").first)
        let name = first.split(separator: "/").last.map { String($0.dropLast(8)) } ?? ""
        let id = try #require(CheckpointID(name))
        let acts: [Act] = [.rollback(to: .checkpoint(id), keepsCursor: false), .resume]
        let whole = try opened(state.open())
        #expect(try opened(state.open(after: acts)).learnerDigest == whole.learnerDigest)
        var refusedCount = 0
        for path in state.paths(of: "models/m/training/", ".log") {
            let size = try #require(state.files[path]?.count)
            for bit in stride(from: 0, to: size * 8, by: 7) {
                switch state.open(changing: path, { flip(bit, &$0) }, after: acts) {
                case .refused(let text):
                    #expect(text.contains(path))
                    refusedCount += 1
                case .opened(let found): #expect(found.learnerDigest == whole.learnerDigest)
                }
            }
        }
        #expect(refusedCount > 100)
    }

    @Test("A stop holds, whichever bit of the latch is broken")
    func latch() throws {
        let state = try KeptState(seed: 1, isHeld: true)
        let path = try #require(state.paths(of: "latch").first)
        for slot in 0..<2 {
            for bit in 0..<200 * 8 {
                let opening = state.open(changing: path) { flip(slot * 65_536 * 8 + bit, &$0) }
                #expect(try opened(opening).isHeld)
            }
        }
    }

    @Test("A broken book of purges is named, and nothing goes on without it")
    func exclusions() throws {
        let state = try KeptState(seed: 1, isPurged: true)
        let path = try #require(state.paths(of: "models/m/exclusions").first)
        let size = try #require(state.files[path]?.count)
        for bit in 0..<size * 8 {
            guard case .refused(let text) = state.open(changing: path, { flip(bit, &$0) }) else {
                Issue.record("bit \(bit) of \(path) was not missed")
                return
            }
            #expect(text.contains(path))
        }
    }
}
