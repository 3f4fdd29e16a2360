import Foundation
import Operation
import Vocabulary

extension ActBody {
    /// The act that a path and a body ask for; throws an `ActRefusal` that says what is wrong.
    static func request(
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
            parsed = try JSON.decode(ActBody.self, from: Foundation.Data(bytes))
        } catch {
            throw ActRefusal(
                "the body: expected a JSON object of texts (where: a list of them; dry_run, "
                    + "no_wait, keep_cursor, off, break_glass, override: true or false)")
        }
        try ActBody.checkFields(of: bytes)
        return try parsed.request(
            String(rest[rest.index(after: colon)...]), scope, user: user)
    }
}
