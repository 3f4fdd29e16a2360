import Foundation
import Testing

@Suite("Where an act came from", .serialized, .timeLimit(.minutes(2))) struct OriginTests {
    @Test("The journal says who acted, when, why, and over which SSH connection")
    func connection() throws {
        try DoorEngine.with { engine in
            let stop = try engine.program.run(
                [
                    "SSH_CONNECTION=10.1.2.9 50122 10.0.0.1 22", Program.binary, "stop", "m",
                    "--reason", "smoke", "--state", "s",
                ], program: "/usr/bin/env", as: "stop")
            try #require(stop.status == 0, "\(stop.errors)")
            let journal = try engine.program.json("journal", "--json", "--state", "s")
            let entries = try #require(journal["entries"] as? [[String: Any]])
            let entry = try #require(entries.first { $0["act"] as? String == "stop" })
            #expect((entry["from"] as? String)?.contains("10.1.2.9") == true, "\(entry)")
            #expect(entry["by"] as? String == NSUserName() && entry["reason"] as? String == "smoke")
            #expect((entry["ts"] as? String)?.isEmpty == false)
        }
    }
}
