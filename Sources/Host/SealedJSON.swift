import Foundation
import Numerics
import World

/// A small file that must not be mistaken: one line of JSON, and on a second line its SHA-256.
enum SealedJSON {
    /// What is wrong with such a file, in words.
    struct Fault: Error {
        var text: String
    }

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let json = [UInt8](try JSON.encode(value))
        return json + [0x0A] + Array((SHA256.digest(of: json).hex + "\n").utf8)
    }

    /// The list in a book's file; an empty one where there is no file. Throws a `LaunchFault`.
    static func list<Entry: Decodable>(
        of type: Entry.Type, at path: String, _ disk: any Disk, expecting what: String
    ) throws -> [Entry] {
        guard try disk.exists(path) else { return [] }
        let bytes = try disk.read(path)
        do throws(Fault) {
            return try decode([Entry].self, bytes, expecting: what)
        } catch {
            throw LaunchFault(path: path, text: error.text)
        }
    }

    /// `what` is expected, for the message of a fault.
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], expecting what: String
    ) throws(Fault) -> Value {
        guard let newline = bytes.firstIndex(of: 0x0A) else {
            throw Fault(text: "expected two lines, found one")
        }
        let json = Array(bytes[..<newline])
        let digest = String(decoding: bytes[(newline + 1)...], as: UTF8.self)
        guard SHA256.digest(of: json).hex + "\n" == digest else {
            throw Fault(text: "the SHA-256 on its second line is not that of its first")
        }
        do {
            return try JSON.decode(type, from: Foundation.Data(json))
        } catch {
            throw Fault(text: "expected \(what): \(error)")
        }
    }
}
