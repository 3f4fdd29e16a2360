import Shop

/// Ranks by a hash of the features: lists without any sense.
struct SenselessRanker: Ranker {
    var checkpoint: String? { nil }
    var callCount = 0

    mutating func probability(ofFeatures json: [UInt8]) -> Double {
        callCount += 1
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in json { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return Double(hash >> 11) * 0x1p-53
    }
}

/// Gives every candidate the same score.
struct ConstantRanker: Ranker {
    var checkpoint: String?

    mutating func probability(ofFeatures json: [UInt8]) -> Double { 0.05 }
}

/// A small logistic regression over hashed features, with AdaGrad steps.
struct LearnedRanker: Ranker {
    var checkpoint: String? { "yarn-000001" }
    private var weights = [Double](repeating: 0, count: 1 << 16)
    private var squares = [Double](repeating: 1e-6, count: 1 << 16)

    mutating func probability(ofFeatures json: [UInt8]) -> Double {
        Elementary.logistic(FlatJSON(json).terms.reduce(-2.7) { $0 + weights[$1.slot] * $1.value })
    }

    mutating func learn(_ terms: [FlatJSON.Term], label: Double) {
        let sum = terms.reduce(-2.7) { $0 + weights[$1.slot] * $1.value }
        let error = Elementary.logistic(sum) - label
        for term in terms {
            let gradient = error * term.value
            squares[term.slot] += gradient * gradient
            weights[term.slot] -= 0.05 * gradient / squares[term.slot].squareRoot()
        }
    }
}

/// A features object, read as far as the shop writes it: one level, strings without escapes.
struct FlatJSON {
    struct Term {
        var slot: Int
        var value: Double
    }

    private(set) var terms: [Term] = []
    private(set) var members: [(name: String, value: String)] = []

    init(_ json: [UInt8], keepsText: Bool = false) {
        var name: ArraySlice<UInt8> = []
        var isInArray = false
        var isName = true
        var index = json.startIndex
        while index < json.endIndex {
            switch json[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "}"):
                index += 1
            case UInt8(ascii: "["):
                isInArray = true
                index += 1
            case UInt8(ascii: "]"):
                isInArray = false
                index += 1
            case UInt8(ascii: ","):
                isName = !isInArray
                index += 1
            case UInt8(ascii: ":"):
                isName = false
                index += 1
            default:
                let token = Self.token(json, &index)
                if isName {
                    name = token
                } else {
                    add(name, token)
                    if keepsText {
                        members.append(
                            (
                                String(decoding: name, as: UTF8.self),
                                String(decoding: token, as: UTF8.self)
                            ))
                    }
                }
            }
        }
    }

    /// A string without its quotes, or a number, a boolean or null.
    private static func token(_ json: [UInt8], _ index: inout Int) -> ArraySlice<UInt8> {
        if json[index] == UInt8(ascii: "\"") {
            let start = index + 1
            index = start
            while json[index] != UInt8(ascii: "\"") { index += 1 }
            index += 1
            return json[start..<index - 1]
        }
        let start = index
        while !",]}".utf8.contains(json[index]) { index += 1 }
        return json[start..<index]
    }

    private mutating func add(_ name: ArraySlice<UInt8>, _ token: ArraySlice<UInt8>) {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in name { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        var value = 1.0
        // An hour like "08" is a category, but as a number it would have no leading zero.
        let isHour = name.elementsEqual("hour".utf8)
        if !isHour, let number = Double(String(decoding: token, as: UTF8.self)) {
            value = number / (1 + abs(number) / 10)
        } else {
            for byte in token { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        }
        terms.append(Term(slot: Int(hash >> 48), value: value))
    }
}
