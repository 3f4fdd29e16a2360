import Operation
import Vocabulary

/// What wants somebody: alarms, incidents, acts that wait for a second person, broken glass.
extension Scene {
    /// A row of the list.
    private enum AlarmsRow {
        case rule(String)
        case item(AlarmsItem)
    }

    mutating func drawAlarmsScreen(in body: Area) {
        let items = state.shownItems(link)
        let area = body.dropping(drawFilter(in: body, what: "row", count: items.count))
        guard let snapshot = state.shown(link) else { return }
        guard !items.isEmpty else {
            canvas.put(
                "✓ no alarms, no open incident, nothing waits", row: area.row, column: 1, .good)
            return
        }
        let rows = Self.rows(items)
        let current = state.currentItem(link)
        let detailHeight = area.height >= 10 ? max(5, area.height * 2 / 5) : 0
        let list = area.prefix(min(rows.count, area.height - detailHeight))
        let marked = rows.firstIndex { row in
            if case .item(let item) = row { item == current } else { false }
        }
        let first = Table.firstRow(count: rows.count, height: list.height, selected: marked)
        for (offset, row) in rows.dropFirst(first).prefix(list.height).enumerated() {
            let line = list.row + offset
            switch row {
            case .rule(let title): drawRule(title, row: line, in: list)
            case .item(let item):
                if let index = items.firstIndex(of: item) {
                    canvas.aim(list.dropping(offset).prefix(1), at: .row(index))
                }
                drawRow(of: item, snapshot, isMarked: item == current, row: line, in: list)
            }
        }
        if first > 0 { canvas.put("↑", row: list.row, column: list.endColumn - 1, .strong) }
        if first + list.height < rows.count {
            canvas.put("↓", row: list.endRow - 1, column: list.endColumn - 1, .strong)
        }
        guard let current else { return }
        let rest = area.dropping(list.height + (list.height < area.height - detailHeight ? 1 : 0))
        drawDetail(of: current, snapshot, in: rest)
    }

    private static func rows(_ items: [AlarmsItem]) -> [AlarmsRow] {
        var rows: [AlarmsRow] = []
        var title = ""
        for item in items {
            let next =
                switch item {
                case .alarm: "alarms, the worst first"
                case .incident: "open incidents, the oldest first"
                case .proposal: "waits for a second person"
                case .glass: "done alone, to be reviewed"
                }
            if next != title { rows.append(.rule(next)) }
            title = next
            rows.append(.item(item))
        }
        return rows
    }

    private mutating func drawRow(
        of item: AlarmsItem, _ snapshot: Snapshot, isMarked: Bool, row: Int, in area: Area
    ) {
        guard let (sign, text, role) = words(of: item, snapshot) else { return }
        let plain: Role = isMarked ? .selected : .plain
        if isMarked {
            canvas.fill(
                Area(row: row, column: area.column, width: area.width, height: 1), .selected)
            canvas.put("▶", row: row, column: area.column, .selected)
        }
        let start = canvas.put(
            sign, row: row, column: area.column + 2,
            isMarked && role != .critical ? .selected : role)
        canvas.put(text, row: row, column: start + 1, width: area.endColumn - start - 1, plain)
    }

    private func words(
        of item: AlarmsItem, _ snapshot: Snapshot
    ) -> (sign: String, text: String, role: Role)? {
        let now = snapshot.takenAt
        let authority = snapshot.authority
        switch item {
        case .alarm(let name, let id):
            guard let model = snapshot.models.first(where: { $0.name == name }),
                let alarm = model.alarms.first(where: { $0.id == id })
            else { return nil }
            let severity = Words.severity(alarm.severity)
            let age = Figure.span(seconds: Self.age(of: alarm, model).seconds)
            let quiet = alarm.quietSince == nil ? nil : "quiet"
            let words = [quiet, Words.attention(alarm, at: now)].compactMap(\.self)
            let attention = words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
            return (
                "\(severity.sign) \(severity.text.padded(8))",
                "for \(age.padded(7)) \(name) \(alarm.name)\(attention): \(alarm.text)",
                severity.role
            )
        case .incident(let id):
            guard let incident = authority?.incidents.first(where: { $0.id == id }) else {
                return nil
            }
            let (clock, isLate) = self.clock(of: incident, snapshot)
            let age = max(.zero, now - incident.detected.at).text
            return (
                incident.id.padded(4), "for \(age.padded(7)) \(clock): \(incident.title)",
                isLate ? .critical : .strong
            )
        case .proposal(let id):
            guard let proposal = authority?.proposals.first(where: { $0.id == id }) else {
                return nil
            }
            let left = max(.zero, proposal.expires - now).text
            let models = proposal.models.map(\.text).joined(separator: ", ")
            return (
                proposal.id.padded(4),
                "\(proposal.act) of \(models) by \(proposal.by), \(left) left: \(proposal.reason)",
                .warning
            )
        case .glass(let id):
            guard let glass = authority?.glass.first(where: { $0.id == id }) else { return nil }
            let age = max(.zero, now - glass.at).text
            return (
                glass.id.padded(4),
                "\(glass.act) of \(glass.model) by \(glass.by), \(age) ago: \(glass.reason)",
                .critical
            )
        }
    }

