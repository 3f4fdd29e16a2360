import Engine
import Serving
import Vocabulary
import World

/// Where requests for all models are answered. It is there before any model is recovered, with
/// what the fallbacks have, and stays when the engine has failed.
package final class ServingDesk: Sendable {
    /// In the order of the configuration.
    package let models: [ModelDesk]

    package init(_ configuration: SpindleConfiguration, folder: String, disk: any Disk) {
        models = configuration.models.map { settings in
            let fallback = FallbackFolder("\(folder)/models/\(settings.name)/fallback", disk: disk)
            return ModelDesk(
                settings.name, fallback: fallback,
                followsStream: configuration.shop?.model == settings.name)
        }
    }

    package func model(_ name: String) -> ModelDesk? { models.first { $0.model.text == name } }
}
