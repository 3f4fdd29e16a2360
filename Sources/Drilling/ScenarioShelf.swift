import Host
import Vocabulary
import World

/// The scenarios that come with the program, and those of users by their path.
package enum ScenarioShelf {
    /// By name; a test reads them all.
    package static func shipped() throws -> [Scenario] {
        try texts.map { name, bytes in
            try Scenario(
                toml: String(decoding: bytes, as: UTF8.self), file: "shipped scenario \(name)")
        }
    }

    /// A shipped scenario's name, or the path of a file.
    package static func scenario(_ name: String) throws -> Scenario {
        if let shipped = try shipped().first(where: { $0.name == name }) { return shipped }
        let disk = LocalDisk()
        guard try name.contains("/") || name.hasSuffix(".toml") || disk.exists(name) else {
            let known = texts.map(\.0).joined(separator: ", ")
            throw ConfigurationFault(
                file: name, key: "", text: "expected a file, or one of \(known)")
        }
        return try Scenario(toml: String(decoding: try disk.read(name), as: UTF8.self), file: name)
    }

    private static let texts: [(String, [UInt8])] = [
        ("brown-wool", PackageResources.brown_wool_toml),
        ("black-friday", PackageResources.black_friday_toml),
        ("label-outage", PackageResources.label_outage_toml),
        ("labels-lost", PackageResources.labels_lost_toml),
        ("positives-first", PackageResources.positives_first_toml),
        ("click-farm", PackageResources.click_farm_toml),
        ("bots", PackageResources.bots_toml),
        ("nan-explosion", PackageResources.nan_explosion_toml),
        ("bad-binary", PackageResources.bad_binary_toml),
        ("flipped-bit", PackageResources.flipped_bit_toml),
        ("silent-stop", PackageResources.silent_stop_toml),
        ("clock-change", PackageResources.clock_change_toml),
        ("discount-loop", PackageResources.discount_loop_toml),
        ("flash-crash", PackageResources.flash_crash_toml),
        ("price-in-pennies", PackageResources.price_in_pennies_toml),
        ("examples-lost", PackageResources.examples_lost_toml),
    ]
}