    /// What the clock of an incident waits for, and whether that is late.
    private func clock(
        of incident: Incident, _ snapshot: Snapshot
    ) -> (text: String, isLate: Bool) {
        let limits = snapshot.authority?.policy?.limits ?? IncidentLimits()
        guard let next = incident.nextStep(limits) else { return ("resolved", false) }
        guard let due = next.due else { return ("not \(next.name)", false) }
        let now = snapshot.takenAt
        return due <= now
            ? ("not \(next.name): LATE by \((now - due).text)", true)
            : ("not \(next.name), \((due - now).text) left", false)
    }

    private mutating func drawDetail(of item: AlarmsItem, _ snapshot: Snapshot, in area: Area) {
        guard area.height >= 2 else { return }
        let (title, lines) = detail(of: item, snapshot, width: area.width - 2)
        drawRule(title, row: area.row, in: area)
        drawLines(
            lines,
            in: Area(
                row: area.row + 1, column: area.column + 1, width: area.width - 2,
                height: area.height - 1))
    }

    private func detail(
        of item: AlarmsItem, _ snapshot: Snapshot, width: Int
    ) -> (title: String, lines: [Line]) {
        let authority = snapshot.authority
        switch item {
        case .alarm(let name, let id):
            guard let model = snapshot.models.first(where: { $0.name == name }),
                let alarm = model.alarms.first(where: { $0.id == id })
            else { return ("it is over", []) }
            return ("\(alarm.name) of \(name)", alarmLines(alarm, model, snapshot, width: width))
        case .incident(let id):
            guard let incident = authority?.incidents.first(where: { $0.id == id }) else {
                return ("it is closed", [])
            }
            let lines = incidentLines(incident, snapshot, width: width)
            return ("incident \(id): Enter shows it in full", lines)
        case .proposal(let id):
            guard let proposal = authority?.proposals.first(where: { $0.id == id }) else {
                return ("it is decided", [])
            }
            var lines: [Line] = "it would be: \(proposal.text)".wrapped(width).map { ($0, .strong) }
            let by = "proposed by \(proposal.by) at \(Figure.clock(proposal.at)) UTC: "
            lines += (by + proposal.reason).wrapped(width).map { ($0, .plain) }
            lines.append(("it expires at \(Figure.clock(proposal.expires)) UTC", .plain))
            lines.append(("\(key(for: .countersign)) countersigns or declines it", .plain))
            return ("\(proposal.act), proposal \(id)", lines)
        case .glass(let id):
            guard let glass = authority?.glass.first(where: { $0.id == id }) else {
                return ("it is reviewed", [])
            }
            let by =
                "\(glass.by) did alone what two should do, at \(Figure.daySecond(glass.at)) UTC: "
            var lines: [Line] = (by + glass.reason).wrapped(width).map { ($0, .plain) }
            lines.append(("\(key(for: .review)) says that you have looked at it", .plain))
            return ("\(glass.act), glass \(id)", lines)
        }
    }

    private func alarmLines(
        _ alarm: AlarmReport, _ model: ModelReport, _ snapshot: Snapshot, width: Int
    ) -> [Line] {
        var lines: [Line] = alarm.text.wrapped(width).map { ($0, .strong) }
        var since = "since \(Figure.daySecond(alarm.since)) of event time"
        if let onset = alarm.onset { since += ", likely from \(Figure.daySecond(onset)) on" }
        lines += since.wrapped(width).map { ($0, .plain) }
        if let quiet = Words.quiet(alarm, at: model.eventTime) {
            lines += quiet.wrapped(width).map { ($0, .good) }
        }
        var owner = alarm.owner.isEmpty ? "no owner" : "owner \(alarm.owner)"
        if let attention = Words.attention(alarm, at: snapshot.takenAt) {
            owner += "; \(attention)"
        }
        if let reason = alarm.state?.acknowledgement?.reason { owner += ": \(reason)" }
        lines += owner.wrapped(width).map { ($0, .plain) }
        if let book = snapshot.playbook, let page = book.page(for: alarm.name) {
            let done = book.ticks(page, model.name).count
            let steps = page.steps.count
            let text =
                "\(key(for: .playbook)) playbook: \(page.title), \(done) of "
                + "\(Words.plural(steps, "step")) done"
            lines.append((text, .plain))
        }
        let key = [model.name.text, alarm.name, alarm.feature, alarm.segment].filter { !$0.isEmpty }
            .joined(separator: "/")
        let incident = snapshot.authority?.incidents.first { incident in
            incident.alarms.contains { $0.key == key }
        }
        if let incident {
            lines.append(("belongs to incident \(incident.id): \(incident.title)", .plain))
        } else {
            lines.append(("\(self.key(for: .openIncident)) opens an incident of it", .plain))
        }
        return lines
    }

