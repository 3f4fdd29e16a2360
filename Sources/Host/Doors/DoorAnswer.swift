import Foundation
import NIOHTTP1

/// What a request is answered.
struct DoorAnswer: Sendable {
    var status: HTTPResponseStatus
    var body: [UInt8]
    var contentType = "application/json"
    /// For those that may come back.
    var retryAfterSeconds: Int?
    var allow: HTTPMethod?

    init(_ status: HTTPResponseStatus, body: [UInt8]) {
        (self.status, self.body) = (status, body)
    }

    init(_ status: HTTPResponseStatus, _ value: some Encodable) {
        do {
            self.init(status, body: [UInt8](try JSON.encode(value)) + [UInt8(ascii: "\n")])
        } catch {
            self.init(
                .internalServerError,
                body: Array("{\"error\":\"the answer cannot be written as JSON\"}\n".utf8))
        }
    }

    /// `{"error":"…"}`, as TensorFlow Serving answers.
    static func refusal(
        _ status: HTTPResponseStatus, _ text: String, retryAfterSeconds: Int? = nil
    ) -> DoorAnswer {
        var answer = DoorAnswer(status, ["error": text])
        answer.retryAfterSeconds = retryAfterSeconds
        return answer
    }
}
