import Foundation
import Serving
import Vocabulary
import World

/// What the lower tiers of a model's fallback answer from, each in a file of its own, which no
/// other part reads or writes:
///
///     fallback/table.json     {"feature":…, "rates":{VALUE:RATE,…}, "base_rate":…}
///     fallback/constant.json  {"constant":…}
///     fallback/switch.json    who switched to it; not there while nobody has
package struct FallbackFolder: Sendable {
    /// The version of the files that is written, and the only one that is read.
    static let version = 1

    let folder: String
    let disk: any Disk

    package init(_ folder: String, disk: any Disk) {
        (self.folder, self.disk) = (folder, disk)
    }

    private struct Constant: Codable {
        var constant: Double
    }

    var switchPath: String { folder + "/switch.json" }
    var tablePath: String { folder + "/table.json" }
    var constantPath: String { folder + "/constant.json" }

    /// The table, or why there is none; nil where none was ever made.
    func table() -> Result<FallbackTable, CheckpointFault>? {
        read(FallbackTable.self, tablePath) { $0.objection }
    }

    /// The constant, or why there is none; nil where none was ever made.
    func constant() -> Result<Double, CheckpointFault>? {
        read(Constant.self, constantPath) { constant in
            (0...1).contains(constant.constant) ? nil : "constant is not within 0…1"
        }.map { $0.map(\.constant) }
    }

    func switched() -> Result<FallbackSwitch, CheckpointFault>? {
        read(FallbackSwitch.self, switchPath) { _ in nil }
    }

    func write(_ switched: FallbackSwitch?) throws {
        guard let switched else { return try disk.remove(switchPath) }
        try disk.makeFolder(folder)
        try disk.replace(switchPath, with: [UInt8](try JSON.encode(switched)))
    }

    /// Why the table cannot answer, or would not after a restart: its file is read again and held
    /// against what is in memory. Nil if all is well, or there never was one.
    func fault(ofTable table: FallbackTable?) -> String? {
        switch self.table() {
        case nil: table == nil ? nil : "\(tablePath): the file is gone"
        case .failure(let fault)?: "\(fault)"
        case .success(let kept)?: kept == table ? nil : "\(tablePath): it is not what answers"
        }
    }

    /// Why the constant is not what its file says; it answers all the same.
    func fault(ofConstant constant: Double) -> String? {
        switch self.constant() {
        case nil: nil
        case .failure(let fault)?: "\(fault)"
        case .success(let kept)?:
            kept == constant ? nil : "\(constantPath): it is not what answers"
        }
    }

    func write(_ table: FallbackTable) throws {
        try disk.makeFolder(folder)
        try disk.replace(tablePath, with: [UInt8](try JSON.encode(table)))
    }

    func write(constant: Double) throws {
        try disk.makeFolder(folder)
        try disk.replace(
            constantPath, with: [UInt8](try JSON.encode(Constant(constant: constant))))
    }

    private func read<Value: Decodable>(
        _ type: Value.Type, _ path: String, _ objection: (Value) -> String?
    ) -> Result<Value, CheckpointFault>? {
        do {
            guard try disk.exists(path) else { return nil }
            let value = try JSON.decode(type, from: Foundation.Data(try disk.read(path)))
            if let text = objection(value) {
                return .failure(CheckpointFault(path: path, text: text))
            }
            return .success(value)
        } catch {
            return .failure(CheckpointFault(path: path, text: "\(error)"))
        }
    }
}
