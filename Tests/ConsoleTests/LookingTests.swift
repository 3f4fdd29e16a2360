import Console
import Foundation
import Operation
import Testing
import Vocabulary

/// Charts, checkpoints side by side, the mouse, the clipboard, and consoles that only look.
@Suite struct LookingTests {
    @Test("Charts show a shorter time, as far as there are steps, and all of it again")
    func zoom() {
        var desk = Desk(160, 50)
        desk.type("2z")
        #expect(desk.canvas.text.contains("newest 12h"))
        for _ in 0..<9 { desk.type("z") }
        #expect(desk.canvas.text.contains("newest 15m"))
        #expect(desk.canvas.text.contains("the finest step is a minute"))
        // 240 steps of a minute end at 02:00.
        #expect(desk.canvas.text.contains("01:45") && !desk.canvas.text.contains("22:00"))
        for _ in 0..<9 { desk.type("Z") }
        #expect(desk.canvas.text.contains("22:00"))
        desk.type("Z")
        #expect(desk.canvas.text.contains("thirty days are kept, no more"))
    }

    @Test("The cursor reads each chart at its moment, and stays there while time goes on")
    func cursor() {
        var desk = Desk(160, 50)
        desk.type("2x")
        #expect(desk.canvas.text.contains("at 01:59"))
        desk.press(.arrow(.left), .letter("h"))
        #expect(desk.canvas.text.contains("at 01:57"))
        let series = desk.link.snapshot?.models[2].series
        let loss = series?.first { $0.name == .logLoss }?.points[237] ?? 0
        let text = Figure.short(loss)
        #expect(desk.canvas.text.contains("log loss  \(text) and "), "\(text)")
        desk.link.snapshot = Sample.snapshot(second: 60)
        #expect(desk.canvas.text.contains("at 01:57"))
        desk.press(.escape)
        #expect(desk.state.charts.cursor == nil && desk.state.screen == .model)
    }

    @Test("Alarms are marked at their onset; acts only where their event time is known")
    func marks() {
        var desk = Desk(160, 50)
        desk.type("2")
        #expect(desk.canvas.text.contains("▲"))
        let acts = desk.canvas.text.count { $0 == "■" }
        for index in (desk.link.snapshot?.models ?? []).indices {
            desk.link.snapshot?.models[index].eventTime = Sample.start - .days(30)
        }
        #expect(desk.canvas.text.count { $0 == "■" } < acts)
    }

    @Test("What is usual lies behind the line of a chart, where hours are known")
    func bands() {
        var desk = Desk(160, 50)
        desk.type("2")
        #expect(!desk.canvas.text.contains("░"))
        for index in (desk.link.snapshot?.models ?? []).indices {
            desk.link.snapshot?.models[index].monitor?.bands = [
                SeriesBand(
                    series: .predictionRate, start: Sample.start - .hours(2),
                    low: [0.02, nil, 0.02, 0.02], high: [0.04, nil, 0.04, 0.04])
            ]
        }
        let text = desk.canvas.text
        #expect(text.contains("░"))
        desk.charset = .ascii
        #expect(!desk.canvas.text.contains("?  ?"))
        desk.charset = .unicode
        // Of the four hours that are shown the second has no band.
        let shaded = text.split(separator: "\n").filter { $0.contains("░░░") }
        #expect(shaded.contains { $0.split(separator: "░").count > 1 })
    }

    @Test("A marked checkpoint is what others are compared with")
    func compare() {
        var desk = Desk(120, 30)
        desk.type("3d")
        #expect(desk.canvas.text.contains("◆search-000033"))
        desk.press(.arrow(.down), .arrow(.down))
        #expect(desk.canvas.text.contains("search-000031, against search-000033"))
        #expect(desk.canvas.text.contains("43,200 fewer ex trained, 1h 00m older by event time"))
        #expect(desk.canvas.text.contains("0.1427 (+0.0006) nats"))
        #expect(desk.canvas.text.contains("the same learner, bit for bit"))
        desk.press(.arrow(.up), .arrow(.up))
        desk.type("d")
        #expect(!desk.canvas.text.contains("◆"))
    }

    @Test("A checkpoint's evidence, lineage and what it served are shown where there is room")
    func evidence() {
        var snapshot = Sample.snapshot()
        for index in snapshot.models.indices where snapshot.models[index].name.text == "search" {
            var push = PushReport(outcome: .live, since: Sample.start, text: "all of the traffic")
            push.stages = [
                PushReport.Stage(
                    share: 0.05, since: Sample.start, until: Sample.start + .minutes(20),
                    samples: 812, text: "passed")
            ]
            snapshot.models[index].checkpoints[0].push = push
            snapshot.models[index].checkpoints[0].checks = [
                GateCheck(.loss, .passed, "log loss 0.1421, limit 0.1600")
            ]
        }
        var desk = Desk(160, 50, snapshot: snapshot)
        desk.type("3")
        let text = desk.canvas.text
        #expect(text.contains("after search-000032 ← search-000031 ← search-000030 ← "))
        #expect(text.contains("served: 11-24 00:00 to 11-24 00:20 5.00 %; then all of it"))
        #expect(text.contains("✓ passed       loss: log loss 0.1421, limit 0.1600"))
    }

