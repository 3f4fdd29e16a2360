import Dispatch
import Engine
import Serving
import Synchronization
import Vocabulary
import World

/// Where requests for all models are answered. It is there before any model is recovered, with
/// what the fallbacks have, and stays when the engine has failed.
package final class ServingDesk: Sendable {
    /// In the order of the configuration.
    package let models: [ModelDesk]
    private let timer = Mutex<(any DispatchSourceTimer)?>(nil)

    package init(_ configuration: SpindleConfiguration, folder: String, disk: any Disk) {
        models = configuration.models.map { settings in
            let fallback = FallbackFolder("\(folder)/models/\(settings.name)/fallback", disk: disk)
            return ModelDesk(
                settings.name, fallback: fallback,
                followsStream: configuration.shop?.model == settings.name,
                design: settings.design)
        }
    }

    /// Tests every tier of every model now, and each minute from then on, on a thread of its own.
    package func beginSelfTests() {
        timer.withLock { timer in
            let source = DispatchSource.makeTimerSource(
                queue: DispatchQueue(label: "spindle.self-test"))
            source.schedule(deadline: .now(), repeating: .seconds(60))
            source.setEventHandler { [models] in
                for model in models { model.testTiers() }
            }
            source.resume()
            timer = source
        }
    }

    package func model(_ name: String) -> ModelDesk? { models.first { $0.model.text == name } }
}
