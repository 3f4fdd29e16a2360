import Glibc

/// What `spindle attach --stdio` does: hands bytes on between standard input and output and an
/// engine's control socket, until one side is done.
package struct StandardStreams {
    private let socket: Int32

    /// Throws `NoEngine` where no engine listens.
    package init(toSocket path: String) throws { socket = try UnixSocket.connect(path) }

    package func run() {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var isReading = true
        defer { close(socket) }
        while true {
            var watched = [
                pollfd(fd: isReading ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, -1) >= 0 || errno == EINTR else { return }
            if watched[0].revents != 0 {
                let count = read(STDIN_FILENO, &buffer, buffer.count)
                if count > 0 {
                    guard Self.write(buffer[..<count], to: socket) else { return }
                } else if count == 0 || errno != EINTR {
                    // No more will be asked; the answer may still come.
                    isReading = false
                    shutdown(socket, Int32(SHUT_WR))
                }
            }
            if watched[1].revents != 0 {
                let count = read(socket, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0, Self.write(buffer[..<count], to: STDOUT_FILENO) else { return }
            }
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }
}
