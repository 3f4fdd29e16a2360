import Operation

extension ViewState {
    /// A note about the selected model, with the screen as it is now beside it.
    mutating func openNote(by event: KeyEvent, at moment: ConsoleMoment) -> [ConsoleAction] {
        guard let report = selectedReport("that a note could be about", moment) else { return [] }
        let picture = Scene.canvas(of: self, at: moment, charset: .unicode).text
        let order = NoteOrder(picture: picture)
        return openReason(.note(order), report.name, by: event, at: moment)
    }
}
