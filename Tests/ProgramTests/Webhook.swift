import Foundation
import Glibc
import Synchronization
import Testing

/// Takes posts over HTTP, one after the other, and keeps their bodies.
final class Webhook: Sendable {
    let port: Int
    private let descriptor: Int32
    private let taken = Mutex<[[String: String]]>([])
    private let refusals: Atomic<Int>

    /// The first posts are answered with 503.
    init(refusing count: Int = 0) throws {
        refusals = Atomic(count)
        let descriptor = Wire.stream()
        let port = try Wire.freePort()
        let outcome = Wire.with(port) { bind(descriptor, $0, $1) }
        try #require(outcome == 0 && listen(descriptor, 16) == 0)
        (self.descriptor, self.port) = (descriptor, port)
        Thread.detachNewThread { [self] in serve() }
    }

    /// No more posts are taken.
    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// What was taken: `id`, `kind`, `name` and `key`, the header, of each.
    var messages: [[String: String]] { taken.withLock { $0 } }

    private func serve() {
        while true {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { break }
            answer(connection)
            Glibc.close(connection)
        }
        Glibc.close(descriptor)
    }

    private func answer(_ connection: Int32) {
        var bytes = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let request = Self.whole(bytes) {
                let isRefused = refusals.load(ordering: .relaxed) > 0
                if isRefused {
                    refusals.subtract(1, ordering: .relaxed)
                } else {
                    taken.withLock { $0.append(request) }
                }
                let status = isRefused ? "503 Service Unavailable" : "200 OK"
                let reply = Array(
                    "HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                _ = send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
                return
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Nil while there is more to come.
    private static func whole(_ bytes: Data) -> [String: String]? {
        guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        var headers: [String: String] = [:]
        for line in head.components(separatedBy: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let body = bytes[end.upperBound...]
        guard body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        do {
            let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
            let alarm = object?["alarm"] as? [String: Any]
            return [
                "id": object?["id"] as? String ?? "", "kind": object?["kind"] as? String ?? "",
                "name": alarm?["name"] as? String ?? "",
                "key": headers["idempotency-key"] ?? "",
                "authorization": headers["authorization"] ?? "",
            ]
        } catch {
            return ["kind": "\(error)"]
        }
    }
}
