import Foundation

/// The package's folder and what stands in its manifest.
struct Repository {
    let root: URL
    /// Sources and tests, by path.
    let files: [SourceText]
    /// In the order of the manifest.
    let targets: [Target]

    struct Target {
        var name: String
        /// From the package's root.
        var path: String
    }

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        self.root = root
        files = try Self.paths(root).map { path in
            let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            return SourceText(path: path, text: text)
        }
        let manifest = try String(
            contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        targets = try Self.targets(manifest)
    }

    var sources: [SourceText] { files.filter { $0.path.hasPrefix("Sources/") } }

    /// The target that a file belongs to, and its place in the manifest.
    func target(of file: SourceText) -> Int? {
        targets.firstIndex { file.path.hasPrefix($0.path + "/") }
    }

    private static func paths(_ root: URL) throws -> [String] {
        var paths: [String] = []
        for top in ["Sources", "Tests"] {
            let folder = root.appendingPathComponent(top).resolvingSymlinksInPath().path
            for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
            where path.hasSuffix(".swift") {
                paths.append(top + "/" + path)
            }
        }
        return paths.sorted()
    }

    private static func targets(_ manifest: String) throws -> [Target] {
        guard let start = manifest.range(of: "    targets: [") else { return [] }
        let text = manifest[start.upperBound...]
        let part = #"(part|check)\(\s*"(\w+)"(?:,\s*"([^"]+)")?"#
        let target = #"\.(?:target|executableTarget)\(\s*name:\s*"(\w+)""#
        let call = try Regex("(?:\(part))|(?:\(target))")
        let path = try Regex(#"path:\s*"([^"]+)""#)
        return text.matches(of: call).map { match in
            if let kind = match.output[1].substring, let name = match.output[2].substring {
                let folder = match.output[3].substring ?? name
                return Target(
                    name: String(name), path: kind == "part" ? "Sources/\(folder)" : "Tests/\(name)"
                )
            }
            let found = text[match.range.upperBound...].firstMatch(of: path)
            return Target(
                name: String(match.output[4].substring ?? ""),
                path: String(found?.output[1].substring ?? ""))
        }
    }
}
