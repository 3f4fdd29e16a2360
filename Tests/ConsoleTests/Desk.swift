import Console
import Operation
import Vocabulary

/// An operator at a console, with a clock moved by hand.
struct Desk {
    var state: ViewState
    var link: LinkView
    var now = Span.seconds(100)
    var size: ScreenSize
    var charset = Charset.unicode

    init(
        _ width: Int = 80, _ height: Int = 24, snapshot: Snapshot? = Sample.snapshot(),
        isAttached: Bool = true
    ) {
        state = ViewState(actor: Actor(user: "ada", from: "test"))
        link = LinkView(
            snapshot: snapshot, age: .zero, isConnected: true, isAttached: isAttached)
        size = ScreenSize(width: width, height: height)
        _ = state.update(.looked, at: moment)
    }

    var moment: ConsoleMoment { ConsoleMoment(link: link, now: now, size: size) }

    var canvas: Canvas { Scene.canvas(of: state, at: moment, charset: charset) }

    /// Presses keys a second apart.
    @discardableResult
    mutating func press(_ events: KeyEvent..., after pause: Span = .seconds(1)) -> [ConsoleAction] {
        events.flatMap { event in
            now = now + pause
            return state.update(.key(event), at: moment)
        }
    }

    @discardableResult
    mutating func type(
        _ text: String, after pause: Span = Span(microseconds: 120_000)
    ) -> [ConsoleAction] {
        text.unicodeScalars.flatMap { scalar in
            now = now + pause
            return state.update(.key(.letter(scalar)), at: moment)
        }
    }

    mutating func answer(_ token: Int, _ outcome: ActOutcome) {
        _ = state.update(.answer(token: token, outcome), at: moment)
    }

    mutating func hear(_ token: Int, _ progress: RehearsalProgress) {
        _ = state.update(.rehearsed(token: token, progress), at: moment)
    }

    static let effect = ActEffect(
        model: Sample.name("search"), act: "rollback", changed: true,
        text: "goes back 21,600 examples, 30m 00s, to search-000031",
        checkpoint: CheckpointID("search-000031"), examples: 21_600, seconds: 1800)

    /// Opens the rollback of `search` as far as the typing of the name of its third checkpoint.
    mutating func openConfirmation() {
        press(.letter("R"), .arrow(.down), .arrow(.down))
        for action in press(.enter) {
            if case .submit(let token, _) = action { answer(token, .wouldDo([Self.effect])) }
        }
        press(.letter("w"))
        type("orse")
        press(.enter)
        now = now + .seconds(1)
    }
}
