/// Lines are read by words, so some bytes behind each must be readable; nothing is decided by
/// them.
package enum LinePadding {
    /// So many bytes.
    package static let size = 16
}
