import CNcurses
import CShims
import Console

/// A terminal that canvases are presented on. Only the thread that paints may touch it.
struct NcursesScreen {
    /// What became of a canvas.
    enum Outcome {
        case shown
        /// The terminal takes no more at present; `drain` when it does.
        case waiting
        case gone
    }

    private let tty: Int32
    private var theme: Theme
    private let colourCount: Int
    private var shown: Canvas?
    private var size: ScreenSize

    init?(term: String, tty: Int32, size: ScreenSize, theme: Theme) {
        self.tty = tty
        self.size = size
        guard shim_tty_raw(tty) == 0 else { return nil }
        guard cn_open(term, tty, Int32(size.height), Int32(size.width)) == 0 else {
            shim_tty_restore(tty)
            return nil
        }
        colourCount = Int(cn_colours())
        self.theme = theme
        use(theme)
    }

    /// Shows what follows in another theme.
    mutating func use(_ theme: Theme) {
        self.theme = colourCount >= 8 ? theme : theme.colourless
        shown = nil
    }

    /// Shows a canvas; what is equal to the last one costs nothing and sends nothing.
    mutating func present(_ canvas: Canvas) -> Outcome {
        guard canvas != shown else { return .shown }
        if canvas.size != size {
            size = canvas.size
            cn_resize(Int32(size.height), Int32(size.width))
            shown = nil
        }
        for row in 0..<canvas.size.height {
            let range = row * size.width..<(row + 1) * size.width
            if let shown, shown.cells[range] == canvas.cells[range] { continue }
            put(canvas.cells[range], row: row)
        }
        shown = canvas
        return outcome(of: cn_flush())
    }

    /// Sends bytes that change nothing on the screen.
    func tell(_ bytes: [UInt8]) -> Outcome { outcome(of: cn_tell(bytes, bytes.count)) }

    /// Sends the rest of a canvas that the terminal did not take at once.
    func drain() -> Outcome { outcome(of: cn_drain()) }

    /// Gives the terminal to the shell while this process is stopped.
    mutating func suspend() {
        cn_suspend()
        shim_tty_restore(tty)
        shim_stop_self()
        repaintAll()
    }

    /// Takes the terminal again, whatever is on it; the next canvas is sent as a whole.
    mutating func repaintAll() {
        _ = shim_tty_raw(tty)
        cn_restore()
        shown = nil
    }

    func close(isGone: Bool) {
        cn_close(isGone ? 1 : 0, 200)
        if !isGone { shim_tty_restore(tty) }
    }

    private func outcome(of result: Int32) -> Outcome {
        switch result {
        case Int32(CN_SENT): .shown
        case Int32(CN_WAITING): .waiting
        default: .gone
        }
    }

    /// Puts a row as runs of one look.
    private func put(_ cells: ArraySlice<Cell>, row: Int) {
        var start = cells.startIndex
        while start < cells.endIndex {
            let role = cells[start].role
            let end = cells[start...].firstIndex { $0.role != role } ?? cells.endIndex
            let scalars = cells[start..<end].map(\.scalar.value)
            let look = theme.look(of: role)
            var looks: UInt32 = 0
            if look.isBold { looks |= UInt32(CN_BOLD) }
            if look.isUnderlined { looks |= UInt32(CN_UNDERLINE) }
            if look.isReversed { looks |= UInt32(CN_REVERSE) }
            cn_put(
                Int32(row), Int32(start - cells.startIndex), scalars, Int32(scalars.count),
                look.foreground.index(of: colourCount), look.background.index(of: colourCount),
                looks)
            start = end
        }
    }
}
