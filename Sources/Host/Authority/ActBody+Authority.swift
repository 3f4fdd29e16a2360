import Operation

/// Orders of incidents in the body of a request.
extension ActBody {
    static func fields(of order: IncidentOrder) -> (id: String?, mark: String?, off: Bool?) {
        switch order {
        case .open: (nil, nil, nil)
        case .note(let id, let mark): (id, mark?.rawValue, nil)
        case .close(let id): (id, nil, true)
        }
    }

    /// What is to be done about an incident; throws an `ActRefusal` that says what is wrong.
    func incidentOrder() throws -> IncidentOrder {
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
