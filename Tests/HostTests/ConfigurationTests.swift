import Engine
import Filtering
import Host
import Joining
import Operation
import Paging
import Shop
import Testing
import Vocabulary

@Suite("The configuration")
struct ConfigurationTests {
    private func fault(_ text: String) -> ConfigurationFault? {
        do {
            _ = try SpindleConfiguration(toml: text, file: "f.toml")
            return nil
        } catch {
            return error as? ConfigurationFault
        }
    }

    @Test("The embedded shop and the model for replay can be read")
    func readsTheEmbeddedOnes() throws {
        let shop = try SpindleConfiguration(toml: SpindleConfiguration.embedded, file: "shop")
        #expect(shop.models.map(\.name.text) == ["shop"])
        #expect(shop.shop?.speed == 720)
        #expect(shop.models.first?.wait == .hours(6))
        let replay = try SpindleConfiguration(
            toml: SpindleConfiguration.replay("m", wait: "30d"), file: "replay")
        #expect(replay.models.first?.wait == .days(30))
    }

    @Test("A control character is refused, and its line named")
    func refusesControlCharacters() {
        let fault = fault("[models.x]\nwait = \"1h\"\n[\u{1}models.y]")
        #expect(fault?.file == "f.toml:3")
    }

    @Test("Sizes and folders of a retention are what they must be")
    func readsRetention() throws {
        let good = try SpindleConfiguration(
            toml: "[models.x.retention]\nraw_size = \"2MiB\"\nraw_age = \"30d\"", file: "f")
        #expect(good.models.first?.retention.raw.sizeMax == 2 << 20)
        #expect(good.models.first?.retention.raw.age == .days(30))
        #expect(fault("[models.x.retention]\nraw_size = 5")?.key == "models.x.retention.raw_size")
        let relative = fault("[models.x.retention]\ncheckpoint_copies = \"copies\"")
        #expect(relative?.key == "models.x.retention.checkpoint_copies")
    }

    @Test("A new range of the shop is read, and one that leaves nothing to sell is refused")
    func readsAProductRange() throws {
        func text(_ count: Int) -> String {
            """
            [models.x]
            [shop]
            model = "x"
            [shop.range]
            products = \(count)
            from = "2026-01-12T00:00:00Z"
            appeal = 5
            """
        }
        let range = try SpindleConfiguration(toml: text(6), file: "f").shop?.shop.range
        #expect(range?.productCount == 6)
        #expect(range?.from.rfc3339 == "2026-01-12T00:00:00Z")
        #expect(range?.appeal == 5)
        #expect(fault(text(60))?.text.contains("range's product count") == true)
    }

    @Test("A misspelt key is named, with the keys that exist")
    func namesAMisspeltKey() {
        let fault = fault("[models.x]\nwiat = \"1h\"")
        #expect(fault?.key == "models.x.wiat")
        #expect(fault?.text.contains("wait") == true)
    }

    @Test(
        "A value out of its range or type is refused, and the key named",
        arguments: [
            ("[models.x]\nwait = 3", "models.x.wait"),
            ("[models.x]\nwait = \"soon\"", "models.x.wait"),
            ("[models.x.learner]\nbits = 99", "models.x.learner.bits"),
            ("[models.x.learner]\nalpha = -1", "models.x.learner.alpha"),
            ("[models.x.features.f]\ntype = \"colour\"", "models.x.features.f.type"),
            ("[models.\"a b\"]", "models.a b"),
            ("[models.x]\n[shop]\nmodel = \"y\"", "models.y"),
            ("", "models"),
            ("[models.x]\n[shop]\nmodel = \"x\"\n[shop.range]", "shop.range.products"),
            (
                "[models.x]\n[shop]\nmodel = \"x\"\n[shop.range]\nproducts = 6\nfrom = \"soon\"",
                "shop.range.from"
            ),
            ("[paging]\nsteps = [\"x\"]", "paging.steps"),
            ("[paging]\nacknowledge_critical = \"never\"", "paging.acknowledge_critical"),
            ("[paging]\nremind_every = \"1s\"", "paging.remind_every"),
            ("[paging.receivers.a]\nkind = \"webhok\"", "paging.receivers.a.kind"),
            (
                "[paging.receivers.a]\nkind = \"webhook\"\nurl = \"ftp://x\"",
                "paging.receivers.a.url"
            ),
            ("[paging.receivers.a]\nkind = \"program\"\npath = \"x\"", "paging.receivers.a.path"),
            ("[paging.people.d]\nzone = \"Mars/X\"", "paging.people.d.zone"),
            ("[paging.people.d]\nzone = \"UTC\"", "paging.people.d.receivers"),
            ("[paging.people.d]\nzone = \"UTC\"\nhours = \"25:00-9\"", "paging.people.d.hours"),
            ("[paging.people.d]\nzone = \"UTC\"\ndays = \"fri-man\"", "paging.people.d.days"),
            ("[paging.rotas.r]\npeople = [\"x\"]", "paging.rotas.r.people"),
        ])
    func namesTheKey(text: String, key: String) {
        #expect(fault(text)?.key == key)
    }

