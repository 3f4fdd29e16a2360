import Ingestion
import Testing

@Suite("Requests for predictions")
struct InstanceReaderTests {
    private func read(_ text: String) throws(RequestFault) -> [RequestInstance] {
        try InstanceReader.read(Array(text.utf8))
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("Features come as they stand, what rides along comes apart")
    func rows() throws {
        let found = try read(
            """
            {"signature_name":"x", "instances" : [ {"query":"brown wool","@id":"a\\"1",
            "price":12.5, "@unit":"u", "tags":["sale", "new"], "@tz":"Europe/Berlin",
            "@source":"s","@segment":"north"} , {} ] }
            """)
        #expect(found.count == 2)
        #expect(
            text(found[0].features)
                == #"{"query":"brown wool","price":12.5,"tags":["sale", "new"]}"#)
        #expect(text(found[0].id) == #""a\"1""#)
        #expect(text(found[0].unit) == #""u""#)
        #expect(text(found[0].source) == #""s""#)
        #expect(text(found[0].segment) == #""north""#)
        #expect(text(found[0].zone) == #""Europe/Berlin""#)
        #expect(text(found[1].features) == "{}")
        #expect(found[1].id.isEmpty)
    }

    @Test(
        "What cannot be read says where, and what was expected",
        arguments: [
            ("", "expected an object at byte 1"),
            ("[]", "expected an object at byte 1"),
            ("{}", "instances: expected a list of at least one object"),
            (#"{"instances":[]}"#, "instances: expected a list of at least one object"),
            (#"{"instances":{}}"#, "instances: expected a list of objects"),
            (#"{"instances":[1]}"#, "instances[0]: expected an object at byte 15"),
            (#"{"inputs":[1]}"#, #"inputs: expected the row format, {"instances":[{…},…]}"#),
            (#"{"instances":[{"a":1}],"instances":[{"a":1}]}"#, "instances: expected once"),
            (#"{"instances":[{"a":}]}"#, "instances[0].a: expected a value at byte 20"),
            (#"{"instances":[{"a":1},{"@id":7}]}"#, "instances[1].@id: expected a string"),
            (#"{"instances":[{"@id":""}]}"#, "instances[0].@id: expected 1 to 256 bytes"),
            (
                #"{"instances":[{"@user":"x"}]}"#,
                "instances[0].@user: expected @id, @unit, @source, @segment or @tz"
            ),
            (#"{"instances":[{"a":1}]} x"#, "expected nothing after the object"),
            (#"{"instances":[{"a":1}"#, "instances: expected ',' or ']' at byte 22"),
        ])
    func faults(body: String, expected: String) {
        do throws(RequestFault) {
            let found = try read(body)
            Issue.record("\(body) was read: \(found.count)")
        } catch {
            #expect("\(error)" == expected)
        }
    }

    @Test("The same text hashes alike however it is escaped")
    func hashes() {
        let plain = InstanceReader.hash(ofString: Array(#""Käse""#.utf8))
        let escaped = InstanceReader.hash(ofString: Array(#""K\u00e4se""#.utf8))
        #expect(plain == escaped)
        #expect(plain != InstanceReader.hash(ofString: Array(#""Kase""#.utf8)))
        #expect(InstanceReader.hash(ofString: []) == 0)
    }

    @Test("No cut of a request crashes the reader, or passes for whole")
    func cuts() throws {
        let whole = #"{"instances":[{"a":"\u00e4","b":[1,2e3,null],"@id":"x"}],"more":{"y":true}}"#
        for count in 0..<whole.utf8.count {
            let cut = String(decoding: Array(whole.utf8.prefix(count)), as: UTF8.self)
            #expect(throws: RequestFault.self, "\(cut)") { try read(cut) }
        }
        #expect(try read(whole).count == 1)
    }
}