    @Test("A console that only looks stops nothing, does nothing, and says so")
    func readOnly() {
        var desk = Desk()
        desk.state = ViewState(actor: Actor(user: "ada", from: "test"), isReadOnly: true)
        _ = desk.state.update(.looked, at: desk.moment)
        #expect(desk.canvas.text.contains("READ-ONLY"))
        for command in Command.allCases where command.power != nil {
            for event in desk.state.keyMap.events(for: command) {
                #expect(desk.press(event).isEmpty, "\(command)")
                #expect(desk.state.dialog == nil, "\(command)")
                #expect(desk.state.redButtonScope(for: event, at: desk.now) { nil } == nil)
            }
        }
        #expect(desk.canvas.text.contains("this console only looks"))
        desk.press(.letter(":"))
        desk.type("stop")
        #expect(desk.press(.enter).isEmpty)
        #expect(desk.state.stopAsked == nil)
    }

    @Test("The mouse chooses tabs and rows; a second click opens, and none reaches a dialog")
    func mouse() throws {
        var desk = Desk(80, 24)
        #expect(desk.type("m") == [.useMouse(true)])
        func place(_ text: String) throws -> (row: Int, column: Int) {
            let lines = desk.canvas.text.split(separator: "\n", omittingEmptySubsequences: false)
            let row = try #require(lines.firstIndex { $0.contains(text) })
            let start = try #require(lines[row].range(of: text)).lowerBound
            return (row, lines[row].distance(from: lines[row].startIndex, to: start))
        }
        var (row, column) = try place(" shop ")
        desk.press(.click(row: row, column: column))
        #expect(desk.state.selectedModel?.text == "shop" && desk.state.screen == .fleet)
        desk.press(.click(row: row, column: column))
        #expect(desk.state.screen == .model)
        desk.type("5")
        (row, column) = try place("ads label_coverage")
        desk.press(.click(row: row, column: column))
        #expect(desk.state.selectedModel?.text == "ads")
        desk.press(.click(row: 0, column: try place("1").column))
        #expect(desk.state.screen == .fleet)
        desk.type("?")
        desk.press(.click(row: row, column: column))
        #expect(desk.state.dialog?.title == "help")
    }

    @Test("Copying gives the chosen row of each screen")
    func copy() {
        var desk = Desk(80, 24, snapshot: Sample.drifting())
        let wanted = [
            "1": "search: STOPPED", "3": "search-000033 passed 9f86d08", "4": "search: stop by ada",
            "5": "log_loss_above_base_rate: log loss 0.1893", "7": "query: PSI 0.27",
        ]
        for (key, text) in wanted.sorted(by: { $0.key < $1.key }) {
            desk.type(key)
            guard case .copy(let copied)? = desk.type("y").first else {
                Issue.record("nothing was copied on \(key)")
                continue
            }
            #expect(copied.contains(text), "\(copied)")
        }
    }
}

/// Several operators at one engine.
@Suite struct WatchingTests {
    @Test("Others are named, oneself is not; w lists all; what others do is told at once")
    func others() {
        var snapshot = Sample.snapshot()
        let now = snapshot.takenAt
        snapshot.engine.watchers = [
            WatcherReport(user: "ada", from: "test", since: now - .minutes(9)),
            WatcherReport(user: "ben", from: "ssh 10.1.2.9", since: now - .minutes(3)),
        ]
        var desk = Desk(160, 50, snapshot: snapshot)
        #expect(desk.canvas.text.contains("also watching: ben"))
        #expect(!desk.canvas.text.contains("also watching: ada"))
        desk.type("w")
        #expect(desk.canvas.text.contains("ben          for 3m 00s    ssh 10.1.2.9"))
        desk.press(.escape)
        #expect(desk.state.dialog == nil)
        #expect(!desk.canvas.text.contains("just now"))
        desk.link.snapshot?.journal[0].by = "ben"
        desk.link.snapshot?.journal[0].ts = now - .seconds(2)
        #expect(desk.canvas.text.contains("ben, just now: search: stop by ben"))
        desk.link.snapshot?.takenAt = now + .seconds(30)
        #expect(!desk.canvas.text.contains("just now"))
    }
}
