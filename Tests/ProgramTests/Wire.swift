import Foundation
import Glibc
import Testing

/// A TCP connection whose bytes are the test's own: whole requests, halves of them, or none.
final class Wire {
    /// For an answer to come, and for the other side to take what is sent.
    private static let patienceSeconds = 20.0

    enum Fault: Error {
        case refused(Int32)
        case silent
        case malformed(String)
    }

    struct Reply {
        var status = 0
        /// By name in small letters.
        var headers: [String: String] = [:]
        var body = Data()

        var text: String { String(decoding: body, as: UTF8.self) }

        func json() throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: body)
            return try #require(object as? [String: Any], "\(text)")
        }

        /// What the answer says is wrong.
        func error() throws -> String { try #require(try json()["error"] as? String, "\(text)") }
    }

    private let descriptor: Int32
    private var received = Data()
    private var hasEnded = false

    init(port: Int) throws {
        descriptor = Self.stream()
        var patience = timeval(tv_sec: Int(Self.patienceSeconds), tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let outcome = Self.with(port) { connect(descriptor, $0, $1) }
        guard outcome == 0 else { throw Fault.refused(errno) }
    }

    deinit { close(descriptor) }

    /// A port that nobody has.
    static func freePort() throws -> Int {
        let descriptor = stream()
        defer { close(descriptor) }
        try #require(with(0) { bind(descriptor, $0, $1) } == 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
        }
        try #require(outcome == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// No child of the tests may keep a connection open.
    static func stream() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    /// Does something with the address of a port of this machine.
    static func with(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// False if the other side takes no more.
    @discardableResult
    func send(_ bytes: Data) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Data(text.utf8)) }

    /// The next answer; nil if the connection ended before one. An interim one counts as one.
    func reply() throws -> Reply? {
        guard var reply = try headReply() else { return nil }
        let size = Int(reply.headers["content-length"] ?? "0") ?? 0
        while received.count < size {
            guard try receive() else { return nil }
        }
        reply.body = received.prefix(size)
        received = Data(received.dropFirst(size))
        return reply
    }

    /// The answer whose body ends with the connection, as one of HTTP/1.0 may.
    func wholeReply() throws -> Reply? {
        guard var reply = try headReply(version: "HTTP/1.0") else { return nil }
        while try receive() {}
        reply.body = received
        return reply
    }

    /// The next answer without its body, as one to `HEAD` comes.
    func headReply(version: String = "HTTP/1.1") throws -> Reply? {
        let end = Data("\r\n\r\n".utf8)
        while received.range(of: end) == nil {
            guard try receive() else { return nil }
        }
        guard let head = received.range(of: end) else { return nil }
        let reply = try Self.reply(head: received[..<head.lowerBound], version)
        received = Data(received[head.upperBound...])
        return reply
    }

    /// True if the other side ends the connection in time; what it says till then is dropped.
    func ends(within seconds: Double = patienceSeconds) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !hasEnded, isReadable(until: deadline) { read() }
        return hasEnded
    }

    /// True if the other side has ended the connection, and said nothing more.
    var endsSilently: Bool { ends() && received.isEmpty }

    private static func reply(head: Data, _ version: String) throws -> Reply {
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count > 1, words[0] == version, let status = Int(words[1]) else {
            throw Fault.malformed(lines[0])
        }
        var reply = Reply(status: status)
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Fault.malformed(line) }
            let value = line[line.index(after: colon)...]
            reply.headers[line[..<colon].lowercased()] = value.trimmingCharacters(in: .whitespaces)
        }
        return reply
    }

    /// False once the connection has ended.
    private func receive() throws -> Bool {
        guard !hasEnded else { return false }
        guard isReadable(until: Date(timeIntervalSinceNow: Self.patienceSeconds)) else {
            throw Fault.silent
        }
        read()
        return !hasEnded
    }

    private func isReadable(until deadline: Date) -> Bool {
        var entry = pollfd(descriptor: descriptor)
        let milliseconds = max(0, deadline.timeIntervalSinceNow * 1000)
        return poll(&entry, 1, Int32(milliseconds)) > 0
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            received.append(contentsOf: buffer[..<count])
        } else {
            hasEnded = true
        }
    }
}

extension pollfd {
    fileprivate init(descriptor: Int32) {
        self.init(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }
}
