import Glibc

/// A terminal whose other end is held here, in place of an operator's.
package final class PseudoTerminal {
    package private(set) var master: Int32
    package let slave: Int32
    /// Of its name, `/dev/pts/N`.
    package let number: UInt32
    package private(set) var received: [UInt8] = []

    package init?(rows: UInt16 = 24, columns: UInt16 = 80) {
        // posix_openpt and its kin are not in the Glibc module; these are what they do on Linux.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var lock: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, 0x4004_5431, &lock) == 0,
            ioctl(master, 0x8004_5430, &number) == 0
        else { return nil }
        self.number = number
        slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_NONBLOCK)
        guard slave >= 0 else { return nil }
        resize(rows: rows, columns: columns)
    }

    /// The terminal's own end alone, of one that another process reads.
    package init?(slaveNumber: Int32) {
        (master, number) = (-1, UInt32(slaveNumber))
        slave = open("/dev/pts/\(slaveNumber)", O_RDWR | O_NOCTTY | O_NONBLOCK)
        guard slave >= 0 else { return nil }
    }

    deinit {
        close(slave)
        hangUp()
    }

    /// The end that is held here goes away.
    package func hangUp() {
        if master >= 0 { close(master) }
        master = -1
    }

    package func resize(rows: UInt16, columns: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(slave, UInt(TIOCSWINSZ), &size)
    }

    package func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Reads what comes within a time; returns the number of bytes.
    @discardableResult
    package func read(forMilliseconds milliseconds: Int) -> Int {
        let end = Ticks.microseconds + milliseconds * 1000
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = (end - Ticks.microseconds) / 1000
            guard left > 0 else { return total }
            var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&one, 1, Int32(left)) > 0 else { return total }
            let count = Glibc.read(master, &buffer, buffer.count)
            guard count > 0 else { return total }
            received += buffer[..<count]
            total += count
        }
    }

    /// Reads until a text has come; false if it does not within a time.
    package func read(until text: String, withinMilliseconds milliseconds: Int) -> Bool {
        let end = Ticks.microseconds + milliseconds * 1000
        while !self.text.contains(text) {
            guard Ticks.microseconds < end else { return false }
            read(forMilliseconds: 2)
        }
        return true
    }

    /// Reads what is there, up to a number of bytes.
    package func read(atMost count: Int) {
        var buffer = [UInt8](repeating: 0, count: count)
        var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&one, 1, 0) > 0 else { return }
        let got = Glibc.read(master, &buffer, count)
        if got > 0 { received += buffer[..<got] }
    }

    /// As if nothing had come so far.
    package func forget() { received = [] }

    package var text: String { String(decoding: received, as: UTF8.self) }

    package var settings: [UInt32] {
        var found = termios()
        tcgetattr(slave, &found)
        return [found.c_iflag, found.c_oflag, found.c_cflag, found.c_lflag]
    }
}
