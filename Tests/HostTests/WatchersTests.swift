import Host
import Operation
import Testing
import Vocabulary

@Suite("Who else is watching")
struct WatchersTests {
    @Test("A console is told while it looks, once, and not when it has gone")
    func looks() {
        let watchers = Watchers()
        watchers.note("a", user: "ada", from: "tty1", at: .seconds(1))
        watchers.note("b", user: "ben", from: "ssh 10.0.0.2", at: .seconds(2))
        watchers.note("a", user: "ada", from: "tty1", at: .seconds(4))
        #expect(Set(watchers.list(at: .seconds(5)).map(\.user)) == ["ada", "ben"])
        #expect(watchers.list(at: .seconds(5)).count == 2)
        #expect(watchers.list(at: .seconds(8)).map(\.user) == ["ada"])
        #expect(watchers.list(at: .seconds(20)).isEmpty)
    }

    @Test("However many come, a bounded number is kept, and room is made by those who left")
    func bounded() {
        let watchers = Watchers()
        for number in 0..<1000 {
            watchers.note("\(number)", user: "u", from: "x", at: .seconds(1))
        }
        #expect(watchers.list(at: .seconds(1)).count == 32)
        watchers.note("new", user: "ada", from: "x", at: .seconds(60))
        #expect(watchers.list(at: .seconds(60)).map(\.user) == ["ada"])
    }
}
