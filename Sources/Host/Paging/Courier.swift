import Foundation
import FoundationNetworking
import Operation
import Paging
import Synchronization
import Vocabulary
import World

/// A receiver did not take what it was sent.
package struct DeliveryFault: Error, CustomStringConvertible {
    package var description: String
}

/// Hands messages over: by HTTP, or to a program.
package struct Courier: Sendable {
    private static let patienceSeconds = 10.0
    private static let programPatience = Span.seconds(30)
    /// An alarm that is not told again for as long is over for an Alertmanager.
    private static let lasts = Span.minutes(5)

    private let policy: EscalationPolicy
    /// Without cookies, caches and credentials of others.
    private let session = URLSession(configuration: .ephemeral)

    package init(_ policy: EscalationPolicy) {
        self.policy = policy
    }

    /// Returns once the receiver has taken it; throws a `DeliveryFault` or what the way there
    /// throws.
    package func deliver(_ notification: AlarmNotification, to name: String) throws {
        switch policy.receivers[name]?.kind {
        case .webhook(let url, let headers):
            try post(
                JSON.encode(notification), to: url, headers: headers, id: notification.id)
        case .program(let path): try run(path, notification)
        case .alertmanager: throw DeliveryFault(description: "an Alertmanager takes states")
        case nil: throw DeliveryFault(description: "it is not configured any more")
        }
    }

    /// One alert of Alertmanager's API v2.
    private struct Alert: Encodable {
        var labels: [String: String]
        var annotations: [String: String]
        var startsAt: String
        var endsAt: String
    }

    /// Tells an Alertmanager of all alarms as they are; sent twice it is the same.
    package func post(_ lives: [AlarmLife], to name: String, at now: Instant) throws {
        guard case .alertmanager(let url) = policy.receivers[name]?.kind else {
            throw DeliveryFault(description: "no Alertmanager")
        }
        let alerts = lives.map { life in
            let alarm = life.alarm
            let labels = [
                "alertname": alarm.name, "model": life.model.text, "feature": alarm.feature,
                "segment": alarm.segment, "severity": alarm.severity.rawValue,
                "owner": alarm.owner, "job": "spindle",
            ]
            return Alert(
                labels: labels.filter { !$0.value.isEmpty },
                annotations: ["summary": alarm.text, "id": alarm.id],
                startsAt: life.raised.rfc3339,
                endsAt: (life.resolved ?? now + Self.lasts).rfc3339)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try post(try encoder.encode(alerts), to: url + "/api/v2/alerts", headers: [:], id: nil)
    }

    private func post(
        _ body: Foundation.Data, to url: String, headers: [String: String], id: String?
    ) throws {
        guard let address = URL(string: url) else {
            throw DeliveryFault(description: "\(url) is no address")
        }
        var request = URLRequest(url: address, timeoutInterval: Self.patienceSeconds)
        request.httpMethod = "POST"
        request.httpBody = body
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue("spindle/\(spindleVersion)", forHTTPHeaderField: "User-Agent")
        if let id { request.setValue(id, forHTTPHeaderField: "Idempotency-Key") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (status, answer) = try exchange(request)
        guard (200..<300).contains(status) else {
            let text = String(decoding: answer.prefix(200), as: UTF8.self)
            throw DeliveryFault(description: "\(url) answered \(status) \(text)")
        }
    }

    /// Waits for the answer on this thread.
    private func exchange(_ request: URLRequest) throws -> (Int, Foundation.Data) {
        let isDone = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<(Int, Foundation.Data), any Error>?>(nil)
        let task = session.dataTask(with: request) { bytes, response, fault in
            let status = (response as? HTTPURLResponse)?.statusCode
            outcome.withLock { outcome in
                if let status {
                    outcome = .success((status, bytes ?? Foundation.Data()))
                } else {
                    outcome = .failure(fault ?? DeliveryFault(description: "no answer"))
                }
            }
            isDone.signal()
        }
        task.resume()
        if isDone.wait(timeout: .now() + 2 * Self.patienceSeconds) == .timedOut { task.cancel() }
        guard let outcome = outcome.withLock({ $0 }) else {
            throw DeliveryFault(description: "no answer within \(2 * Self.patienceSeconds) s")
        }
        do {
            return try outcome.get()
        } catch let fault as URLError {
            throw DeliveryFault(description: fault.localizedDescription)
        }
    }

    private func run(_ path: String, _ notification: AlarmNotification) throws {
        let environment = [
            "SPINDLE_NOTIFICATION": try JSON.text(notification),
            "SPINDLE_ID": notification.id,
            "SPINDLE_KIND": notification.kind.rawValue,
            "SPINDLE_MODEL": notification.model.text,
            "SPINDLE_ALARM": notification.alarm.name,
            "SPINDLE_SEVERITY": notification.alarm.severity.rawValue,
            "SPINDLE_TEXT": notification.alarm.text,
        ]
        let outcome = try SpawnedProgram.run(
            path, [], adding: environment, within: Self.programPatience)
        guard outcome.ending == .exited(0) else {
            let how = outcome.ending.map { "\($0)" } ?? "it was ended after 30 s"
            let text = String(decoding: outcome.errors.prefix(200), as: UTF8.self)
            throw DeliveryFault(description: "\(path): \(how) \(text)")
        }
    }
}
