import Vocabulary

/// Why a saved shop cannot go on.
package enum ShopStateError: Error, Equatable {
    /// The bytes are not a saved shop at all.
    case notAShop
    /// A later release wrote it.
    case unknownVersion(UInt16)
    /// The checksum does not fit the bytes.
    case damaged
    /// The shop has another seed, or another number of products or shoppers.
    case otherSettings
}

/// The saved form. All numbers are little-endian.
///
///     8  "yarnshop"
///     2  version, 1; 2 where what follows the purchases is there
///     8  seed            4  product count      4  shopper count
///     8  now, in microseconds since 1970
///        for each product: 4 stock, 4 listed stock
///        for each shopper: 1 last fibre (255: none)
///        for each shopper and day of seven: 2 purchases
///     4  purchases on their way; for each, in order:
///        8 due, 8 visit, 2 position, 4 shopper, 4 product
///        version 2: the same number and list of purchases whose labels wait, then
///        1 whether there is a second model; if so, for each product: 1 discount, 4 shown
///     8  checksum of all bytes before
extension YarnShop {
    private static let magic: [UInt8] = Array("yarnshop".utf8)
    /// The version that a shop writes; both are read.
    package static let version: UInt16 = 1
    /// What is written in the middle of a disturbance that has a memory: in drills, that is.
    package static let disturbedVersion: UInt16 = 2

    /// The complete state: a shop restored from it goes on as this one does.
    package func saved() -> [UInt8] {
        var bytes = Self.magic
        let needsMore = !held.isEmpty || pricing != nil
        bytes.appendNumber(needsMore ? Self.disturbedVersion : Self.version)
        bytes.appendNumber(world.settings.seed)
        bytes.appendNumber(UInt32(world.settings.productCount))
        bytes.appendNumber(UInt32(world.settings.shopperCount))
        bytes.appendNumber(now.microseconds)
        for product in warehouse.stock.indices {
            bytes.appendNumber(UInt32(warehouse.stock[product]))
            bytes.appendNumber(UInt32(warehouse.listed[product]))
        }
        bytes.append(contentsOf: history.lastFibres)
        for count in history.counts { bytes.appendNumber(count) }
        bytes.appendPurchases(purchases.inOrder)
        if needsMore {
            bytes.appendPurchases(held)
            bytes.appendNumber(UInt8(pricing == nil ? 0 : 1))
            for product in pricing.map({ $0.discounts.indices }) ?? 0..<0 {
                bytes.appendNumber(UInt8(pricing?.discounts[product] ?? 0))
                bytes.appendNumber(UInt32(pricing?.shown[product] ?? 0))
            }
        }
        bytes.appendNumber(Self.checksum(bytes[...]))
        return bytes
    }

    /// The shop that was saved. Its seed and its numbers of products and shoppers must be those
    /// of `settings`; everything else may have changed since.
    package init(restoring bytes: [UInt8], settings: ShopSettings) throws(ShopStateError) {
        guard bytes.starts(with: Self.magic) else { throw .notAShop }
        var reader = ByteReader(bytes: bytes[Self.magic.count...])
        let version = try reader.read(UInt16.self)
        guard (Self.version...Self.disturbedVersion).contains(version) else {
            throw .unknownVersion(version)
        }
        var end = ByteReader(bytes: bytes.suffix(8))
        guard try end.read(UInt64.self) == Self.checksum(bytes.dropLast(8)) else { throw .damaged }
        reader.bytes = reader.bytes.dropLast(8)

        let seed = try reader.read(UInt64.self)
        let productCount = Int(try reader.read(UInt32.self))
        let shopperCount = Int(try reader.read(UInt32.self))
        guard seed == settings.seed, productCount == settings.productCount,
            shopperCount == settings.shopperCount
        else { throw .otherSettings }
        self.init(settings: settings)
        now = Instant(microseconds: try reader.read(Int64.self))
        var stock: [Int] = []
        var listed: [Int] = []
        for _ in 0..<productCount {
            stock.append(Int(try reader.read(UInt32.self)))
            listed.append(Int(try reader.read(UInt32.self)))
        }
        warehouse = Warehouse(stock: stock, listed: listed)
        var fibres: [UInt8] = []
        for _ in 0..<shopperCount { fibres.append(try reader.read(UInt8.self)) }
        var counts: [UInt16] = []
        for _ in 0..<shopperCount * PurchaseHistory.dayCount {
            counts.append(try reader.read(UInt16.self))
        }
        guard let history = PurchaseHistory(counts: counts, lastFibres: fibres) else {
            throw .damaged
        }
        self.history = history
        for purchase in try Self.purchases(&reader, settings) { purchases.insert(purchase) }
        if version > 1 {
            held = try Self.purchases(&reader, settings)
            pricing = try Self.pricing(&reader, settings)
        }
        guard reader.bytes.isEmpty else { throw .damaged }
    }

    private static func purchases(
        _ reader: inout ByteReader, _ settings: ShopSettings
    ) throws(ShopStateError) -> [Purchase] {
        var purchases: [Purchase] = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            let purchase = try Self.purchase(&reader)
            let isKnown =
                purchase.shopper < settings.shopperCount || purchase.shopper == Purchase.nobody
            guard purchase.product < settings.productCount, isKnown else { throw .damaged }
            purchases.append(purchase)
        }
        return purchases
    }

    private static func pricing(
        _ reader: inout ByteReader, _ settings: ShopSettings
    ) throws(ShopStateError) -> Pricing? {
        guard try reader.read(UInt8.self) == 1 else { return nil }
        var discounts: [Int] = []
        var shown: [Int] = []
        for _ in 0..<settings.productCount {
            discounts.append(Int(try reader.read(UInt8.self)))
            shown.append(Int(try reader.read(UInt32.self)))
        }
        return Pricing(discounts: discounts, shown: shown)
    }

    private static func purchase(_ reader: inout ByteReader) throws(ShopStateError) -> Purchase {
        Purchase(
            due: Instant(microseconds: try reader.read(Int64.self)),
            visit: Instant(microseconds: try reader.read(Int64.self)),
            position: Int(try reader.read(UInt16.self)),
            shopper: Int(try reader.read(UInt32.self)),
            product: Int(try reader.read(UInt32.self)))
    }

    /// Every step is a bijection of the sum, so that no change within one byte goes unseen.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var sum = UInt64(bytes.count)
        for byte in bytes {
            sum = (sum ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
            sum ^= sum >> 29
        }
        return sum
    }
}

/// Takes numbers off the front of saved bytes.
private struct ByteReader {
    var bytes: ArraySlice<UInt8>

    mutating func read<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(ShopStateError) -> Number {
        let size = Number.bitWidth / 8
        guard bytes.count >= size else { throw .damaged }
        var value: Number = 0
        for byte in bytes.prefix(size).reversed() {
            // Swift's shift of a byte by 8 is 0, as it should be here.
            value = value << 8 | Number(truncatingIfNeeded: byte)
        }
        bytes = bytes.dropFirst(size)
        return value
    }
}

extension [UInt8] {
    fileprivate mutating func appendPurchases(_ purchases: [Purchase]) {
        appendNumber(UInt32(purchases.count))
        for purchase in purchases {
            appendNumber(purchase.due.microseconds)
            appendNumber(purchase.visit.microseconds)
            appendNumber(UInt16(purchase.position))
            appendNumber(UInt32(purchase.shopper))
            appendNumber(UInt32(purchase.product))
        }
    }

    fileprivate mutating func appendNumber(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
