// The inner loop of the shop: a visit writes its candidates' features as bytes, has them scored,
// and shows some. The parts of the features that all candidates share are written once.

import Numerics
import Vocabulary

extension YarnShop {
    mutating func serveVisit(
        at time: Instant, in minute: ShopMinute, ranker: inout some Ranker,
        emit: (StreamKind, [UInt8]) -> Void
    ) {
        let visit = Visit(at: time, in: minute, world: world, history: history)
        let isRobot = visit.isRobot(world)
        if let share = minute.disruption?.demand[visit.region], visit.origin == nil, share < 1 {
            var chance = visit.random.forked(.disturbance)
            guard chance.chance(share) else { return }
        }
        retrieveCandidates(for: visit, in: minute)
        ranker.begin(
            visitor: visit.source, at: visit.time, zone: world.regions[visit.region].zone)
        writeSharedFeatures(of: visit)
        scratch.scores.removeAll(keepingCapacity: true)
        for product in scratch.candidates {
            writeFeatures(of: product, position: 1, visit: visit, minute: minute)
            scratch.scores.append(ranker.probability(ofFeatures: scratch.features))
        }
        var draw = visit.random.forked(.exploration)
        let policy = ranker.explores ? world.policy : world.greedyPolicy
        let list = policy.list(scores: scratch.scores, key: draw.next())
        let server = VisitServer(
            checkpoint: ranker.checkpoint, tier: ranker.tier, arm: ranker.arm)
        if !isRobot {
            tally.visits += 1
            tally.shown += list.count
            if list.isEmpty { tally.blankVisits += 1 }
        }
        for (index, choice) in list.enumerated() {
            let product = scratch.candidates[choice.index]
            let position = index + 1
            writeFeatures(of: product, position: position, visit: visit, minute: minute)
            writeExample(
                visit: visit, position: position, propensity: choice.propensity,
                server: server)
            if !isLost(visit, position, minute) { emit(.examples, scratch.line) }
            pricing?.noteShown(product)
            if isRobot {
                click(on: product, position: position, visit: visit)
            } else {
                decide(on: product, position: position, visit: visit, minute: minute)
            }
        }
    }

    /// Fills `scratch.candidates`: two thirds are what answers the query best, sold out or not;
    /// the rest comes by chance from what the listing says is there, as long as there is any. A
    /// range that is on sale has the last places.
    private mutating func retrieveCandidates(for visit: Visit, in minute: ShopMinute) {
        let products = world.catalogue.products
        let count = world.settings.candidateCount
        let matchingCount = (count * 2 + 2) / 3
        let inStock: UInt64 = 1 << 63
        let match: UInt64 = 7 << 60
        let trending: UInt64 = 1 << 62
        scratch.ranks.removeAll(keepingCapacity: true)
        for (index, product) in products.enumerated() {
            var chance = visit.random.forked(.retrieval, UInt64(index))
            var rank = chance.next() >> 8 | 1
            rank |= UInt64(visit.query.matchCount(product)) << 60
            if warehouse.listed[index] > 0 { rank |= inStock }
            if let disruption = minute.disruption, disruption.isTrending[index] {
                rank |= trending
            }
            scratch.ranks.append(rank)
        }
        scratch.candidates.removeAll(keepingCapacity: true)
        let ordinary = 0..<world.settings.ordinaryCount
        let rangeCount = rangeCandidateCount(for: visit)
        for place in 0..<count - rangeCount {
            let mask = place < matchingCount ? ~inStock : ~match
            takeBest(of: ordinary, mask)
        }
        for _ in 0..<rangeCount {
            takeBest(of: ordinary.upperBound..<products.count, ~match)
        }
    }

    private func rangeCandidateCount(for visit: Visit) -> Int {
        guard let range = world.settings.range, visit.time >= range.from, visit.query.asksByWord
        else { return 0 }
        return min(ProductRange.candidateCount, range.productCount)
    }

    /// The product of the highest rank becomes a candidate.
    private mutating func takeBest(of products: Range<Int>, _ mask: UInt64) {
        var best = products.lowerBound
        for index in products where scratch.ranks[index] & mask > scratch.ranks[best] & mask {
            best = index
        }
        scratch.candidates.append(best)
        scratch.ranks[best] = 0
    }

