/// Where a user's own themes and keys lie.
package enum UserFolder {
    /// `spindle` in the user's folder for configuration, after the XDG Base Directory
    /// Specification.
    package static func path(in environment: [String: String]) -> String {
        let named = environment["XDG_CONFIG_HOME"] ?? ""
        let home = environment["HOME"] ?? ""
        return (named.isEmpty ? home + "/.config" : named) + "/spindle"
    }
}
