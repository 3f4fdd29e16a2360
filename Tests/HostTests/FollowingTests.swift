import Engine
import Foundation
import Host
import Joining
import Operation
import Testing
import Vocabulary

@Suite("Files that are followed")
struct FollowingTests {
    /// An engine that follows one file of examples, turned by hand.
    private final class Bench {
        let folder: ScratchFolder
        private var state: StateFolder?
        private var feed: FileFeed?

        init() throws { folder = try ScratchFolder() }

        var file: String { folder.path + "/examples" }

        func start() throws {
            let state = try StateFolder(folder.path + "/state", world: .local, mayCreate: true) {
                _ in
                try SpindleConfiguration(
                    toml: "[models.m]\n[models.m.learner]\nbits = 10", file: "")
            }
            self.state = state
            feed = try FileFeed(
                state.models[0], examples: file, labels: nil, isFollowing: true,
                completesForGood: false, passes: 1)
        }

        /// Up to the end of what there is; one turn sees that a file is another one, the next ones
        /// read it.
        func turn() throws {
            let (feed, model) = (try #require(feed), try #require(state).models[0])
            var idleCount = 0
            while idleCount < 2 {
                if case .more = try feed.pump() { idleCount = 0 } else { idleCount += 1 }
                try model.settle()
            }
        }

        func end() throws {
            let model = try #require(state).models[0]
            try model.settle(isDurable: true)
            _ = try model.checkpoint()
            (feed, state) = (nil, nil)
        }

        var counts: (examples: Int, pending: Int, duplicates: Int) {
            get throws {
                let engine = try #require(state).models[0].engine
                let join = engine.joinCounts
                #expect(
                    engine.counts.examples
                        == join.joined + join.pending + join.unlabelled + join.duplicates
                        + engine.counts.quarantinedExamples)
                return (engine.counts.examples, join.pending, join.duplicates)
            }
        }

        func append(_ text: String) throws {
            let handle = try #require(FileHandle(forUpdatingAtPath: file))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }

        /// In place: the file stays the same one.
        func cut() throws {
            let handle = try #require(FileHandle(forUpdatingAtPath: file))
            try handle.truncate(atOffset: 0)
            try handle.close()
        }

        /// Another file under the same name.
        func replace(_ text: String) throws { _ = try folder.write("examples", text) }
    }

    private static func lines(_ name: String, _ numbers: Range<Int>) -> String {
        numbers.map { "{\"id\":\"\(name)\($0)\",\"ts\":\($0),\"features\":{\"a\":\($0)}}\n" }
            .joined()
    }

    @Test("One that is cut is read from its beginning, to the last of its records")
    func cut() throws {
        let bench = try Bench()
        try bench.replace(Self.lines("a", 0..<50))
        try bench.start()
        try bench.turn()
        try bench.append(Self.lines("a", 50..<60) + "{\"id\":")
        try bench.turn()
        try bench.cut()
        try bench.turn()
        try bench.append(Self.lines("b", 0..<30))
        try bench.turn()
        #expect(try bench.counts == (90, 90, 0))
        try bench.end()
        try bench.start()
        try bench.turn()
        #expect(try bench.counts == (90, 90, 0))
    }

    @Test("Another file of its name is read from its beginning; one that holds it all goes on")
    func replaced() throws {
        let bench = try Bench()
        try bench.replace(Self.lines("a", 0..<50))
        try bench.start()
        try bench.turn()
        try bench.replace(Self.lines("b", 0..<80))
        try bench.turn()
        #expect(try bench.counts == (130, 130, 0))
        try bench.replace(Self.lines("b", 0..<90))
        try bench.turn()
        #expect(try bench.counts == (140, 140, 0))
        try FileManager.default.moveItem(atPath: bench.file, toPath: bench.file + ".1")
        try bench.turn()
        try bench.replace(Self.lines("c", 0..<10))
        try bench.turn()
        #expect(try bench.counts == (150, 150, 0))
        try bench.append(Self.lines("c", 10..<20))
        try bench.turn()
        #expect(try bench.counts == (160, 160, 0))
    }

    @Test("One that was empty when the engine started is gone on with after a restart")
    func emptyAtFirst() throws {
        let bench = try Bench()
        try bench.replace("")
        for end in [0, 1, 40, 300] {
            try bench.start()
            try bench.turn()
            try bench.append(Self.lines("a", max(0, end - 20)..<end))
            try bench.turn()
            try bench.end()
        }
        try bench.start()
        try bench.turn()
        #expect(try bench.counts == (41, 41, 0))
    }

    @Test("Passes that are not made are told, with the reason")
    func passes() throws {
        let bench = try Bench()
        try bench.replace(Self.lines("a", 0..<50))
        func replay() throws -> String? {
            let state = try StateFolder(
                bench.folder.path + "/state", world: .local, mayCreate: true
            ) { _ in try SpindleConfiguration(toml: "[models.m]", file: "") }
            let feed = try FileFeed(
                state.models[0], examples: bench.file, labels: nil, isFollowing: false,
                completesForGood: false, passes: 2)
            try EngineHost(state).run(state, feeds: [feed])
            return feed.passesLack
        }
        #expect(try replay() == nil)
        #expect(try #require(try replay()).hasPrefix("nothing new was read"))
        try bench.append(Self.lines("a", 50..<60))
        #expect(try replay() == nil)
    }
}
