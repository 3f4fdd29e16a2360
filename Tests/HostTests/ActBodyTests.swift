import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("Acts as bodies of requests")
struct ActBodyTests {
    private func act(_ name: String, _ body: String) throws -> Act {
        try ActBody.request("/v1/models/m:\(name)", Array(body.utf8), user: "u").act
    }

    @Test("Times are texts, or numbers of seconds since 1970")
    func times() throws {
        let texts = try act(
            "purge", #"{"reason":"r","from":"1970-01-01T00:01:00Z","to":"90.5"}"#)
        #expect(try act("purge", #"{"reason":"r","from":60,"to":90.5}"#) == texts)
        let ride = #"{"reason":"r","event":"sale","until":"#
        #expect(try act("ride_through", ride + "600}") == act("ride-through", ride + "\"600\"}"))
    }

    @Test("What an act does not know is refused by its name")
    func unknown() {
        for (name, body, word) in [
            ("stop", #"{"dryrun":true}"#, "dryrun"), ("halt", "{}", "halt"),
            ("stop", "[]", "object"), ("release", #"{"reason":"r","records":["x"]}"#, "records"),
        ] {
            #expect {
                try act(name, body)
            } throws: { "\($0)".contains(word) }
        }
    }
}
