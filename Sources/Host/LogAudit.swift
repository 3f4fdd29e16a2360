import Engine
import Recording
import Vocabulary
import World

/// Reads a log again from its first byte to its last, every checksum included.
struct LogAudit {
    private(set) var batches = 0
    private(set) var records: UInt64 = 0
    /// Bytes at the end that were being written when an engine was cut off: the next start cuts
    /// them off.
    private(set) var tornSize: UInt64 = 0
    private(set) var fault: String?

    /// What is broken before `acknowledged` is damage; what is broken behind it was being written.
    init(_ log: LogFolder, acknowledged: UInt64, course: AuditCourse) throws {
        if try log.removedLatest() == .distantFuture {
            fault =
                "\(log.folder): the files before byte \(log.start) are missing, and retention has "
                + "not removed them"
            return
        }
        var offset = log.start
        var sequence: UInt64?
        while offset < log.end {
            guard let (_, header) = try log.wholeBatch(at: offset),
                header.firstSequence == sequence ?? header.firstSequence
            else {
                if try offset < acknowledged || log.wasDurable(behind: offset) {
                    fault = log.damage(at: offset).description
                } else {
                    tornSize = log.end - offset
                }
                return
            }
            batches += 1
            course.advance(by: header.batchSize)
            records += UInt64(header.count)
            sequence = header.firstSequence + UInt64(header.count)
            offset += UInt64(header.batchSize)
        }
        if log.end < acknowledged {
            fault = log.damage(at: log.end, until: acknowledged).description
        }
    }
}