    /// Draws whether the shopper buys what stands in this place, and when.
    private mutating func decide(
        on product: Int, position: Int, visit: Visit, minute: ShopMinute
    ) {
        let probability = visit.purchaseProbability(
            of: product, position: position, listed: warehouse.listed[product], in: minute,
            world: world)
        // The draw is the product's, not the place's: two rankers that show the same visitor the
        // same product meet the same luck, and differ by what they chose alone.
        var chance = visit.random.forked(.purchase, UInt64(product))
        guard chance.chance(probability) else { return }
        purchases.insert(
            Purchase(
                due: visit.time + Visit.delay(&chance), visit: visit.time, position: position,
                shopper: visit.shopper, product: product))
    }

    /// A robot of a click farm seems to buy what it was sent for, within minutes.
    private mutating func click(on product: Int, position: Int, visit: Visit) {
        guard let origin = visit.origin,
            world.settings.disturbances[origin].kind == .clickFarm, world.matches[origin][product]
        else { return }
        var chance = visit.random.forked(.purchase, UInt64(product))
        guard chance.chance(0.9) else { return }
        let delay = Span.seconds(60 + chance.below(600))
        purchases.insert(
            Purchase(
                due: visit.time + delay, visit: visit.time, position: position,
                shopper: Purchase.nobody, product: product))
    }

    private func isLost(_ visit: Visit, _ position: Int, _ minute: ShopMinute) -> Bool {
        broken(.examplesLost, visit, in: minute, position) != nil
    }

    /// The disturbance of a kind that this line is met by; nil for none.
    private func broken(
        _ kind: Disturbance.Kind, _ visit: Visit, in minute: ShopMinute, _ position: Int
    ) -> Disturbance? {
        guard let disruption = minute.disruption else { return nil }
        for index in disruption.lines {
            let one = world.settings.disturbances[index]
            guard one.kind == kind else { continue }
            if let segment = one.segment, world.regions[visit.region].name != segment { continue }
            // A scale is every example's; a loss is a share of them.
            var chance = visit.random.forked(
                .disturbance, UInt64(index + 1) << 8 | UInt64(position))
            if kind == .featureScaled || chance.chance(one.strength) { return one }
        }
        return nil
    }

    /// A number as a fault of the pipeline leaves it, in hundredths; nil where it has no value.
    private func asFed(
        _ name: String, _ hundredths: Int, _ visit: Visit, _ minute: ShopMinute
    ) -> Int? {
        guard minute.disruption != nil else { return hundredths }
        if let one = broken(.featureMissing, visit, in: minute, 0), one.feature == name {
            return nil
        }
        if let one = broken(.featureScaled, visit, in: minute, 0), one.feature == name {
            return Int(Double(hundredths) * one.strength)
        }
        return hundredths
    }

    private mutating func writeNumber(_ hundredths: Int?) {
        guard let hundredths else { return scratch.features.appendText("null") }
        if hundredths < 0 { scratch.features.append(UInt8(ascii: "-")) }
        scratch.features.appendHundredths(abs(hundredths))
    }

    /// Writes what stands before and after a product in the features of all candidates.
    private mutating func writeSharedFeatures(of visit: Visit) {
        let words = visit.query.words
        scratch.head.removeAll(keepingCapacity: true)
        scratch.head.appendText("{\"query\":")
        scratch.head.appendString(words.joined(separator: " "))
        scratch.head.appendText(",\"query_words\":[")
        for (index, word) in words.enumerated() {
            if index > 0 { scratch.head.append(UInt8(ascii: ",")) }
            scratch.head.appendString(word)
        }
        scratch.head.appendText("],")

        scratch.tail.removeAll(keepingCapacity: true)
        scratch.tail.appendText(",\"hour\":\"")
        scratch.tail.appendPadded(visit.localTime.hour, 2)
        scratch.tail.appendText("\",\"weekday\":")
        scratch.tail.appendString(LocalTime.weekdayNames[visit.localTime.weekday])
        scratch.tail.appendText(",\"region\":")
        scratch.tail.appendString(world.regions[visit.region].name)
        scratch.tail.appendText(",\"device\":")
        scratch.tail.appendString(visit.device.rawValue)
        scratch.tail.appendText(",\"returning\":")
        scratch.tail.appendBool(visit.lastFibre != nil)
        scratch.tail.appendText(",\"past_purchases\":")
        scratch.tail.appendInteger(visit.recentPurchaseCount)
        scratch.tail.appendText(",\"last_bought_fibre\":")
        if let fibre = visit.lastFibre {
            scratch.tail.appendString(Catalogue.fibreName(fibre))
        } else {
            scratch.tail.appendText("null")
        }
    }

