import NIOHTTP1
import Vocabulary

/// What a request asks for, as the counts in `/metrics` name it.
enum DoorRoute: String, CaseIterable, Sendable {
    case predict
    case model
    case examples
    case labels
    case status
    case snapshot
    case healthz
    case readyz
    case metrics
    case act
    case rehearse
    case journal
    case readiness
    case unknown

    var index: Int {
        switch self {
        case .predict: 0
        case .model: 1
        case .examples: 2
        case .labels: 3
        case .status: 4
        case .snapshot: 5
        case .healthz: 6
        case .readyz: 7
        case .metrics: 8
        case .act: 9
        case .rehearse: 10
        case .journal: 11
        case .readiness: 12
        case .unknown: 13
        }
    }

    /// The one method that it takes; a route that takes `GET` takes `HEAD` too.
    var method: HTTPMethod {
        switch self {
        case .predict, .examples, .labels, .act, .rehearse, .journal: .POST
        case .model, .status, .snapshot, .healthz, .readyz, .metrics, .readiness, .unknown: .GET
        }
    }
}

/// The target of a request, read.
struct DoorTarget: Sendable, Equatable {
    var route = DoorRoute.unknown
    /// Without the query.
    var path: String
    /// The model, where the path or the query names one.
    var model: String?
    /// Over how long a time charts are asked for.
    var charts = Span.hours(24)

    init(_ uri: String) {
        var uri = Substring(uri)
        // The absolute form, which proxies use.
        if !uri.hasPrefix("/"), let scheme = uri.range(of: "://") {
            let rest = uri[scheme.upperBound...]
            uri = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first ?? ""
        self.path = String(path)
        switch path {
        case "/healthz": route = .healthz
        case "/readyz": route = .readyz
        case "/metrics": route = .metrics
        case "/v1/status": route = .status
        case "/v1/snapshot": route = .snapshot
        case "/v1/journal": route = .journal
        case "/v1/readiness": route = .readiness
        case "/v1/examples": route = .examples
        case "/v1/labels": route = .labels
        default:
            if path.hasPrefix("/v1/models") { take(path.dropFirst("/v1/models".count)) }
        }
        guard parts.count == 2 else { return }
        for item in parts[1].split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { continue }
            switch (route, pair[0]) {
            case (.examples, "model"), (.labels, "model"): model = pair[1]
            case (.snapshot, "charts"): charts = Span(text: pair[1]) ?? charts
            default: continue
            }
        }
    }

    private mutating func take(_ rest: Substring) {
        if rest.hasPrefix(":") {
            route = .act
            return
        }
        let name = rest.dropFirst()
        guard rest.hasPrefix("/"), !name.isEmpty else { return }
        let colon = name.lastIndex(of: ":")
        let model = colon.map { name[..<$0] } ?? name
        // A version, or what else may stand behind a model.
        guard !model.contains("/") else { return }
        self.model = String(model)
        guard let colon else {
            route = .model
            return
        }
        switch name[name.index(after: colon)...] {
        case "predict": route = .predict
        case "rehearse": route = .rehearse
        default: route = .act
        }
    }
}

extension Substring {
    /// Where a text is in it; of the standard library alone.
    fileprivate func range(of text: String) -> Range<Index>? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
            at = index(after: at)
        }
        return nil
    }
}
