import Recording

/// An engine whose record failed half-way: the model has to be opened anew.
package struct BrokenEngine: Error, CustomStringConvertible {
    package var description: String { "a record failed half-way; the model has to be opened anew" }
}

/// Bytes of a log that are not what was written there.
package struct LogFault: Error, Equatable, CustomStringConvertible {
    package var log: LogKind
    package var offset: UInt64

    package init(log: LogKind, offset: UInt64) {
        self.log = log
        self.offset = offset
    }

    package var description: String {
        let name = log == .raw ? "raw" : "training"
        return "\(name) log, offset \(offset): expected a whole batch that matches its checksum"
    }
}