    /// Fills `scratch.features` with a whole features object.
    private mutating func writeFeatures(
        of index: Int, position: Int, visit: Visit, minute: ShopMinute
    ) {
        let product = world.catalogue.products[index]
        scratch.features.removeAll(keepingCapacity: true)
        scratch.features.append(contentsOf: scratch.head)
        scratch.features.append(contentsOf: product.members)
        scratch.features.appendText(",\"price\":")
        writeNumber(asFed("price", minute.priceCents[index], visit, minute))
        scratch.features.appendText(",\"discount\":")
        writeNumber(asFed("discount", minute.discounts[index], visit, minute))
        scratch.features.appendText(",\"stock\":")
        // Of a range, which is spun to order, there never is any.
        let listed = index < world.settings.ordinaryCount ? warehouse.listed[index] : 0
        writeNumber(asFed("stock", listed * 100, visit, minute))
        scratch.features.appendText(",\"in_stock\":")
        scratch.features.appendBool(listed > 0)
        writeMatches(of: product, query: visit.query)
        scratch.features.append(contentsOf: scratch.tail)
        scratch.features.appendText(",\"same_fibre\":")
        if let lastFibre = visit.lastFibre {
            scratch.features.appendBool(lastFibre == product.fibre)
        } else {
            scratch.features.appendText("null")
        }
        scratch.features.appendText(",\"position\":")
        scratch.features.appendInteger(position)
        scratch.features.append(UInt8(ascii: "}"))
    }

    /// Writes `matches`: for each kind of word that was asked, whether the product answers it.
    private mutating func writeMatches(of product: Product, query: Query) {
        scratch.features.appendText(",\"matches\":[")
        var isFirst = true
        func write(_ asked: Int?, _ has: Int, _ hit: StaticString, _ miss: StaticString) {
            guard let asked else { return }
            if !isFirst { scratch.features.append(UInt8(ascii: ",")) }
            isFirst = false
            scratch.features.appendText(asked == has ? hit : miss)
        }
        write(query.colour, product.colour, "\"colour\"", "\"other colour\"")
        write(query.weight, product.weight, "\"weight\"", "\"other weight\"")
        write(query.fibre, product.fibre, "\"fibre\"", "\"other fibre\"")
        scratch.features.append(UInt8(ascii: "]"))
    }

    private mutating func writeExample(
        visit: Visit, position: Int, propensity: Double, server: VisitServer
    ) {
        let region = world.regions[visit.region]
        scratch.line.removeAll(keepingCapacity: true)
        scratch.line.appendText("{\"id\":")
        scratch.line.appendExampleID(visit: visit.time, position: position)
        scratch.line.appendText(",\"ts\":")
        scratch.line.appendTime(visit.time)
        scratch.line.appendText(",\"features\":")
        scratch.line.append(contentsOf: scratch.features)
        scratch.line.appendText(",\"propensity\":")
        scratch.line.append(contentsOf: "\(propensity)".utf8)
        scratch.line.appendText(",\"source\":")
        scratch.line.appendString(visit.source)
        scratch.line.appendText(",\"segment\":")
        scratch.line.appendString(region.name)
        scratch.line.appendText(",\"tz\":")
        scratch.line.appendString(region.zone)
        if let checkpoint = server.checkpoint {
            scratch.line.appendText(",\"checkpoint\":")
            scratch.line.appendString(checkpoint)
        }
        if let arm = server.arm ?? (server.tier == nil ? nil : "B") {
            scratch.line.appendText(",\"arm\":")
            scratch.line.appendString(arm)
        }
        if let tier = server.tier {
            scratch.line.appendText(",\"tier\":")
            scratch.line.appendString(tier)
        }
        scratch.line.append(UInt8(ascii: "}"))
    }
}
