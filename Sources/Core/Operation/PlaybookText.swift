/// Why a page of the playbook cannot be used.
package struct PlaybookFault: Error, Equatable, CustomStringConvertible {
    package var file: String
    /// Counts from 1.
    package var line: Int
    package var text: String

    package init(file: String, line: Int, text: String) {
        (self.file, self.line, self.text) = (file, line, text)
    }

    package var description: String { "\(file):\(line): \(text)" }
}

/// A step of a page.
package struct PlaybookTask: Sendable, Equatable {
    /// Counts from 1.
    package var number: Int
    /// Without the key.
    package var text: String
    /// What stands first in it as code: a key of the console, or a command.
    package var key: String?
}

/// A part of a page, as a screen shows it.
package enum PlaybookItem: Sendable, Equatable {
    case prose(String)
    /// A line of a list.
    case point(String)
    case code([String])
    case step(PlaybookTask)
}

extension PlaybookPage {
    /// What is beyond makes a page unusable.
    package enum Limits {
        package static let byteCountMax = 64 << 10
        package static let stepCountMax = 64
    }

    /// Reads a page of a file of its own; throws what is wrong with it.
    package init(id: String, file: String, text: String) throws(PlaybookFault) {
        func fault(_ line: Int, _ what: String) -> PlaybookFault {
            PlaybookFault(file: file, line: line, text: what)
        }
        guard text.utf8.count <= Limits.byteCountMax else {
            throw fault(1, "expected at most \(Limits.byteCountMax) bytes")
        }
        let lines = Self.lines(text)
        guard let first = lines.firstIndex(where: { !Self.trimmed($0).isEmpty }),
            let title = Self.title(lines[first])
        else { throw fault(1, "expected a title first: # and a text") }
        if let (line, what) = Self.objection(lines) { throw fault(line, what) }
        let alarms = Self.alarms(in: text)
        self.init(
            id: id, title: title, alarms: alarms.contains(id) ? alarms : [id] + alarms,
            file: file, text: text)
        guard !steps.isEmpty else {
            throw fault(lines.count, "expected at least one step: a line that begins with - [ ]")
        }
    }

    /// The pages of a text that has a `##` for each.
    package static func pages(of text: String) -> [PlaybookPage] {
        var pages: [PlaybookPage] = []
        for line in lines(text) {
            if line.hasPrefix("## ") {
                let title = String(line.dropFirst(3))
                pages.append(
                    PlaybookPage(
                        id: name(of: title), title: title, alarms: [], file: nil,
                        text: "## \(title)\n"))
            } else if let last = pages.indices.last {
                pages[last].text += line + "\n"
            }
        }
        for index in pages.indices { pages[index].alarms = alarms(in: pages[index].text) }
        return pages
    }

    package var steps: [PlaybookTask] {
        items.compactMap { item in
            if case .step(let task) = item { task } else { nil }
        }
    }

    /// The parts after the title, without the list of alarms.
    package var items: [PlaybookItem] { PlaybookReader(Self.lines(text)).items }

    // MARK: lines

    private static func lines(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0.isNewline }
    }

    static func trimmed(_ line: Substring) -> Substring {
        var line = line
        while let last = line.last, last == " " || last == "\t" { line.removeLast() }
        return line.drop { $0 == " " || $0 == "\t" }
    }

    private static func title(_ line: Substring) -> String? {
        let rest = line.drop { $0 == "#" }
        guard rest.startIndex != line.startIndex else { return nil }
        let title = trimmed(rest)
        return title.isEmpty ? nil : String(title)
    }

    private static func name(of title: String) -> String {
        String(
            title.lowercased().map { $0.isLetter && $0.isASCII || $0.isNumber ? $0 : "-" })
    }

    /// What a line of a task list says; nil if it is none.
    static func task(_ line: Substring) -> (mark: Substring, text: Substring)? {
        let line = trimmed(line)
        guard line.hasPrefix("- [") || line.hasPrefix("-[") || line.hasPrefix("* ["),
            let open = line.firstIndex(of: "["),
            let close = line[open...].firstIndex(of: "]"),
            line.distance(from: open, to: close) <= 2
        else { return nil }
        let after = line[line.index(after: close)...]
        // A link at the beginning of a point is no task.
        guard !after.hasPrefix("(") else { return nil }
        return (line[...close], trimmed(after))
    }

    /// The first line that breaks a rule of task lists or of fences, and the rule.
    private static func objection(_ lines: [Substring]) -> (line: Int, text: String)? {
        var fence: Int?
        var known: Set<Substring> = []
        for (index, line) in lines.enumerated() {
            if trimmed(line).hasPrefix("```") {
                fence = fence == nil ? index + 1 : nil
                continue
            }
            guard fence == nil, let (mark, text) = task(line) else { continue }
            guard mark == "- [ ]" else {
                let isTicked = mark.contains("x") || mark.contains("X")
                let why = isTicked ? ": what is done is kept by the engine" : ""
                return (index + 1, "expected - [ ] before a step, found \(mark)\(why)")
            }
            guard !text.isEmpty else { return (index + 1, "expected a step's text after - [ ]") }
            guard known.insert(text).inserted else {
                return (index + 1, "the same step stands twice: \(text)")
            }
            guard known.count <= Limits.stepCountMax else {
                return (index + 1, "expected at most \(Limits.stepCountMax) steps")
            }
        }
        return fence.map { ($0, "the code that begins here does not end: ``` is missing") }
    }

    /// The names in the paragraph that begins with `**Alarms.**`.
    private static func alarms(in text: String) -> [String] {
        var names: [String] = []
        var isWithin = false
        for line in lines(text) {
            if line.hasPrefix("**Alarms.**") { isWithin = true }
            if trimmed(line).isEmpty { isWithin = false }
            guard isWithin else { continue }
            let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
            for (index, piece) in pieces.enumerated() where index % 2 == 1 {
                names.append(String(piece))
            }
        }
        return names
    }
}

