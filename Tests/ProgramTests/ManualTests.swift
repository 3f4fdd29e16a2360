import Foundation
import Testing

@Suite("What comes along for a shell")
struct ManualTests {
    @Test("The manual page has every command, and troff takes it without a complaint")
    func manual() throws {
        let program = try Program()
        defer { program.remove() }
        let page = try program.run("man")
        #expect(page.status == 0, "\(page.errors)")
        let help = try program.run("--help").output
        let names = help.split(separator: "\n").drop { !$0.hasPrefix("SUBCOMMANDS") }.dropFirst()
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first }
        #expect(names.count > 30)
        for name in names where name != "console" {
            let title = ".SS spindle \(name)".replacingOccurrences(of: "-", with: "\\-")
            #expect(page.output.contains(title), "\(name)")
        }
        for line in page.output.split(separator: "\n") where line.hasPrefix(".") {
            let order = line.dropFirst().prefix { $0 != " " }
            #expect(
                ["TH", "SH", "SS", "TP", "PP", "B", "br"].contains(String(order)), "\(line)")
        }
    }

    @Test("Completions for bash, zsh and fish are scripts that know the commands")
    func completions() throws {
        let program = try Program()
        defer { program.remove() }
        for shell in ["bash", "zsh", "fish"] {
            let script = try program.run("--generate-completion-script", shell)
            #expect(script.status == 0, "\(script.errors)")
            for word in ["rollback", "quarantine", "--read-only"] {
                let bare = shell == "fish" ? word.replacingOccurrences(of: "--", with: "") : word
                #expect(script.output.contains(bare), "\(shell): \(word)")
            }
        }
        try program.write(
            "spindle.bash",
            Data(try program.run("--generate-completion-script", "bash").output.utf8))
        let check = try program.run(["-n", "spindle.bash"], program: "/bin/bash", as: "check")
        #expect(check.status == 0, "\(check.errors)")
    }
}
