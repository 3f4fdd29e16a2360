import Engine
import Foundation
import Operation
import Vocabulary
import World

/// Why a state directory cannot be opened.
package enum StateFault: Error, CustomStringConvertible {
    /// Another process has it, and may be talked to.
    case inUse(String)
    case missing(String)

    package var description: String {
        switch self {
        case .inUse(let path): "\(path): another engine has it"
        case .missing(let path): "\(path): there is no state directory here"
        }
    }
}

/// The state directory: one owner, and everything that outlives a process.
///
///     spindle.toml      the configuration in use
///     lock              held by the one engine
///     control.sock      its control socket
///     latch             the red button's memory
///     calendar.json     events outside that shift what comes in
///     policy.toml       who may do what, and what was agreed; written by people
///     playbooks/        a user's own pages of the playbook
///     authority.json    the policy in force, and what waits for a second person
///     incidents.json    what belongs to which incident
///     notes/            what people wrote, a file each
///     paging.json       who was told of which alarm, and what is to be sent
///     journal.sqlite    the journal;  quarantine.sqlite
///     journal.head      how far the journal reaches
///     models/NAME/      raw/ and training/ logs, checkpoints/
///     shop.state        the yarn shop's own state
package final class StateFolder {
    package let path: String
    package let configuration: SpindleConfiguration
    package let latch: Latch
    package let journal: any JournalBook
    package let quarantine: any QuarantineBook
    package let models: [ModelHost]
    /// Who was told of which alarm.
    package let paging: PagingBook
    package let calendar: EventCalendar
    /// Who may do what, and the incidents.
    package let authority: Authority
    /// Where requests are answered.
    package let desk: ServingDesk
    package let world: HostWorld
    private let lock: any DiskFile

    package static func socketPath(in folder: String) -> String { folder + "/control.sock" }

    /// Opens and locks the directory, making it if `mayCreate`; recovers every model.
    ///
    /// The configuration is that of `choose`, which is given the text that the directory
    /// remembers, if any. `beforeRecovery` is handed the desk while nothing but the fallbacks
    /// can answer: a recovery may take long.
    package init(
        _ path: String, world: HostWorld, mayCreate: Bool,
        beforeRecovery: (SpindleConfiguration, ServingDesk) throws -> Void = { _, _ in },
        configuration choose: (String?) throws -> SpindleConfiguration
    ) throws {
        self.path = path
        self.world = world
        let disk = world.disk
        guard try mayCreate || disk.exists(path + "/lock") else { throw StateFault.missing(path) }
        try disk.makeFolder(path)
        lock = try disk.open(path + "/lock", .readWrite)
        // A look at a directory at rest has it for a moment.
        guard try lock.lock(within: world.lockPatience) else { throw StateFault.inUse(path) }
        let remembered = path + "/spindle.toml"
        let text =
            try disk.exists(remembered)
            ? String(decoding: try disk.read(remembered), as: UTF8.self) : nil
        let configuration = try choose(text)
        self.configuration = configuration
        let latch = try Latch(
            path + "/latch", models: configuration.models.map(\.name), world: world)
        let journal = try world.journal(path + "/journal.sqlite")
        let quarantine = try world.quarantine(path + "/quarantine.sqlite")
        (self.latch, self.journal, self.quarantine) = (latch, journal, quarantine)
        paging = try PagingBook(
            path + "/paging.json", policy: configuration.paging, disk: disk)
        calendar = try EventCalendar(path + "/calendar.json", disk: disk)
        authority = try Authority(
            path, configuration: configuration, disk: disk, isStart: mayCreate,
            now: world.clock.now(), directory: world.directory)
        for fault in [paging.fault, calendar.fault].compactMap(\.self) + authority.faults {
            try journal.append(JournalDraft(kind: .engine, effect: fault))
        }
        let desk = ServingDesk(configuration, folder: path, disk: disk)
        self.desk = desk
        try beforeRecovery(configuration, desk)
        models = try desk.models.enumerated().map { index, desk in
            try ModelHost(
                settings: configuration.models[index], folder: "\(path)/models/\(desk.model)",
                world: world, desk: desk, latch: latch, journal: journal, quarantine: quarantine,
                isStart: mayCreate)
        }
        showEventsToMonitors()
        // Only an engine decides what is in use, and only once it could be opened with it.
        if mayCreate, configuration.text != text {
            try disk.replace(remembered, with: Array(configuration.text.utf8))
        }
    }

    /// What comes in during an event is no measure of other weeks.
    func showEventsToMonitors() {
        for model in models {
            model.engine.eventWindows = calendar.all(of: model.name).compactMap { event in
                event.from < event.to ? event.from..<event.to : nil
            }
        }
    }

    package func model(_ name: ModelName) -> ModelHost? { models.first { $0.name == name } }
}
