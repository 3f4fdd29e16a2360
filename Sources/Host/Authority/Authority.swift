import Engine
import Governing
import Numerics
import Operation
import Paging
import Synchronization
import Vocabulary
import World

/// Who may do what: the policy in force, what waits for a second person, what one person did
/// alone, and the incidents. Kept in two files that are replaced as a whole.
///
/// From any thread; nothing here waits for the engine. Whether somebody may do something is told
/// without the lock under which files are written, because the red button asks.
package final class Authority: Sendable {
    /// A policy file that was taken over, word for word: what is in force outlives an edit.
    struct InForce: Codable, Sendable, Equatable {
        var file: String
        var text: String
        var since: Instant
    }

    /// What `authority.json` holds.
    struct Kept: Codable, Sendable, Equatable {
        var inForce: InForce?
        var desk = ProposalDesk()
    }

    /// All that is known, under one lock.
    struct Content: Sendable {
        var kept = Kept()
        var incidents = IncidentDesk()
        var savedKept = Kept()
        var savedIncidents = IncidentDesk()
        /// Nil without a policy.
        var policy: CrisisPolicy?
        /// Why the file as it is now is not in force.
        var pending: String?
        /// Why no policy can be told: then nothing may be done but stop.
        var fault: String?
        /// The text that was looked at last, so that an edit is judged once.
        var judged: String?
        /// Ids of the alarms that the table of alarms has.
        var tabled: [String: ModelName] = [:]
        /// When the same refusal was journalled last.
        var refusals: [String: Instant] = [:]
    }

    /// What the screen shows of it, so that a look waits for no disk.
    struct Shown: Sendable {
        var policy: CrisisPolicy?
        /// Why a policy file is not in force, or none can be told.
        var pending: String?
        var proposals: [ProposalReport] = []
        var glass: [GlassReport] = []
        var incidents: [Incident] = []
        /// Pages of the playbook that are being followed.
        var runs: [PlaybookRun] = []

        init() {}

        init(_ content: Content) {
            policy = content.policy
            pending = content.pending ?? content.fault
            proposals = content.kept.desk.proposals.map(\.report)
            glass = content.kept.desk.glass
            incidents = content.incidents.open
            runs = content.incidents.runs ?? []
        }
    }

    /// What looks have found so far.
    struct Looks: Sendable {
        var watch = RuleWatch()
        var reports: [RuleReport] = []
        /// Event time at which each alarm of ours was first shown, by its id.
        var since: [String: Instant] = [:]
    }

    /// Who may do what: of the policy in force, or why none can be told.
    private struct Powers: Sendable {
        var report: AuthorityReport
        var fault: String?
    }

    private let content: Mutex<Content>
    private let shown = Mutex(Shown())
    let looks = Mutex(Looks())
    let shelved: Mutex<Shelved>
    let shelf: PlaybookShelf
    private let powers: Mutex<Powers>
    let models: [ModelName]
    let owner: String
    let directory: UnixDirectory
    private let paging: EscalationPolicy
    private let file: String
    private let keptPath: String
    private let incidentPath: String
    private let disk: any Disk
    /// What was wrong with a file of ours that could not be read, and was put aside.
    package let faults: [String]

    /// Opens what is kept in a state directory. Without an open incident the policy file as it is
    /// comes into force; one that cannot be used is thrown, a `ConfigurationFault`, if this is an
    /// engine's start.
    package init(
        _ folder: String, configuration: SpindleConfiguration, disk: any Disk, isStart: Bool,
        now: Instant, directory: UnixDirectory = .local
    ) throws {
        self.disk = disk
        self.directory = directory
        models = configuration.models.map(\.name)
        paging = configuration.paging
        owner = ThisProcess.userName(of: ThisProcess.userID)
        shelf = PlaybookShelf(configuration.playbooks, in: folder, disk: disk)
        shelved = Mutex(Shelved(report: shelf.read(), at: now))
        let named = configuration.policy
        file = named.hasPrefix("/") ? named : "\(folder)/\(named)"
        keptPath = folder + "/authority.json"
        incidentPath = folder + "/incidents.json"
        let (kept, keptFault) = try disk.storedJSON(Kept.self, at: keptPath)
        let (incidents, incidentFault) = try disk.storedJSON(IncidentDesk.self, at: incidentPath)
        faults = [keptFault, incidentFault].compactMap(\.self)
        var first = Content()
        first.kept = kept ?? Kept()
        first.incidents = incidents ?? IncidentDesk()
        (first.savedKept, first.savedIncidents) = (first.kept, first.incidents)
        content = Mutex(first)
        powers = Mutex(Powers(report: AuthorityReport(owner: owner), fault: nil))
        do {
            try change { try begin(&$0, at: now) }
        } catch let fault as ConfigurationFault where !isStart {
            change { $0.fault = "the policy cannot be used: \(fault)" }
        }
        change { setPowers($0) }
    }

    /// The one way to what is known: under its lock, under which files are written too. What came
    /// of it is shown from then on.
    @discardableResult
    func change<Result: Sendable, Fault: Error>(
        _ body: (inout Content) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        try content.withLock { content throws(Fault) in
            defer {
                let now = Shown(content)
                shown.withLock { $0 = now }
            }
            return try body(&content)
        }
    }

    /// As it was after the last change: never waits for a disk.
    var seen: Shown { shown.withLock { $0 } }

    /// Wall time at which the oldest open incident of a model was detected; nil for none.
    func incidentSince(of model: ModelName) -> Instant? {
        seen.incidents.filter { $0.models.contains(model) }.map(\.detected.at).min()
    }

    private func begin(_ content: inout Content, at now: Instant) throws {
        if let held = content.kept.inForce {
            content.policy = try reader(isStrict: false).read(held.text, file: held.file)
        }
        let text = try fileText()
        guard text != content.kept.inForce?.text else { return }
        if content.incidents.open.isEmpty {
            try takeOver(text, &content, at: now)
        } else {
            content.pending = Self.heldBack
        }
    }

    static let heldBack =
        "the policy file was edited; it is not taken over before the open incidents are closed, or "
        + "somebody with that authority says so: spindle policy reload"

    // MARK: the file

    private func reader(isStrict: Bool) -> PolicyFile {
        PolicyFile(models: models, paging: paging, directory: isStrict ? directory : nil)
    }

    /// Nil where there is no policy file.
    private func fileText() throws -> String? {
        guard try disk.exists(file) else { return nil }
        return String(decoding: try disk.read(file), as: UTF8.self)
    }

    /// Puts a text into force, or, with nil, none; throws a `ConfigurationFault`.
    private func takeOver(_ text: String?, _ content: inout Content, at now: Instant) throws {
        let policy = try text.map { try reader(isStrict: true).read($0, file: file) }
        content.policy = policy
        content.kept.inForce = text.map { InForce(file: file, text: $0, since: now) }
        (content.pending, content.fault, content.judged) = (nil, nil, nil)
        looks.withLock { $0.watch = RuleWatch() }
    }

    /// Looks whether the file was edited; gives what the journal is to say.
    func watchFile(_ content: inout Content, at now: Instant) -> JournalDraft? {
        let text: String?
        do {
            text = try fileText()
        } catch {
            content.pending = "the policy file cannot be read: \(error)"
            return nil
        }
        guard text != content.kept.inForce?.text else {
            (content.pending, content.judged) = (nil, nil)
            return nil
        }
        guard content.incidents.open.isEmpty else {
            let isNew = content.pending != Self.heldBack
            content.pending = Self.heldBack
            return isNew ? Self.draft("hold", "the policy file was edited during an incident") : nil
        }
        let isKnown = content.judged == text && content.judged != nil
        guard !isKnown || content.pending == Self.heldBack else { return nil }
        content.judged = text
        do {
            try takeOver(text, &content, at: now)
            setPowers(content)
            return Self.draft("policy", Self.words(content.kept.inForce))
        } catch {
            let isNew = content.pending != "\(error)"
            content.pending = "\(error)"
            return isNew ? Self.draft("refuse", "the edited policy is refused: \(error)") : nil
        }
    }

    /// The file as it is now comes into force, incident or not.
    func reload(isDryRun: Bool, at now: Instant) throws -> (text: String, changed: Bool) {
        try change { content in
            var copy = content
            let text = try fileText()
            try takeOver(text, &copy, at: now)
            let isSame = text == content.kept.inForce?.text
            if isSame { return ("the policy file is in force as it is", false) }
            let words = Self.words(copy.kept.inForce)
            guard !isDryRun else { return (words, true) }
            if let fault = save(&copy) { throw fault }
            content = copy
            setPowers(content)
            return (words, true)
        }
    }

    private static func words(_ inForce: InForce?) -> String {
        guard let inForce else { return "there is no policy any more" }
        return "the policy \(digest(inForce.text).prefix(12)) of \(inForce.file) is in force"
    }

    private static func draft(_ act: String, _ text: String) -> JournalDraft {
        JournalDraft(kind: .engine, act: act, effect: text)
    }

    static func digest(_ text: String) -> String { SHA256.digest(of: Array(text.utf8)).hex }

    /// What a file would come to; throws a `ConfigurationFault`.
    package static func check(
        _ text: String, file: String, configuration: SpindleConfiguration,
        directory: UnixDirectory = .local
    ) throws -> CrisisPolicy {
        try PolicyFile(
            models: configuration.models.map(\.name), paging: configuration.paging,
            directory: directory
        ).read(text, file: file)
    }

    // MARK: what is kept

    /// Puts what changed on the disk; gives what the disk throws: then it is tried again later.
    @discardableResult
    func save(_ content: inout Content) -> (any Error)? {
        do {
            if content.kept != content.savedKept {
                try disk.replace(keptPath, with: Array(try JSON.encode(content.kept)))
                content.savedKept = content.kept
            }
            if content.incidents != content.savedIncidents {
                try disk.replace(incidentPath, with: Array(try JSON.encode(content.incidents)))
                content.savedIncidents = content.incidents
            }
            return nil
        } catch {
            return error
        }
    }

    // MARK: looks

    /// True where a policy is in force.
    package var hasPolicy: Bool { seen.policy != nil }

    /// The limits of an incident's clock.
    package var limits: IncidentLimits { seen.policy?.limits ?? IncidentLimits() }

    package var incidents: [Incident] { change { $0.incidents.incidents } }

    /// After every change of what is in force.
    private func setPowers(_ content: Content) {
        var report = AuthorityReport(owner: owner)
        if let policy = content.policy, let inForce = content.kept.inForce {
            report.policy = PolicyReport(
                file: inForce.file, digest: Self.digest(inForce.text), since: inForce.since,
                roles: policy.roles, twoPeople: policy.twoPeople, limits: policy.limits)
        }
        let known = Powers(report: report, fault: content.fault)
        powers.withLock { $0 = known }
    }

    func report(_ shown: Shown, _ rules: [RuleReport]) -> AuthorityReport {
        var report = powers.withLock { $0.report }
        report.policy?.pending = shown.pending
        report.policy?.rules = rules
        report.proposals = shown.proposals
        report.glass = shown.glass
        report.incidents = shown.incidents
        return report
    }

    /// Why somebody may not; nil if they may.
    func objection(to power: String, by actor: Actor) -> String? {
        let known = powers.withLock { $0 }
        if let fault = known.fault, power != "stop" { return fault }
        let directory = directory
        return known.report.objection(to: power, by: actor.user) {
            actor.groups ?? directory.groups(actor.user)
        }
    }
}
