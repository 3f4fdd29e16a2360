import World

/// A file of a stream that holds something else than lines of text.
package struct CompressedFile: Error, Equatable, CustomStringConvertible {
    package var path: String
    package var format: String
    /// Writes its lines to standard output.
    package var reader: String

    package var description: String {
        "\(path): lines of JSON were expected, and it is compressed (\(format)); "
            + "\(reader) \(path) unpacks it"
    }

    /// By the first bytes of files, none of which begins a line of JSON.
    private static let formats: [(bytes: [UInt8], format: String, reader: String)] = [
        ([0x1F, 0x8B], "gzip", "gunzip -c"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "zstd -dc"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz", "xz -dc"),
        ([0x42, 0x5A, 0x68], "bzip2", "bzip2 -dc"),
        ([0x50, 0x4B, 0x03, 0x04], "zip", "unzip -p"),
    ]

    /// Throws if the file begins like a compressed one.
    static func refuse(_ file: any DiskFile) throws {
        guard file.isSeekable else { return }
        var bytes = [UInt8](repeating: 0, count: 8)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        let found = formats.first { bytes[..<count].starts(with: $0.bytes) }
        guard let found else { return }
        throw CompressedFile(path: file.path, format: found.format, reader: found.reader)
    }
}
