import Foundation
import Glibc
import Testing

/// One request over TCP, a connection each.
struct DoorClient {
    struct Reply {
        var status: Int
        var text: String

        func json() throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            return try #require(object as? [String: Any], "\(text)")
        }
    }

    let port: Int

    func get(_ path: String) throws -> Reply { try ask("GET", path, "") }
    func post(_ path: String, _ body: String) throws -> Reply { try ask("POST", path, body) }

    private func ask(_ method: String, _ path: String, _ body: String) throws -> Reply {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(outcome == 0, "nobody takes connections on \(port)")
        let request =
            "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        var sent = ArraySlice(request.utf8)
        while !sent.isEmpty {
            let count = sent.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            try #require(count > 0)
            sent = sent.dropFirst(count)
        }
        var received: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { break }
            received += piece[..<count]
        }
        let text = String(decoding: received, as: UTF8.self)
        let end = try #require(text.range(of: "\r\n\r\n"), "\(text)")
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return Reply(status: try #require(status), text: String(text[end.upperBound...]))
    }
}