    // MARK: - An incident in full

    /// Its clock, what is known of its data, and what happened, newest first.
    func incidentLines(_ incident: Incident, _ snapshot: Snapshot, width: Int) -> [Line] {
        let limits = snapshot.authority?.policy?.limits ?? IncidentLimits()
        let steps: [(String, IncidentStamp?, Span?)] = [
            ("acknowledged", incident.acknowledged, limits.acknowledgedWithin),
            ("mitigated", incident.mitigated, limits.mitigatedWithin),
            ("resolved", incident.resolved, limits.resolvedWithin),
        ]
        var lines: [Line] = [
            (
                "detected      \(Figure.daySecond(incident.detected.at)) UTC by "
                    + incident.detected.by, .plain
            )
        ]
        for (name, stamp, limit) in steps {
            lines.append(Self.clockLine(name, stamp, limit, incident, snapshot.takenAt))
        }
        lines += Self.words(of: incident).wrapped(width).map { ($0, .plain) }
        for entry in incident.entries.reversed() {
            let model = entry.model.map { " \($0)" } ?? ""
            let text =
                "\(Figure.clock(entry.at)) \(entry.kind.rawValue)\(model), \(entry.by): "
                + entry.text
            lines += text.wrapped(width).map { ($0, .plain) }
        }
        if incident.droppedCount > 0 {
            lines.append(("and \(incident.droppedCount) more, which were not kept", .plain))
        }
        return lines
    }

    private static func clockLine(
        _ name: String, _ stamp: IncidentStamp?, _ limit: Span?, _ incident: Incident,
        _ now: Instant
    ) -> Line {
        let title = name.padded(14)
        let within = limit.map { ", limit \($0.text)" } ?? ", no limit declared"
        guard let stamp else {
            guard let limit else { return (title + "not yet" + within, .strong) }
            let due = incident.detected.at + limit
            return due <= now
                ? (title + "NOT YET, LATE by \((now - due).text)" + within, .critical)
                : (title + "not yet, \((due - now).text) left" + within, .strong)
        }
        let after = max(.zero, stamp.at - incident.detected.at)
        let isMissed = limit.map { after > $0 } ?? false
        let text = title + "after \(after.text) by \(stamp.by)" + within
        return (text + (isMissed ? ", MISSED" : ""), isMissed ? .warning : .plain)
    }

    private static func words(of incident: Incident) -> String {
        let why = incident.dataSince.map { " (\($0.by): \($0.text))" } ?? ""
        let data =
            switch incident.data {
            case .unknown: "nothing says that any has to be purged"
            case .purgeNeeded: "a purge is needed before a resume" + why
            case .purged: "purged" + why
            case .purgeUnneeded: "no purge is needed" + why
            }
        let cause = incident.cause.map { "closed by \($0.by): \($0.text)" } ?? "not closed"
        return "data: \(data). cause: \(cause)."
    }

    mutating func drawIncident(_ view: IncidentView) {
        guard let snapshot = state.shown(link),
            let incident = snapshot.authority?.incidents.first(where: { $0.id == view.id })
        else {
            let lines: [Line] = [("It is closed. spindle incident show \(view.id)", .plain)]
            return drawLines(lines, in: drawBox("Incident \(view.id)", height: 3))
        }
        let widthMax = 120
        let width = min(widthMax, size.width - 4) - 4
        let lines = incidentLines(incident, snapshot, width: width)
        let area = drawBox(
            "Incident \(incident.id): \(incident.title)", height: max(8, lines.count),
            widthMax: widthMax)
        let first = min(view.scroll, max(0, lines.count - area.height))
        drawLines(Array(lines.dropFirst(first)), in: area)
        let below = lines.count - first - area.height
        if below > 0 || first > 0 {
            let text = " Up Down move, \(max(0, below)) more below "
            canvas.put(text, row: area.endRow, before: area.endColumn, .line)
        }
    }
}
