import Operation
import Vocabulary

/// Orders of rides in the body of a request.
extension ActBody {
    package init(event: String?, until: String?, for span: String?, off: Bool) {
        (self.event, self.until, `for`) = (event, until, span)
        self.off = off ? true : nil
    }

    mutating func take(_ order: RideOrder) {
        guard case .begin(let terms) = order else {
            off = true
            return
        }
        event = terms.event
        switch terms.deadline {
        case .at(let time): until = time.rfc3339
        case .after(let span): `for` = "\(span.microseconds / 1_000_000)s"
        }
        stepShare = terms.stepShare
        lossRise = terms.guards.lossRise
        goldenRise = terms.guards.goldenRise
        calibrationRatio = terms.guards.calibrationRatio
    }

    /// What is to be done about riding through; throws an `ActRefusal` that says what is missing.
    package func rideOrder() throws -> RideOrder {
        if off == true {
            guard until == nil, `for` == nil else {
                throw ActRefusal("a ride that is to end needs no deadline")
            }
            return .end
        }
        var terms = RideTerms(event: event, deadline: try deadline())
        if let stepShare { terms.stepShare = stepShare }
        if let lossRise { terms.guards.lossRise = lossRise }
        if let goldenRise { terms.guards.goldenRise = goldenRise }
        if let calibrationRatio { terms.guards.calibrationRatio = calibrationRatio }
        return .begin(terms)
    }

    private func deadline() throws -> RideTerms.Deadline {
        switch (until, `for`) {
        case (let until?, nil):
            guard let time = Instant(text: until) else {
                throw ActRefusal("until: expected RFC 3339 or seconds since 1970, found \(until)")
            }
            return .at(time)
        case (nil, let span?):
            guard let length = Span(text: span), length >= .seconds(1) else {
                throw ActRefusal("for: expected a span such as 12h, found \(span)")
            }
            return .after(length)
        case (nil, nil), (_?, _?):
            throw ActRefusal("a ride needs a deadline: until a time, or for a span")
        }
    }
}
