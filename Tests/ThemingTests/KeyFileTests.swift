import Console
import Host
import Testing
import Theming

@Suite("The file of keys")
struct KeyFileTests {
    @Test("Commands get the keys that are named; what is not named keeps its own")
    func read() throws {
        let map = try KeyFile.read(
            """
            # mine
            stop = ["!", "F12"]
            resume = "u"
            approve = []
            """, file: "keys.toml")
        #expect(map.keys(for: .stop) == "! F12")
        #expect(map.keys(for: .resume) == "u" && map.keys(for: .approve).isEmpty)
        #expect(map.keys(for: .rollback) == "R")
        #expect(map.key(for: .approve) == ":approve")
        #expect(try KeyFile.read(at: "/nowhere/keys.toml").keys(for: .stop) == "!")
    }

    @Test("A fault names the line: no TOML, no command, no key, two commands of one key")
    func broken() {
        let cases: [(toml: String, beginning: String)] = [
            ("resume = \"u\"\nstop = !", "keys.toml:2"),
            ("resume = \"u\"\nhalt = \"x\"", "keys.toml:2: halt: expected a command: stop, "),
            ("\nresume = \"Hyper-U\"", "keys.toml:2: resume: expected keys such as"),
            ("resume = 7", "keys.toml:1: resume: expected an array of strings"),
            ("left = \"x\"\nresume = \"R\"", "keys.toml:2: resume: R is a key of rollback"),
            ("stop = \"s\"", "keys.toml:1: stop: s is typed in texts"),
        ]
        for (toml, beginning) in cases {
            let fault = #expect(throws: ConfigurationFault.self) {
                _ = try KeyFile.read(toml, file: "keys.toml")
            }
            let text = fault.map { "\($0)" } ?? ""
            #expect(text.hasPrefix(beginning), "\(text)")
        }
    }
}
