import Operation
import World

/// Who runs the tests owns the engines in them, and may act on them.
enum Owner {
    static let actor = Actor(user: ThisProcess.userName(of: ThisProcess.userID), from: "tty")
}
