import Vocabulary

/// The feeds that a configuration asks for.
package enum Feeds {
    package static func all(of state: StateFolder) throws -> [any Feed] {
        var feeds: [any Feed] = []
        let configuration = state.configuration
        if let shop = configuration.shop, let host = state.model(shop.model) {
            feeds.append(
                try ShopFeed(host, settings: shop, statePath: state.path + "/shop.state"))
        }
        feeds += state.models.map { RequestFeed($0) }
        for host in state.models {
            let files = configuration.files.filter { $0.model == host.name }
            let examples = files.filter { $0.stream == .examples }.map(\.path)
            let labels = files.filter { $0.stream == .labels }.map(\.path)
            for index in 0..<max(examples.count, labels.count) {
                feeds.append(
                    try FileFeed(
                        host, examples: index < examples.count ? examples[index] : nil,
                        labels: index < labels.count ? labels[index] : nil, isFollowing: true,
                        completesForGood: false, passes: 1))
            }
        }
        return feeds
    }
}