/// Goes over the lines of a page and gathers its parts.
private struct PlaybookReader {
    private(set) var items: [PlaybookItem] = []
    private var code: [String]?
    private var fenceIndent = 0
    /// What the next line goes on with.
    private var open: Open?
    private var stepCount = 0

    private enum Open {
        case prose(String)
        case point(String)
        case step(String)
    }

    init(_ lines: [Substring]) {
        for line in lines { take(line) }
        close()
        if let code { items.append(.code(code)) }
    }

    private mutating func take(_ line: Substring) {
        let text = PlaybookPage.trimmed(line)
        if text.hasPrefix("```") {
            close()
            fenceIndent = line.prefix { $0 == " " }.count
            if let lines = code { items.append(.code(lines)) }
            code = code == nil ? [] : nil
        } else if code != nil {
            let indent = min(fenceIndent, line.prefix { $0 == " " }.count)
            code?.append(String(line.dropFirst(indent)))
        } else if text.isEmpty || text.hasPrefix("#") {
            close()
        } else if let (_, words) = PlaybookPage.task(line) {
            begin(.step(String(words)))
        } else if let words = Self.point(text) {
            begin(.point(words))
        } else {
            goOn(String(text))
        }
    }

    private mutating func begin(_ next: Open) {
        close()
        open = next
    }

    private mutating func goOn(_ text: String) {
        switch open {
        case .prose(let before): open = .prose(before + " " + text)
        case .point(let before): open = .point(before + " " + text)
        case .step(let before): open = .step(before + " " + text)
        case nil: open = .prose(text)
        }
    }

    private mutating func close() {
        switch open {
        case .prose(let text):
            if !text.hasPrefix("**Alarms.**") { items.append(.prose(Self.plain(text))) }
        case .point(let text): items.append(.point(Self.plain(text)))
        case .step(let text):
            stepCount += 1
            items.append(.step(Self.task(text, stepCount)))
        case nil: break
        }
        open = nil
    }

    /// The text of a line of a list, with its number.
    private static func point(_ text: Substring) -> String? {
        for sign in ["- ", "* "] where text.hasPrefix(sign) {
            return "- " + text.dropFirst(2)
        }
        let digits = text.prefix { $0.isNumber }
        guard !digits.isEmpty, text.dropFirst(digits.count).hasPrefix(". ") else { return nil }
        return String(text)
    }

    private static func task(_ text: String, _ number: Int) -> PlaybookTask {
        guard text.hasPrefix("`"), let end = text.dropFirst().firstIndex(of: "`") else {
            return PlaybookTask(number: number, text: plain(text), key: nil)
        }
        let key = text[text.index(after: text.startIndex)..<end]
        let rest = PlaybookPage.trimmed(text[text.index(after: end)...])
        return PlaybookTask(number: number, text: plain(String(rest)), key: String(key))
    }

    /// Without the signs of Markdown: a link is its text.
    private static func plain(_ text: String) -> String {
        var out = ""
        var rest = Substring(text)
        while let sign = rest.first {
            if sign == "`" {
                rest.removeFirst()
            } else if rest.hasPrefix("**") {
                rest.removeFirst(2)
            } else if sign == "[", let (words, after) = link(rest) {
                out += words
                rest = after
            } else {
                out.append(sign)
                rest.removeFirst()
            }
        }
        return out
    }

    private static func link(_ text: Substring) -> (words: Substring, after: Substring)? {
        guard let close = text.firstIndex(of: "]") else { return nil }
        let words = text[text.index(after: text.startIndex)..<close]
        let after = text[text.index(after: close)...]
        guard after.hasPrefix("("), let end = after.firstIndex(of: ")") else { return nil }
        return (words, after[after.index(after: end)...])
    }
}
