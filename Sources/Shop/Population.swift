import Numerics

/// One shopper: where from, when they come, what they like.
struct Shopper: Sendable {
    let name: String
    /// How often they come, compared to others.
    let activity: Double
    /// What is added to the wish to buy, by colour; the last is a range's own. So are the others.
    let colourTaste: [Double]
    let fibreTaste: [Double]
    let weightTaste: [Double]
    /// What ten more in price take off the wish to buy.
    let priceSensitivity: Double
    let isMostlyMobile: Bool
    /// The fibre, colour and weight they mostly ask for.
    let favouriteFibre: Int
    let favouriteColour: Int
    let favouriteWeight: Int
}

/// Everybody who comes to the shop, in groups that share a region and a habit.
struct Population: Sendable {
    /// Shoppers who share a clock and a habit.
    struct Group: Sendable {
        let region: Int
        let habit: Int
        /// The share of the shop's visits.
        let share: Double
        let members: [Int]
        /// The running sum of the members' activity.
        let activitySums: [Double]
    }

    let shoppers: [Shopper]
    let groups: [Group]

    init(count: Int, regions: [Region], random: SeededRandom) {
        let parts = random.forked(.population)
        var members = [[Int]](repeating: [], count: regions.count * Habit.all.count)
        shoppers = (0..<count).map { index in
            var random = parts.forked(.population, UInt64(index))
            let region = Self.drawn(regions.map(\.share), &random)
            let habit = Self.drawn(Habit.all.map(\.share), &random)
            members[region * Habit.all.count + habit].append(index)
            return Self.shopper(index, &random)
        }
        let activities = shoppers.map(\.activity)
        var groups: [Group] = []
        var total = 0.0
        for (index, members) in members.enumerated() where !members.isEmpty {
            let habit = index % Habit.all.count
            let region = index / Habit.all.count
            total += regions[region].share * Habit.all[habit].share
            var sum = 0.0
            let sums = members.map { member in
                sum += activities[member]
                return sum
            }
            groups.append(
                Group(
                    region: region, habit: habit,
                    share: regions[region].share * Habit.all[habit].share,
                    members: members, activitySums: sums))
        }
        self.groups = groups.map { group in
            Group(
                region: group.region, habit: group.habit, share: group.share / total,
                members: group.members, activitySums: group.activitySums)
        }
    }

    /// A member of the group, each as likely as they are active.
    func member(of group: Group, _ random: inout SeededRandom) -> Int {
        let sums = group.activitySums
        let aim = random.unit() * (sums.last ?? 0)
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > aim { high = middle } else { low = middle + 1 }
        }
        return group.members[low]
    }

    private static func shopper(_ index: Int, _ random: inout SeededRandom) -> Shopper {
        let digits = String(index)
        let name = "s" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let activity = Elementary.exp(0.9 * random.normal())
        // Some like what is brown and grey, others what is bright: tastes go together.
        let isQuiet = random.chance(0.55)
        let isThrifty = random.chance(0.4)
        var colours = taste(Catalogue.colours.count, &random)
        for colour in colours.indices {
            colours[colour] += (colour < 4) == isQuiet ? 0.25 : -0.25
        }
        var fibres = taste(Catalogue.fibres.count, &random)
        fibres[7] += isThrifty ? 0.4 : -0.4
        let weights = taste(Catalogue.weights.count, &random)
        let sensitivity = isThrifty ? random.between(0.7, 1.3) : random.between(0.1, 0.5)
        return Shopper(
            name: name, activity: activity, colourTaste: colours + [0],
            fibreTaste: fibres + [0], weightTaste: weights + [0], priceSensitivity: sensitivity,
            isMostlyMobile: random.chance(0.6), favouriteFibre: best(fibres),
            favouriteColour: best(colours), favouriteWeight: best(weights))
    }

    private static func taste(_ count: Int, _ random: inout SeededRandom) -> [Double] {
        (0..<count).map { _ in 0.4 * random.normal() }
    }

    private static func best(_ taste: [Double]) -> Int {
        taste.indices.reduce(0) { taste[$1] > taste[$0] ? $1 : $0 }
    }

    private static func drawn(_ shares: [Double], _ random: inout SeededRandom) -> Int {
        var aim = random.unit() * shares.reduce(0, +)
        for (index, share) in shares.enumerated() {
            aim -= share
            if aim < 0 { return index }
        }
        return shares.count - 1
    }
}
