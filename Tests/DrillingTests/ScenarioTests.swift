import Drilling
import Host
import Testing
import Vocabulary

@Suite("Scenarios")
struct ScenarioTests {
    @Test("Every shipped scenario is read, has a response, and names alarms that there are")
    func shipped() throws {
        let all = try ScenarioShelf.shipped()
        #expect(all.count >= 12)
        for scenario in all {
            #expect(!scenario.foundBy.isEmpty, "\(scenario.name)")
            #expect(scenario.response != ResponsePlan(), "\(scenario.name)")
        }
    }

    private static let head = """
        name = "x"
        title = "t"
        text = "t"
        length = "10h"

        """

    @Test(
        "What is wrong in a scenario is told with file, line and field",
        arguments: [
            ("[[disturbance]]\nkind = \"wind\"\n", "f.toml:6: disturbance[0].kind"),
            (
                "[[disturbance]]\nkind = \"demand\"\nstrength = 99\n",
                "f.toml:7: disturbance[0].strength"
            ),
            ("[[disturbance]]\nkind = \"demand\"\n", "f.toml:5: disturbance[0].strength"),
            (
                "[[disturbance]]\nkind = \"trending\"\nproducts = [\"iron\"]\n",
                "f.toml:7: disturbance[0].products"
            ),
            (
                "[[disturbance]]\nkind = \"trending\"\nat = \"9h\"\nfor = \"2h\"\n",
                "f.toml:8: disturbance[0].for"
            ),
            (
                "[[disturbance]]\nkind = \"trending\"\ncolour = \"red\"\n",
                "f.toml:7: disturbance[0].colour"
            ),
            (
                "[[disturbance]]\nkind = \"fault\"\nfault = \"gremlin\"\n",
                "f.toml:7: disturbance[0].fault"
            ),
            (
                "[[disturbance]]\nkind = \"trending\"\n[[act]]\ndo = \"pray\"\n",
                "f.toml:8: act[0].do"
            ),
            ("", "f.toml: disturbance"),
        ])
    func faults(body: String, place: String) {
        #expect(
            performing: {
                _ = try Scenario(toml: Self.head + body, file: "f.toml")
            },
            throws: { error in
                guard let fault = error as? ConfigurationFault else { return false }
                let isThere = fault.description.hasPrefix(place)
                if !isThere { Issue.record("\(fault)") }
                return isThere
            })
    }
}
