import Foundation
import Glibc
import World

/// Memory of this process, as the kernel counts it.
package enum ProcessMemory {
    /// Of this process alone: without files that are mapped.
    package static var ownMebibytes: Double { get throws { try mebibytes("RssAnon") } }
    package static var residentMebibytes: Double { get throws { try mebibytes("VmRSS") } }

    private static func mebibytes(_ name: String) throws -> Double {
        let path = "/proc/self/status"
        let line = try KernelFile.text(path).split(separator: "\n").first {
            $0.hasPrefix(name + ":")
        }
        let words = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
        guard words.count == 3, words[2] == "kB", let count = Double(words[1]) else {
            throw BenchFault("\(path): expected \(name) in kB")
        }
        return count / 1024
    }
}

/// Time that threads of this process have run.
package enum ThreadTime {
    /// Each of the names must be a thread's.
    package static func nanoseconds(of names: Set<String>) throws -> Int {
        let folder = "/proc/self/task"
        var (sum, found) = (0, 0)
        for thread in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let name = try KernelFile.text("\(folder)/\(thread)/comm")
            guard names.contains(name.trimmingCharacters(in: .newlines)) else { continue }
            found += 1
            let words = try KernelFile.text("\(folder)/\(thread)/schedstat").split(separator: " ")
            sum += words.first.flatMap { Int($0) } ?? 0
        }
        guard found == names.count else { throw BenchFault("threads of the console are missing") }
        return sum
    }
}

/// Files of the kernel have no size that could be asked for.
private enum KernelFile {
    private static let sizeMax = 16_384

    static func text(_ path: String) throws -> String {
        var bytes = [UInt8](repeating: 0, count: sizeMax)
        let count = try bytes.withUnsafeMutableBytes {
            try LocalFile(path, .read).readOnce(into: $0, at: 0)
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
