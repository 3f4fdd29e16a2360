import CNcurses

/// What the terminal of this process's console has been sent since its screen was opened.
package enum TerminalTraffic {
    /// Each frame begins with it: synchronized output, DEC mode 2026.
    package static let frameStart = "\u{1B}[?2026h"

    package static var byteCount: UInt64 { cn_bytes_sent() }
    package static var writeCount: UInt64 { cn_writes_made() }
}
