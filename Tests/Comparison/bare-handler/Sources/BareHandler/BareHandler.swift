import Foundation
import Hummingbird

/// What a request for predictions carries.
struct Predict: Decodable {
    struct Instance: Decodable {
        var price: Double
        var query: String
    }

    var instances: [Instance]
}

/// What it is answered: as many bytes as Spindle answers.
struct Predictions: ResponseEncodable {
    var predictions: [Double]
    var ids: [String]
    var arms: [String]
    var checkpoint: String
}

/// Reads the instances and answers a constant: no features, no model, no log.
@main
struct BareHandler {
    static func main() async throws {
        let router = Router()
        router.post("/v1/models/shop:predict") { request, context in
            let body = try await request.decode(as: Predict.self, context: context)
            return Predictions(
                predictions: body.instances.map { _ in 0.0345678901234567 },
                ids: body.instances.map { _ in "qhoikdfg8ub-1" },
                arms: body.instances.map { _ in "B" }, checkpoint: "shop-000086")
        }
        let app = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 8511)))
        try await app.runService()
    }
}
