import Drilling
import Host
import Operation
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

    @Test("What mends a fault is a step of the page of an alarm that finds it")
    func mended() throws {
        let all = try ScenarioShelf.shipped()
        for scenario in all {
            for words in scenario.mendingSteps {
                let pages = PlaybookShelf.shipped.filter { page in
                    page.alarms.contains { scenario.foundBy.contains($0) }
                }
                let steps = pages.flatMap(\.steps).filter { $0.text.contains(words) }
                #expect(steps.count == 1, "\(scenario.name): \(words)")
            }
        }
        #expect(all.contains { !$0.mendingSteps.isEmpty })
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
