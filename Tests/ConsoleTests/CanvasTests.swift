import Console
import Operation
import Testing
import Vocabulary

/// What may reach a terminal.
@Suite struct CanvasTests {
    @Test("A cell is 8 bytes")
    func cell() { #expect(MemoryLayout<Cell>.stride == 8) }

    @Test("Control characters and wide ones become question marks")
    func harmless() {
        var canvas = Canvas(size: ScreenSize(width: 20, height: 1), charset: .unicode)
        canvas.put("a\u{1B}[2J\u{9B}漢\u{200B}é", row: 0, column: 0)
        #expect(canvas.text == "a?[2J???é\n")
    }

    @Test("Text that is too long is cut, and the cut is marked")
    func cut() {
        var canvas = Canvas(size: ScreenSize(width: 10, height: 1), charset: .unicode)
        canvas.put("abcdefgh", row: 0, column: 0, width: 5)
        #expect(canvas.text == "abcd…\n")
    }

    @Test("In ASCII no byte is above 127, on any screen")
    func ascii() {
        for keys in ["1", "2", "3", "4", "?", "U", "R", "!", " "] {
            for (width, height) in GoldenTests.sizes {
                var snapshot = Sample.snapshot()
                for index in snapshot.models.indices {
                    snapshot.models[index].training.reason = "“ünï” → ✓ ▲ 漢"
                }
                var desk = Desk(width, height, snapshot: snapshot)
                desk.charset = .ascii
                if keys != "1" { desk.type(keys) }
                #expect(desk.canvas.text.utf8.allSatisfy { $0 < 128 })
            }
        }
    }

    @Test("Every size from 1x1 on can be drawn, on every screen and with every dialog")
    func sizes() {
        for keys in ["1", "2", "3", "4", "?", "U", "R", "!"] {
            for (width, height) in [
                (1, 1), (10, 2), (59, 15), (60, 15), (61, 16), (79, 23), (500, 200),
            ] {
                var desk = Desk(60, 15)
                desk.type(keys)
                desk.size = ScreenSize(width: width, height: height)
                #expect(desk.canvas.cells.count == desk.size.width * desk.size.height)
            }
        }
    }

    @Test("Nothing is shown as well while the engine is silent")
    func stale() {
        var desk = Desk()
        #expect(desk.canvas.cells.contains { $0.role == .good })
        desk.link.age = .seconds(4)
        #expect(!desk.canvas.cells.contains { $0.role == .good })
    }

    @Test("A model without any figures can be drawn")
    func empty() {
        var snapshot = Sample.snapshot()
        for index in snapshot.models.indices {
            snapshot.models[index].metrics = ModelMetrics()
            snapshot.models[index].series = []
            snapshot.models[index].checkpoints = []
            snapshot.models[index].alarms = []
            snapshot.models[index].eventTime = nil
            snapshot.models[index].stalenessSeconds = nil
        }
        snapshot.journal = []
        for (width, height) in GoldenTests.sizes {
            for key in ["1", "2", "3", "4", "R", "U"] {
                var desk = Desk(width, height, snapshot: snapshot)
                desk.type(key)
                #expect(!desk.canvas.text.isEmpty)
            }
        }
    }

    @Test("Figures that are not finite, or huge, can be drawn")
    func strange() {
        for value in [Double.nan, .infinity, -.infinity, 1e300, -1e300, 1e-300, 0] {
            var snapshot = Sample.snapshot()
            for index in snapshot.models.indices {
                snapshot.models[index].metrics.logLoss = value
                snapshot.models[index].metrics.recentLogLoss = value
                snapshot.models[index].metrics.labelDelayP90Seconds = value
                snapshot.models[index].stalenessSeconds = value
                for part in snapshot.models[index].series.indices {
                    snapshot.models[index].series[part].points = [value, nil, 1, value]
                }
            }
            var desk = Desk(160, 50, snapshot: snapshot)
            #expect(!desk.canvas.text.isEmpty)
            desk.type("2")
            #expect(!desk.canvas.text.isEmpty)
        }
    }
}
