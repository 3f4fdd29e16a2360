import Foundation
import Testing

/// The rules of STYLE that are marked (T), held against every source.
@Suite("Tidy")
struct TidyTests {
    private let repository: Repository

    init() throws {
        repository = try Repository()
    }

    /// Each breach becomes an issue of its own.
    private func report(_ breaches: [String]) {
        for breach in breaches { Issue.record("\(breach)") }
    }

    /// Places where a pattern is found in code.
    private func places(_ text: String, _ files: [SourceText]) throws -> [String] {
        let pattern = try Regex(text)
        return files.flatMap { file in
            file.code.enumerated().compactMap { index, line in
                line.firstMatch(of: pattern).map { _ in "\(file.path):\(index + 1)" }
            }
        }
    }

    @Test("There is something to hold against the rules")
    func sourcesAreFound() {
        #expect(repository.sources.count > 50)
        #expect(repository.targets.count > 20)
        #expect(repository.files.allSatisfy { $0.code.count == $0.lines.count })
        #expect(repository.files.reduce(0) { $0 + $1.functions().count } > 500)
        for file in repository.files {
            #expect(repository.target(of: file) != nil, "\(file.path) has no target")
        }
    }

    @Test("A file has at most 500 lines")
    func fileLengths() {
        report(
            repository.files.filter { $0.lines.count > 501 }.map {
                "\($0.path): \($0.lines.count - 1) lines"
            })
    }

    @Test("A line ends by 100 columns")
    func lineLengths() {
        report(
            repository.files.flatMap { file in
                file.lines.enumerated().filter { $0.element.count > 100 }.map {
                    "\(file.path):\($0.offset + 1): \($0.element.count) columns"
                }
            })
    }

    @Test("A function has at most 60 lines")
    func functionLengths() {
        report(
            repository.files.flatMap { file in
                file.functions().filter { $0.lineCount > 60 }.map {
                    "\(file.path):\($0.line): \($0.lineCount) lines"
                }
            })
    }

    @Test("Every package type says what it is for")
    func documentation() throws {
        let type = try Regex(
            #"^\s*package\s+(?:final\s+|indirect\s+)*(?:struct|enum|class|actor|protocol)\s"#)
        var breaches: [String] = []
        for file in repository.sources {
            for (index, line) in file.code.enumerated() where line.firstMatch(of: type) != nil {
                var above = index - 1
                while above >= 0, file.code[above].drop(while: { $0 == " " }).hasPrefix("@") {
                    above -= 1
                }
                let comment = above >= 0 ? file.lines[above].drop { $0 == " " } : ""
                guard !comment.hasPrefix("///") else { continue }
                breaches.append("\(file.path):\(index + 1): no /// before the type")
            }
        }
        report(breaches)
    }

    @Test("Nothing is forced: neither try nor a value")
    func forcedValues() throws {
        report(try places(#"\btry!"#, repository.files))
        report(try places(#"\bas!"#, repository.files))
        report(try places(#"[A-Za-z0-9_)\]}?">]!(?!=)"#, repository.files))
    }

    @Test("What is still to do has an issue's number")
    func openWork() throws {
        let mark = try Regex(##"\b(?:TODO|FIXME|XXX|HACK)\b(?!.*#\d)"##)
        report(
            repository.files.flatMap { file in
                file.comments.filter { $0.text.firstMatch(of: mark) != nil }.map {
                    "\(file.path):\($0.line): \($0.text)"
                }
            })
    }

    @Test("No code is commented out")
    func deadCode() throws {
        let pattern = try Regex(
            [
                #"(?:let|var)\s+\w+\s*[:=].*"#, #"(?:func|init)\s*\w*\(.*[{)]"#, #"import\s+\w+"#,
                #".*[;{]"#, #"[})\]]+"#, #"(?:try\s+|await\s+|return\s+)?[\w.]+\(.*\)"#,
                #"[\w.]+\s*[-+]?=\s.*"#,
            ].map { #"(?://\s*\#($0))"# }.joined(separator: "|"))
        report(
            repository.files.flatMap { file in
                file.comments.filter { comment in
                    !comment.text.hasPrefix("///")
                        && comment.text.wholeMatch(of: pattern) != nil
                }.map { "\(file.path):\($0.line): \($0.text)" }
            })
    }

    @Test("Nothing is public")
    func access() throws {
        report(try places(#"\bpublic\b|\bopen\s+(?:class|func|var)\b"#, repository.files))
    }

    @Test("Nothing lies in the repository's top folder but what belongs there")
    func topLevel() throws {
        let ignored = try String(
            contentsOf: repository.root.appendingPathComponent(".gitignore"), encoding: .utf8
        ).split(separator: "\n").map { $0.hasSuffix("/") ? $0.dropLast() : $0 }
        let allowed = ["Package.swift", "Sources", "Tests", "README.md", "themes", "docs"]
        let names = try FileManager.default.contentsOfDirectory(atPath: repository.root.path)
        report(
            names.filter { name in
                !name.hasPrefix(".") && !allowed.contains(name)
                    && !ignored.contains { $0 == name }
            }.sorted())
    }

    @Test("No module has a type of its own name")
    func moduleNames() throws {
        for (index, target) in repository.targets.enumerated() {
            let files = repository.files.filter { repository.target(of: $0) == index }
            let keyword = "(?:struct|enum|class|actor|protocol|typealias)"
            // A suite of tests is never named from outside.
            guard !target.path.hasPrefix("Tests/") else { continue }
            report(try places("\\b\(keyword)\\s+\(target.name)\\b", files))
        }
    }
}
