import Foundation
import World

extension Disk {
    /// What a file of JSON holds; nil where there is none. One that cannot be read is put aside,
    /// and `fault` says so. Throws what the disk throws.
    package func storedJSON<Value: Decodable>(
        _ type: Value.Type, at path: String
    ) throws -> (value: Value?, fault: String?) {
        guard try exists(path) else { return (nil, nil) }
        do {
            return (try JSON.decode(type, from: Foundation.Data(try read(path))), nil)
        } catch let error as DecodingError {
            try rename(path, to: path + ".unreadable")
            return (nil, "\(path): \(error); it is kept as \(path).unreadable")
        }
    }
}
