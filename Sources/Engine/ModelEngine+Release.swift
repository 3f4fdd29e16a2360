import Ingestion
import Recording
import Vocabulary

/// Examples that the schema's rules held back, and that an operator lets in.
extension ModelEngine {
    /// Takes in a line whose record was held back, once: the raw log has it a second time, with
    /// what it was, and counts it as the one line that it is. The line must be one that its parser
    /// admits.
    package func release(
        _ line: ParsedLine, _ release: (sequence: RawSequence, rule: AdmissionRule), source: Int
    ) throws {
        precondition(!isSettling, "nothing is taken in while a batch waits for the disk")
        let bytes = RawRecord.released(line.bytes, release.sequence, by: release.rule)
        let offset = bytes.withUnsafeBytes { bytes in
            raw.append(
                .released, stream: .examples, source: source, lineNumber: line.number, line: bytes)
        }
        raw.note(line.record.time)
        let place = RecordPlace(
            sequence: rawEnd.sequence + UInt64(raw.count) - 1,
            offset: rawEnd.offset + UInt64(offset), source: source)
        isWhole = false
        try letIn(line, release, place)
        isWhole = true
    }

    func letIn(
        _ line: ParsedLine, _ release: (sequence: RawSequence, rule: AdmissionRule),
        _ place: RecordPlace
    ) throws {
        guard line.isAdmitted else { throw LogFault(log: .raw, offset: place.offset) }
        try takeExample(line, place, heldBy: release.rule)
        released.append(release.sequence)
    }
}
