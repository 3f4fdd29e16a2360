import Host
import Testing
import Theming

@Suite("The file of a fleet")
struct FleetFileTests {
    @Test("Engines are read in their order: by host, by host and folder, by folder")
    func read() throws {
        let engines = try FleetFile.engines(
            """
            [[engine]]
            host = "ops@eu-1.example"
            [[engine]]
            name = "us"
            host = "us-2"
            state = "/srv/spindle"
            [[engine]]
            name = "here"
            state = "/var/lib/spindle"
            """, file: "fleet.toml")
        #expect(
            engines == [
                FleetFile.Engine(
                    name: "ops@eu-1.example", place: .host("ops@eu-1.example", state: nil)),
                FleetFile.Engine(name: "us", place: .host("us-2", state: "/srv/spindle")),
                FleetFile.Engine(name: "here", place: .folder("/var/lib/spindle")),
            ])
    }

    @Test("A fault names the line: no place, a name twice, none, an unknown key, no engine")
    func broken() {
        let cases: [(toml: String, beginning: String)] = [
            ("[[engine]]\nname = \"a\"", "fleet.toml:1: engine[0].host: expected a host, or"),
            (
                "[[engine]]\nhost = \"a\"\n[[engine]]\nname = \"a\"\nstate = \"s\"",
                "fleet.toml:4: engine[1].name: expected a name that no other engine has"
            ),
            ("[[engine]]\nstate = \"s\"", "fleet.toml:1: engine[0].name: expected a name of 1"),
            ("[[engine]]\nhost = \"a\"\nport = 1", "fleet.toml:3: engine[0].port: unknown"),
            ("# none", "fleet.toml: engine: expected 1 to 64 tables"),
            ("[[engine]]\nhost = ", "fleet.toml:2"),
        ]
        for (toml, beginning) in cases {
            let fault = #expect(throws: ConfigurationFault.self) {
                _ = try FleetFile.engines(toml, file: "fleet.toml")
            }
            let text = fault.map { "\($0)" } ?? ""
            #expect(text.hasPrefix(beginning), "\(text)")
        }
    }
}
