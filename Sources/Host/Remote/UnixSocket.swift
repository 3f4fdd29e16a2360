import Glibc
import World

/// Sockets of a file system, without anything around them.
enum UnixSocket {
    /// Calls `body` with the address of a path; throws where the path is too long for one.
    private static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw DiskFault(path: path, operation: "name a socket", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func make(_ path: String) throws -> Int32 {
        let socket = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else {
            throw DiskFault(path: path, operation: "make a socket", code: errno)
        }
        return socket
    }

    /// Connects; throws `NoEngine` where nobody listens.
    static func connect(_ path: String) throws -> Int32 {
        let socket = try make(path)
        guard try withAddress(path, { Glibc.connect(socket, $0, $1) }) == 0 else {
            close(socket)
            throw NoEngine(path: path)
        }
        return socket
    }

    static func listen(_ path: String) throws -> Int32 {
        let socket = try make(path)
        let isBound = try withAddress(path) { Glibc.bind(socket, $0, $1) } == 0
        guard isBound, Glibc.listen(socket, 16) == 0 else {
            let code = errno
            close(socket)
            throw DiskFault(path: path, operation: "listen", code: code)
        }
        return socket
    }
}
