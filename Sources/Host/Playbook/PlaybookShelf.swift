import Operation
import World

/// The pages of the playbook: a user's own files, and those that come with the program.
package struct PlaybookShelf: Sendable {
    /// What is beyond is not read.
    private static let fileCountMax = 100

    private let folder: String
    private let disk: any Disk

    /// `named` is a folder of `NAME.md`, by its full path or in a state directory.
    package init(_ named: String, in state: String, disk: any Disk = LocalDisk()) {
        folder = named.hasPrefix("/") ? named : "\(state)/\(named)"
        self.disk = disk
    }

    /// The whole text that comes with the program; docs/playbook.md is the same.
    package static let text = String(decoding: PackageResources.Playbook_md, as: UTF8.self)

    package static let shipped = PlaybookPage.pages(of: text)

    /// Every page that can be used, and what is wrong with a user's that cannot: then the one that
    /// comes with the program is used.
    package func read() -> PlaybookReport {
        var report = PlaybookReport(pages: [], faults: [])
        do {
            let names = try disk.names(in: folder).filter { $0.hasSuffix(".md") }
            if names.count > Self.fileCountMax {
                report.faults.append("\(folder): the first \(Self.fileCountMax) pages are read")
            }
            for name in names.prefix(Self.fileCountMax) { read(name, into: &report) }
        } catch {
            report.faults.append("\(error)")
        }
        let own = Set(report.pages.map(\.id))
        report.pages += Self.shipped.filter { !own.contains($0.id) }
        return report
    }

    private func read(_ name: String, into report: inout PlaybookReport) {
        let path = "\(folder)/\(name)"
        do {
            let bytes = try disk.read(path)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw PlaybookFault(file: path, line: 1, text: "expected UTF-8")
            }
            report.pages.append(
                try PlaybookPage(id: String(name.dropLast(3)), file: path, text: text))
        } catch {
            report.faults.append("\(error)")
        }
    }
}
