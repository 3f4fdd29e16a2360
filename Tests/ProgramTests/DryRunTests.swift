import Foundation
import Testing

@Suite("Dry runs", .serialized, .timeLimit(.minutes(2))) struct DryRunTests {
    @Test("A dry run is refused where the act would be, by what the act would say")
    func refused() throws {
        try DoorEngine.with { engine in
            func run(_ words: String...) throws -> Program.Outcome {
                try engine.program.run(words + ["--reason", "why", "--state", "s"])
            }
            #expect(try run("stop", "m").status == 0)
            #expect(try run("resume", "m", "--dry-run").status == 0)
            #expect(try run("incident", "open", "m").status == 0)
            #expect(try run("incident", "note", "i1", "--needs-purge").status == 0)
            let dry = try run("resume", "m", "--dry-run")
            let real = try run("resume", "m")
            #expect(dry.status == 1 && real.status == 1, "\(dry) \(real)")
            #expect(dry.output.contains("[ ] data: incident i1 needs a purge first"))
            #expect(dry.errors == real.errors && dry.errors.contains("--override"))
            #expect(try run("resume", "m", "--override", "--dry-run").status == 0)
        }
    }
}
