import Numerics
import Operation
import Synchronization
import Vocabulary
import World

/// The events that are known of each model, in a file that is replaced as a whole.
package final class EventCalendar: Sendable {
    /// Of one model; more are refused.
    private static let countMax = 10_000
    private static let textSizeMax = 200
    /// What a snapshot shows: events that are over no longer than this, or begin within it.
    private static let past = Span.days(7)
    private static let future = Span.days(30)

    private let path: String
    private let disk: any Disk
    /// By the name of the model, each in the order of their beginnings.
    private let events: Mutex<[String: [CalendarEvent]]>

    /// What was wrong with a file that could not be read, and was put aside.
    package let fault: String?

    /// Throws what the disk throws.
    package init(_ path: String, disk: any Disk) throws {
        (self.path, self.disk) = (path, disk)
        let (known, fault) = try disk.storedJSON([String: [CalendarEvent]].self, at: path)
        events = Mutex(known ?? [:])
        self.fault = fault
    }

    /// Of one model, in the order of their beginnings.
    package func all(of model: ModelName) -> [CalendarEvent] {
        events.withLock { $0[model.text] ?? [] }
    }

    /// Those that an operator should know of now.
    package func near(_ now: Instant, of model: ModelName) -> [CalendarEvent] {
        all(of: model).filter { $0.to + Self.past > now && $0.from < now + Self.future }
    }

    /// Says what it changes, or what it would; throws an `ActRefusal`, or what the disk throws:
    /// then nothing has changed.
    func change(
        _ order: CalendarOrder, of model: ModelName, by user: String, isDryRun: Bool
    ) throws -> ActEffect {
        try events.withLock { events in
            var list = events[model.text] ?? []
            let effect: ActEffect
            switch order {
            case .add(let text, let from, let to):
                effect = try Self.add(text, from, to, user, &list, of: model)
            case .remove(let id):
                guard let index = list.firstIndex(where: { $0.id == id }) else {
                    throw ActRefusal("\(model) has no event \(id)")
                }
                let event = list.remove(at: index)
                effect = ActEffect(
                    model: model, act: "event", changed: true,
                    text: "\(id) is taken out: \(Self.words(event))")
            }
            guard !isDryRun, effect.changed else { return effect }
            var copy = events
            copy[model.text] = list
            try disk.replace(path, with: Array(try JSON.encode(copy)))
            events = copy
            return effect
        }
    }

    private static func add(
        _ text: String, _ from: Instant, _ to: Instant, _ user: String,
        _ list: inout [CalendarEvent], of model: ModelName
    ) throws -> ActEffect {
        guard !text.allSatisfy(\.isWhitespace), text.utf8.count <= textSizeMax else {
            throw ActRefusal("an event needs a text of at most \(textSizeMax) bytes")
        }
        guard from < to else {
            throw ActRefusal(
                "expected an event that ends after it begins: \(from.rfc3339) to \(to.rfc3339)")
        }
        guard list.count < countMax else {
            throw ActRefusal("\(model) has \(countMax) events, which is the most")
        }
        let key = "\(text)/\(from.microseconds)/\(to.microseconds)"
        let id = "\(model)-e" + String(FeatureHash.tag(key) & 0xFF_FFFF, radix: 16)
        let event = CalendarEvent(id: id, text: text, from: from, to: to, by: user)
        guard !list.contains(where: { $0.id == id }) else {
            return ActEffect(
                model: model, act: "event", changed: false,
                text: "\(id) is in the calendar already: \(words(event))")
        }
        list.append(event)
        list.sort { ($0.from, $0.id) < ($1.from, $1.id) }
        return ActEffect(
            model: model, act: "event", changed: true, text: "\(id): \(words(event))")
    }

    private static func words(_ event: CalendarEvent) -> String {
        "\(event.text), \(event.from.rfc3339) to \(event.to.rfc3339)"
    }
}
