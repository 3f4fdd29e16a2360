import Foundation
import Operation
import Vocabulary

extension ActBody {
    /// The act that a path and a body ask for; throws an `ActRefusal` that says what is wrong.
    package static func request(
        _ path: String, _ body: [UInt8], user: String
    ) throws -> ActRequest {
        let rest = path.dropFirst("/v1/models".count)
        guard let colon = rest.lastIndex(of: ":") else {
            throw ActRefusal("expected /v1/models/MODEL:ACT or /v1/models:ACT")
        }
        let scope: ActScope
        if colon == rest.startIndex {
            scope = .all
        } else {
            guard let name = ModelName(String(rest[..<colon].dropFirst())) else {
                throw ActRefusal("expected the name of a model in \(path)")
            }
            scope = .model(name)
        }
        let bytes = body.isEmpty ? Array("{}".utf8) : body
        let parsed: ActBody
        do {
            parsed = try JSON.decode(ActBody.self, from: try withTimesAsTexts(bytes))
        } catch {
            throw ActRefusal(
                "the body: expected a JSON object of texts (where, tags, records: lists of them; "
                    + "dry_run, no_wait, keep_cursor, off, break_glass, override: true or false)")
        }
        try ActBody.checkFields(of: bytes)
        return try parsed.request(
            String(rest[rest.index(after: colon)...]), scope, user: user)
    }

    /// Times may be numbers, seconds since 1970, as they may in records.
    private static func withTimesAsTexts(_ body: [UInt8]) throws -> Foundation.Data {
        let data = Foundation.Data(body)
        guard var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            return data
        }
        for name in ["from", "to", "before", "until"] {
            if let number = object[name] as? NSNumber { object[name] = number.stringValue }
        }
        return try JSONSerialization.data(withJSONObject: object)
    }
}
