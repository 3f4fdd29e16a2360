import World

/// The steps for each alarm: a user's own file, else a page of the playbook that comes with the
/// program.
package struct PlaybookShelf {
    private let folder: String
    private let disk: any Disk

    /// A page, as Markdown.
    package struct Page: Codable, Sendable, Equatable {
        package var title: String
        /// Alarms that it is for; a user's own page is for that of its name.
        package var alarms: [String]
        /// The path of a user's own page; nil for one that comes with the program.
        package var file: String?
        package var text: String
    }

    /// A user's own pages are `playbooks/ALARM.md` in a state directory.
    package init(of folder: String, disk: any Disk = LocalDisk()) {
        self.folder = folder + "/playbooks"
        self.disk = disk
    }

    /// The page for an alarm; nil if there is none.
    package func page(for alarm: String) throws -> Page? {
        // An alarm's name is a file's: never a path.
        let isName = alarm.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39
        }
        guard isName, !alarm.isEmpty else { return nil }
        let path = "\(folder)/\(alarm).md"
        if try disk.exists(path) {
            let text = String(decoding: try disk.read(path), as: UTF8.self)
            let title = text.split(separator: "\n").first.map { line in
                String(line.drop { $0 == "#" || $0 == " " })
            }
            return Page(title: title ?? alarm, alarms: [alarm], file: path, text: text)
        }
        return Self.shipped.first { $0.alarms.contains(alarm) }
    }

    /// The whole text that comes with the program; docs/playbook.md is the same.
    package static let text = String(decoding: PackageResources.Playbook_md, as: UTF8.self)

    /// Its pages, in order.
    package static let shipped: [Page] = {
        var pages: [Page] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") {
                let title = String(line.dropFirst(3))
                pages.append(Page(title: title, alarms: [], text: "## \(title)\n"))
            } else if let last = pages.indices.last {
                pages[last].text += line + "\n"
            }
        }
        for index in pages.indices { pages[index].alarms = alarms(in: pages[index].text) }
        return pages
    }()

    /// The names in the paragraph that begins with `**Alarms.**`.
    private static func alarms(in text: String) -> [String] {
        var names: [String] = []
        var isWithin = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("**Alarms.**") { isWithin = true }
            if line.isEmpty { isWithin = false }
            guard isWithin else { continue }
            let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
            for (index, piece) in pieces.enumerated() where index % 2 == 1 {
                names.append(String(piece))
            }
        }
        return names
    }
}
