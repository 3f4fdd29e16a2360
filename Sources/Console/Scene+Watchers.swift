import Operation
import Vocabulary

/// Who else looks at the engine, and what they do.
extension Scene {
    /// How long an act of somebody else is told of.
    private static let newsLasts = Span.seconds(10)

    /// All consoles but one that is like this one.
    var othersWatching: [WatcherReport] {
        var watchers = state.shown(link)?.engine.watchers ?? []
        let own = watchers.firstIndex {
            $0.user == state.actor.user && $0.from == state.actor.from
        }
        if let own = own ?? watchers.firstIndex(where: { $0.user == state.actor.user }) {
            watchers.remove(at: own)
        }
        return watchers
    }

    /// What somebody else has just done, and how long ago.
    var othersAct: (text: String, age: Span)? {
        guard let snapshot = state.shown(link), link.isConnected else { return nil }
        // One login may be that of the whole watch: then they sit at different terminals.
        let act = snapshot.journal.first { entry in
            entry.kind == .act
                && (entry.by != state.actor.user || entry.from != state.actor.from)
        }
        guard let act else { return nil }
        let age = snapshot.takenAt - act.ts
        guard age < Self.newsLasts else { return nil }
        let model = act.model?.text ?? "all models"
        return ("\(act.by), just now: \(model): \(Self.sentence(act))", age + link.age)
    }

    mutating func drawWatchers() {
        guard let watchers = state.shown(link)?.engine.watchers else {
            let lines: [Line] = [("This engine does not tell who is watching.", .plain)]
            return drawLines(lines, in: drawBox("Who is watching", height: 3))
        }
        let now = state.shown(link)?.takenAt ?? Instant(microseconds: 0)
        var lines: [Line] = watchers.map { watcher in
            let span = max(.zero, now - watcher.since).text
            return ("\(watcher.user.padded(12)) for \(span.padded(9)) \(watcher.from)", .plain)
        }
        if lines.isEmpty { lines = [("nobody's console is attached", .plain)] }
        lines += [("", .plain), ("What they do is told in the last line but one.", .plain)]
        drawLines(lines, in: drawBox("Who is watching", height: lines.count))
    }
}
