import Operation

/// Orders of incidents in the body of a request.
extension ActBody {
    static func fields(of order: IncidentOrder) -> (id: String?, mark: String?, off: Bool?) {
        switch order {
        case .open: (nil, nil, nil)
        case .note(let id, let mark): (id, mark?.rawValue, nil)
        case .close(let id): (id, nil, true)
        case .step(let step): (nil, nil, step.isDone ? nil : true)
        }
    }

    /// What of a playbook's step the body says; throws an `ActRefusal` for what is missing.
    private func playbookStep(of page: String) throws -> PlaybookStep {
        guard let step, let text else {
            throw ActRefusal("page: expected step, its number, and text, its words")
        }
        guard incident == nil, mark == nil else {
            throw ActRefusal("page: a step belongs to the open incident by itself")
        }
        return PlaybookStep(
            page: page, step: step, text: text, isDone: !(off ?? false), alarm: alarm)
    }

    /// What is to be done about an incident; throws an `ActRefusal` that says what is wrong.
    func incidentOrder() throws -> IncidentOrder {
        if let page { return .step(try playbookStep(of: page)) }
        guard let incident else {
            guard mark == nil, off == nil else {
                throw ActRefusal("incident: expected an incident's id beside mark or off")
            }
            return .open
        }
        if off == true { return .close(incident) }
        guard let mark else { return .note(incident, nil) }
        guard let known = IncidentMark(rawValue: mark) else {
            let all = IncidentMark.allCases.map(\.rawValue).joined(separator: ", ")
            throw ActRefusal("mark: expected one of \(all), found \(mark)")
        }
        return .note(incident, known)
    }

    static func named(_ id: String?, _ field: String) throws -> String {
        guard let id, !id.isEmpty else { throw ActRefusal("\(field): expected its id") }
        return id
    }
}
