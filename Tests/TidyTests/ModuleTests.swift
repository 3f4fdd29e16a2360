import Testing

/// Who may import whom.
@Suite("Modules")
struct ModuleTests {
    private let repository: Repository

    init() throws {
        repository = try Repository()
    }

    private struct Import {
        var place: String
        var file: SourceText
        var module: String
    }

    private func imports(_ files: [SourceText]) throws -> [Import] {
        let pattern = try Regex(
            #"\s*(?:@\w+(?:\(\w+\))?\s+)*(?:package\s+)?import\s+(?:\w+\s+)?(\w+)[\w.]*\s*"#)
        return files.flatMap { file in
            file.code.enumerated().compactMap { index, line in
                line.wholeMatch(of: pattern).map {
                    Import(
                        place: "\(file.path):\(index + 1)", file: file,
                        module: String($0.output[1].substring ?? ""))
                }
            }
        }
    }

    @Test("A target imports only what stands above it in the manifest")
    func order() throws {
        var count = 0
        for one in try imports(repository.files) {
            let index = repository.targets.firstIndex { $0.name == one.module }
            guard let index, let own = repository.target(of: one.file) else { continue }
            count += 1
            if index >= own { Issue.record("\(one.place) imports \(one.module)") }
        }
        #expect(count > 100)
    }

    @Test("What must be pure imports neither Foundation nor the system")
    func purity() throws {
        let pure = ["Pipeline", "Core", "Engine", "Console", "Shop"].map { "Sources/\($0)/" }
        let system: Set = [
            "Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch",
            "SystemPackage", "NIOCore", "NIOPosix", "Synchronization",
        ]
        for one in try imports(repository.sources) where system.contains(one.module) {
            guard pure.contains(where: { one.file.path.hasPrefix($0) }) else { continue }
            Issue.record("\(one.place) imports \(one.module)")
        }
    }

    @Test("What must be pure neither asks for the time nor draws chance nor sleeps")
    func effects() throws {
        let words = [
            "ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator", "Task.sleep",
            " Date()", "(Date()", ".shuffled()", ".randomElement()", "fopen(", "Thread.",
        ]
        let pure = ["Pipeline", "Core", "Engine", "Console", "Shop"].map { "Sources/\($0)/" }
        let chance = try Regex(#"\.random\(in:(?!.*using:)"#)
        for file in repository.sources {
            guard pure.contains(where: { file.path.hasPrefix($0) }) else { continue }
            for (index, line) in file.code.enumerated() {
                for word in words where line.contains(word) {
                    Issue.record("\(file.path):\(index + 1): \(word)")
                }
                if line.firstMatch(of: chance) != nil {
                    Issue.record("\(file.path):\(index + 1): unseeded chance")
                }
            }
        }
    }

    @Test("No stage of the pipeline imports another")
    func stages() throws {
        let stages = repository.targets.filter { $0.path.hasPrefix("Sources/Pipeline/") }
        #expect(stages.count > 5)
        for one in try imports(repository.sources)
        where one.file.path.hasPrefix("Sources/Pipeline/") {
            if stages.contains(where: { $0.name == one.module }) {
                Issue.record("\(one.place) imports \(one.module)")
            }
        }
    }

    @Test("Only the terminal imports curses")
    func curses() throws {
        for one in try imports(repository.sources) where one.module == "CNcurses" {
            if one.file.path.hasPrefix("Sources/Terminal/") { continue }
            Issue.record("\(one.place) imports CNcurses")
        }
    }
}

/// The reader of sources is held against sources that break the rules.
@Suite("The reader of sources")
struct SourceTextTests {
    @Test("Comments and strings are no code, and what is interpolated is no string")
    func blanking() {
        let text = #"""
            let a = "x! // no" // yes!
            let b = "\(c("}")) {" /* { /* } */ */ + #"\"{"#
            """#
        let source = SourceText(path: "a.swift", text: text)
        let code = source.code.joined(separator: "\n")
        #expect(!code.contains("!") && !code.contains("{") && !code.contains("}"))
        #expect(source.comments.map(\.line) == [1, 2])
        #expect(code.contains("let b =") && code.contains("+"))
        #expect(source.code.map(\.utf8.count) == source.lines.map(\.utf8.count))
    }

    @Test("Functions are found with their lines, and calls are not")
    func functions() {
        let text = """
            protocol P {
                func none() -> Int
                var x: Int { get }
            }
            struct S {
                init(a: () -> Void = {}) {
                    self.init()
                }
                func f() {
                    if x {
                        g(.init(a: 1))
                    }
                }
                subscript(i: Int) -> Int { i }
            }
            """
        let found = SourceText(path: "a.swift", text: text).functions()
        #expect(found.map(\.line) == [6, 9, 14])
        #expect(found.map(\.lineCount) == [3, 5, 1])
    }
}