    @Test("A broken file is refused with its line")
    func namesTheLine() {
        #expect(fault("[models.x]\nwait = = 3")?.file == "f.toml:2")
    }

    @Test("Who is told is read: a shift over midnight, days around a weekend, a turn")
    func readsPaging() throws {
        let text = """
            [models.x]
            [paging]
            steps = ["primary"]
            acknowledge_warning = "0s"
            [paging.receivers.a]
            kind = "webhook"
            url = "https://example.com/x"
            headers = ["Authorization: Bearer a:b"]
            [paging.people.d]
            zone = "Asia/Jerusalem"
            hours = "22:00-06:30"
            days = "sat-mon,wed"
            receivers = ["a"]
            [paging.rotas.primary]
            people = ["d"]
            turn = "7d"
            """
        let policy = try SpindleConfiguration(toml: text, file: "f.toml").paging
        #expect(policy.steps == ["primary"] && policy.deadlines[.warning] == nil)
        #expect(
            policy.receivers["a"]?.kind
                == .webhook(
                    url: "https://example.com/x", headers: ["Authorization": "Bearer a:b"]))
        let person = try #require(policy.people["d"])
        #expect(person.from == 22 * 60 && person.to == 6 * 60 + 30)
        #expect(person.days == [true, false, true, false, false, true, true])
        #expect(policy.rotas["primary"]?.turn == .days(7))
    }

    @Test("Rules of features are read")
    func readsRules() throws {
        let text = """
            [models.x.features.price]
            type = "number"
            required = true
            min = 0
            max = 9.5
            [models.x.features.size]
            values = ["s", "m"]
            """
        let rules = try SpindleConfiguration(toml: text, file: "f").models[0].rules
        #expect(rules.map(\.name) == ["price", "size"])
        #expect(rules[0].isRequired && rules[0].minimum == 0 && rules[0].maximum == 9.5)
        #expect(rules[1].vocabulary == ["s", "m"])
    }

    @Test("Lines may end as on Windows, and are counted alike")
    func carriageReturns() throws {
        let text = "[models.x]\r\nwait = \"1h\"\r\n# a note\r\nshuffle = \"20m\"\r\n"
        let model = try SpindleConfiguration(toml: text, file: "f").models[0]
        #expect(model.wait == .hours(1) && model.join.shuffle == .minutes(20))
        let fault = #expect(throws: ConfigurationFault.self) {
            try SpindleConfiguration(toml: text + "owner = \"\u{7}\"\r\n", file: "f")
        }
        #expect(fault?.file == "f:5")
        #expect(
            TOMLLines(text).located(.init(file: "f", key: "models.x.shuffle", text: "")).file
                == "f:4")
    }

    @Test("A range that nothing lies in is refused, by its key")
    func emptyRange() throws {
        let fault = #expect(throws: ConfigurationFault.self) {
            try SpindleConfiguration(
                toml: "[models.x.features.price]\nmin = 10\nmax = 1\n", file: "f")
        }
        #expect(fault?.key == "models.x.features.price.max")
        #expect(fault?.text == "expected 10.0, the minimum, or more, found 1.0")
    }
}
