import CShims
import Console
import Dispatch
import Glibc
import Operation
import Vocabulary

/// The console where there is no screen: a line for each model every few seconds.
///
/// A line `!` on standard input stops all models, `! MODEL` stops one, `q` ends the console. Of
/// several engines, `! ENGINE` stops all models of one, and `! ENGINE MODEL` one of those. Any
/// other line is a command of the program, as it would be typed in a shell; of several engines
/// there is none.
package struct PlainConsole {
    private static let period = Span.seconds(5)
    private static let lineSizeMax = 1024

    let link: any EngineLink
    /// Does a command of the program and prints what comes of it; nil where there are none.
    let perform: (@Sendable ([String]) -> Void)?
    let isReadOnly: Bool
    /// One command after the other, and none in the way of the red button.
    private let commands = DispatchQueue(label: "spindle.plain.commands")
    private let asked = DispatchGroup()

    init(
        link: any EngineLink, isReadOnly: Bool, perform: (@Sendable ([String]) -> Void)?
    ) {
        (self.link, self.isReadOnly, self.perform) = (link, isReadOnly, perform)
    }

    func run() -> ConsoleExit {
        let signals = shim_signals_open()
        defer { shim_signals_close() }
        var typed: [UInt8] = []
        var isReading = Self.mayRead
        var due = Switchboard.now
        while true {
            if Switchboard.now >= due {
                for line in StatusLine.lines(of: link.latest()) where !Self.say(line) {
                    return .hungUp
                }
                due = Switchboard.now + Self.period
            }
            var watched = [
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isReading ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
                // Nothing is asked for: only whether the reader has gone.
                pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
            ]
            let left = max(1, (due.microseconds - Switchboard.now.microseconds) / 1000)
            poll(&watched, nfds_t(watched.count), Int32(left))
            if let exit = Self.ending(signals, watched[0].revents) { return exit }
            if watched[2].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return .hungUp }
            if watched[1].revents != 0 {
                isReading = Self.read(into: &typed)
                while let end = typed.firstIndex(of: 0x0A) {
                    let line = String(decoding: typed[..<end], as: UTF8.self)
                    typed.removeFirst(end + 1)
                    if let exit = take(line) { return exit }
                }
            }
        }
    }

    /// Not from a terminal that another job has: reading would stop this process.
    private static var mayRead: Bool {
        isatty(STDIN_FILENO) == 0 || tcgetpgrp(STDIN_FILENO) == getpgrp()
    }

    private func take(_ line: String) -> ConsoleExit? {
        let words = Self.words(of: line)
        switch words.first {
        case "!" where isReadOnly:
            _ = Self.say("this console only looks: nothing was stopped")
            return nil
        case "!":
            press(Array(words.dropFirst()))
            return nil
        case "q":
            // What was asked for before is answered, unless it takes for ever.
            _ = asked.wait(timeout: .now() + .seconds(5))
            return .left(keepEngine: true)
        case nil: return nil
        default:
            if let perform {
                commands.async(group: asked) { perform(words) }
            } else {
                let one = fleet.isEmpty ? "MODEL" : "ENGINE MODEL"
                _ = Self.say("! stops all models, ! \(one) stops one, q leaves")
            }
            return nil
        }
    }

    private var fleet: [String] { link.latest().fleet.map(\.name) }

    /// The red button, by what was typed behind it: of a fleet an engine, and a model of it.
    private func press(_ words: [String]) {
        guard !fleet.isEmpty else { return press(words, of: "") }
        guard let engine = words.first else {
            for engine in fleet {
                link.look(at: engine)
                press([], of: " of \(engine)")
            }
            return
        }
        guard fleet.contains(engine) else {
            _ = Self.say("no engine is called that: nothing was stopped")
            return
        }
        link.look(at: engine)
        press(Array(words.dropFirst()), of: " of \(engine)")
    }

    private func press(_ words: [String], of engine: String) {
        if words.isEmpty {
            link.pressRedButton(.all)
            _ = Self.say("asked to stop all models\(engine)")
        } else if let model = ModelName(words[0]) {
            link.pressRedButton(.model(model))
            _ = Self.say("asked to stop \(model)\(engine)")
        } else {
            _ = Self.say("no model can be called that: nothing was stopped")
        }
    }

    /// Split at blanks that are not between quotes.
    package static func words(of line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for letter in line {
            if let open = quote {
                if letter == open { quote = nil } else { word = (word ?? "") + String(letter) }
            } else if letter == "\"" || letter == "'" {
                quote = letter
                word = word ?? ""
            } else if letter == " " || letter == "\t" || letter == "\r" {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(letter)
            }
        }
        if let whole = word { words.append(whole) }
        return words
    }

    /// False once there is nothing more to read.
    private static func read(into typed: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        typed += buffer[..<count]
        if typed.count > lineSizeMax, !typed.contains(0x0A) { typed = [] }
        return true
    }

    private static func ending(_ signals: Int32, _ conditions: Int16) -> ConsoleExit? {
        guard conditions != 0 else { return nil }
        var numbers = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(signals, &numbers, numbers.count)
        guard count > 0 else { return nil }
        for number in numbers[..<count] {
            switch Int32(number) {
            case SIGHUP: return .hungUp
            case SIGTERM, SIGINT: return .terminated
            default: continue
            }
        }
        return nil
    }

    /// Writes a line unless the reader is not reading; false if there is none any more.
    private static func say(_ line: String) -> Bool {
        var one = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        poll(&one, 1, 0)
        guard one.revents & Int16(POLLOUT) != 0 else {
            return one.revents & Int16(POLLHUP | POLLERR | POLLNVAL) == 0
        }
        let bytes = Array((line + "\n").utf8)
        return write(STDOUT_FILENO, bytes, bytes.count) >= 0 || errno == EAGAIN || errno == EINTR
    }
}
