import Engine
import Ingestion
import Recording
import Vocabulary
import World

/// Files that grow, are cut, or are replaced by others of the same name.
extension FileFeed {
    /// How a file is recognised is known better once there is more of it.
    func noteFingerprints() throws {
        for (stream, source) in followedFiles {
            let known = host.engine.sources[index(of: stream)]
            let size = known.fingerprint.size
            guard size < Fingerprint.sizeMax, UInt64(size) < known.endOffset else { continue }
            try unlessGone {
                let isKnown = try size == 0 || isSame(source, as: known)
                guard isKnown else { return }
                let more = try FileSource.fingerprint(
                    of: source.path, size: Fingerprint.sizeMax, disk: host.disk)
                host.engine.update(source: index(of: stream)) { $0.fingerprint = more }
            }
        }
    }

    /// Where a followed file came to its end: it may have been cut, or another one may have its
    /// name by now, which is read from its beginning, as at a start.
    func lookAgain() throws {
        for (stream, source) in followedFiles {
            let reader = stream == .examples ? merger.examples : merger.labels
            guard let reader, reader.lines.isEmpty else { continue }
            try unlessGone {
                guard let kind = try host.disk.kind(of: source.path), [.file, .link].contains(kind)
                else { return }
                if try isSame(source, as: host.engine.sources[index(of: stream)]) {
                    try source.reopen()
                } else {
                    try startOver(stream, source.path)
                }
            }
        }
    }

    /// A file that was moved away may be followed by another one soon.
    private func unlessGone(_ look: () throws -> Void) throws {
        do {
            try look()
        } catch let fault as DiskFault where fault.isNotFound {
            return
        }
    }

    private var followedFiles: [(StreamKind, FileSource)] {
        [StreamKind.examples, .labels].compactMap { stream in
            followed[stream].map { (stream, $0) }
        }
    }

    private func isSame(_ source: FileSource, as known: SourceProgress) throws -> Bool {
        let size = try host.disk.open(source.path, .read).size()
        guard size >= source.offset else { return false }
        return try FileSource.fingerprint(
            of: source.path, size: Int(known.fingerprint.size), disk: host.disk)
            == known.fingerprint
    }

    private func startOver(_ stream: StreamKind, _ path: String) throws {
        let fingerprint = try FileSource.fingerprint(
            of: path, size: Fingerprint.sizeMax, disk: host.disk)
        let source = try FileSource(path, offset: 0, disk: host.disk)
        host.engine.update(source: index(of: stream)) { progress in
            (progress.endOffset, progress.lineNumber) = (0, 0)
            progress.fingerprint = fingerprint
        }
        let reader = Self.reader(source, stream, of: host, isFollowing: true)
        followed[stream] = source
        merger = StreamMerger(
            examples: stream == .examples ? reader : merger.examples,
            labels: stream == .labels ? reader : merger.labels, isFollowing: true)
    }
}
