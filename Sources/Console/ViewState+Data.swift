import Operation
import Vocabulary

/// A row of the screen of data, bound to what it is about and not to where it stands.
package enum DataItem: Equatable, Sendable {
    /// What a rule of the filter held back.
    case rule(String)
    /// A purge in force, or one that was taken back.
    case purge(ExclusionID, isUndone: Bool)
    case ride(RideID)
    case source(String)
}

extension ViewState {
    /// Of the selected model: what is held back, left out, ridden through, and from where it comes.
    func shownData(_ link: LinkView) -> [DataItem] {
        guard let model = selectedReport(link) else { return [] }
        let text = filters[Screen.data.rawValue].text
        let held = model.counts.quarantinedRules.sorted { one, other in
            one.value != other.value ? one.value > other.value : one.key < other.key
        }.map(\.key)
        let counting = (model.data?.filter ?? []).map(\.rule).filter { !held.contains($0) }
        let rules = (held + counting).filter { rule in
            let sample = model.data?.quarantined.first { $0.rule == rule }
            return Self.matches([rule, sample?.field ?? "", sample?.text ?? ""], text)
        }
        func fits(_ purge: ExclusionReport) -> Bool {
            Self.matches([purge.id.description, purge.text, purge.by, purge.reason], text)
        }
        let active = model.exclusions.filter(fits).map { DataItem.purge($0.id, isUndone: false) }
        let undone = (model.data?.undone ?? []).filter(fits).map {
            DataItem.purge($0.id, isUndone: true)
        }
        let riding = [model.ride].compactMap(\.self)
            .filter { Self.matches([$0.id.description, $0.event, $0.by, $0.reason], text) }
            .map { DataItem.ride($0.id) }
        let past = (model.data?.rides ?? []).reversed()
            .filter { ride in
                Self.matches([ride.id.description, ride.event, ride.by, ride.reason], text)
                    && ride.id != model.ride?.id
            }.map { DataItem.ride($0.id) }
        let sources = (model.monitor?.sources ?? []).map(\.name)
            .filter { Self.matches([$0], text) }.map { DataItem.source($0) }
        return rules.map { .rule($0) } + active + undone + riding + past + sources
    }

    /// The marked row: the chosen one, or the first.
    func currentDatum(_ link: LinkView) -> DataItem? {
        let items = shownData(link)
        return items.first { $0 == selectedDatum } ?? items.first
    }
}
