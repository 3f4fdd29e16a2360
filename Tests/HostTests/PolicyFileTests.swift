import Governing
import Host
import Operation
import Paging
import Testing
import Vocabulary

@Suite("The policy file")
struct PolicyFileTests {
    /// Users ana, ben, kim and a group oncall of ben and lou.
    static let directory = UnixDirectory(
        hasUser: { ["ana", "ben", "kim", "lou"].contains($0) }, hasGroup: { $0 == "oncall" },
        groups: { ["ben", "lou"].contains($0) ? ["oncall"] : [] },
        members: { $0 == "oncall" ? ["ben", "lou"] : [] })

    private func read(_ text: String) throws -> CrisisPolicy {
        try PolicyFile(
            models: ["shop"].compactMap { ModelName($0) }, paging: EscalationPolicy(),
            directory: Self.directory
        ).read(text, file: "policy.toml")
    }

    private func fault(_ text: String) -> ConfigurationFault? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error as? ConfigurationFault
        }
    }

    /// A file that can be used, with more at its end.
    private func file(_ more: String) -> String {
        """
        two_people = ["purge"]

        [roles.leader]
        users = ["ana", "kim"]
        may = ["*"]

        [[rules]]
        name = "q1"
        metric = "quality"
        below = 0.2
        requires = ["fallback"]

        \(more)
        """
    }

    @Test("The shipped example is taken, with its three agreements")
    func takesTheExample() throws {
        let policy = try read(PolicyFile.example)
        #expect(policy.rules.map(\.metric) == [.staleness, .quality, .quality])
        #expect(policy.rules[0].bound == .above(43_200))
        #expect(policy.rules[1].requires == ["fallback"])
        #expect(policy.rules[2].wakes == ["leader"])
        #expect(policy.limits.mitigatedWithin == .hours(1))
    }

    @Test(
        "What has no meaning is refused at load, with its line and its field",
        arguments: [
            ("[[rules]]\nname = \"n\"\nmetric = \"quality\"\nbelow = nan", 16, "rules[1].below"),
            ("[[rules]]\nname = \"n\"\nmetric = \"quality\"\nbelow = -inf", 16, "rules[1].below"),
            ("[[rules]]\nname = \"n\"\nmetric = \"auc\"\nabove = 2.0", 16, "rules[1].above"),
            ("[[rules]]\nname = \"n\"\nmetric = \"behind\"\nabove = -5", 16, "rules[1].above"),
            ("[[rules]]\nname = \"n\"\nmetric = \"luck\"\nabove = 2", 15, "rules[1].metric"),
            (
                "[[rules]]\nname = \"n\"\nmetric = \"auc\"\nwakes = [\"x\"]\nbelow = 0.5", 16,
                "rules[1].wakes[0]"
            ),
            (
                "[[rules]]\nname = \"n\"\nmetric = \"auc\"\nbelow = 0.5\nallows = [\"fly\"]", 17,
                "rules[1].allows[0]"
            ),
            ("[[rules]]\nname = \"n\"\nmetric = \"auc\"", 13, "rules[1]"),
            (
                "[[rules]]\nname = \"n\"\nmodel = \"hats\"\nmetric = \"auc\"\nbelow = 0.5", 15,
                "rules[1].model"
            ),
            ("[[rules]]\nname = \"n\"\nmetric = \"quality\"\nbelow = 0.1", 13, "rules[1]"),
            (
                "[[rules]]\nname = \"n\"\nmetric = \"auc\"\nbelow = 0.5\nrequires = [\"push\"]", 17,
                "rules[1].requires"
            ),
            ("[roles.ghost]\nusers = [\"zed\"]\nmay = [\"stop\"]", 14, "roles.ghost.users[0]"),
            ("[roles.ghost]\nmay = [\"stop\"]", 13, "roles.ghost"),
            ("[incident]\nacknowledge_within = \"0s\"", 14, "incident.acknowledge_within"),
            ("[incident]\nacknowlege_within = \"1h\"", 14, "incident.acknowlege_within"),
        ])
    func refuses(_ more: String, _ line: Int, _ field: String) {
        let fault = fault(file(more))
        #expect(fault?.key == field, "\(String(describing: fault))")
        #expect(fault?.file == "policy.toml:\(line)", "\(String(describing: fault))")
    }

    @Test("An act of two people that one could do is a gap; a group counts by its members")
    func countsPeople() {
        let one = "two_people = [\"purge\"]\n[roles.all]\nusers = [\"ana\"]\nmay = [\"*\"]"
        #expect(fault(one)?.key == "two_people[0]")
        #expect(fault(one)?.file == "policy.toml:1")
        let group = "two_people = [\"purge\"]\n[roles.all]\ngroups = [\"oncall\"]\nmay = [\"*\"]"
        #expect(fault(group) == nil)
    }
}
