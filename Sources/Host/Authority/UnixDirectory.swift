import Glibc
import Synchronization
import Vocabulary
import World

/// The users and groups of this machine; a test has its own.
package struct UnixDirectory: Sendable {
    /// Whether there is a user, or a group, of a name.
    package var hasUser: @Sendable (String) -> Bool
    package var hasGroup: @Sendable (String) -> Bool
    /// The names of the groups of a user, by the system's directory.
    package var groups: @Sendable (String) -> [String]
    /// The users of a group that the directory lists.
    package var members: @Sendable (String) -> [String]

    package init(
        hasUser: @escaping @Sendable (String) -> Bool,
        hasGroup: @escaping @Sendable (String) -> Bool,
        groups: @escaping @Sendable (String) -> [String],
        members: @escaping @Sendable (String) -> [String]
    ) {
        (self.hasUser, self.hasGroup, self.groups) = (hasUser, hasGroup, groups)
        self.members = members
    }

    /// This machine's. The C library's look-ups keep their answer in one place: one at a time.
    package static let local: UnixDirectory = {
        let known = KnownGroups()
        return UnixDirectory(
            hasUser: { name in gate.withLock { _ in getpwnam(name) != nil } },
            hasGroup: { name in gate.withLock { _ in getgrnam(name) != nil } },
            groups: { known.of($0) }, members: { members(of: $0) })
    }()

    private static let gate = Mutex(())

    private static func members(of group: String) -> [String] {
        gate.withLock { _ in
            guard let entry = getgrnam(group) else { return [] }
            let id = entry.pointee.gr_gid
            var found: [String] = []
            var next = entry.pointee.gr_mem
            while let name = next?.pointee {
                found.append(String(cString: name))
                next = next?.advanced(by: 1)
            }
            // Those whose own group it is are not in its list.
            setpwent()
            while let user = getpwent() {
                let name = String(cString: user.pointee.pw_name)
                if user.pointee.pw_gid == id, !found.contains(name) { found.append(name) }
            }
            endpwent()
            return found
        }
    }

    fileprivate static func groups(of user: String) -> [String] {
        gate.withLock { _ in
            guard let entry = getpwnam(user) else { return [] }
            var count: Int32 = 256
            var ids = [gid_t](repeating: 0, count: Int(count))
            guard getgrouplist(user, entry.pointee.pw_gid, &ids, &count) >= 0 else { return [] }
            return ids.prefix(Int(count)).compactMap { id in
                getgrgid(id).map { String(cString: $0.pointee.gr_name) }
            }
        }
    }
}

/// What the directory said of users in the last minute: it may be far away, and slow.
private final class KnownGroups: Sendable {
    private static let lasts = Span.minutes(1)
    private let known = Mutex<[String: (groups: [String], at: Span)]>([:])

    func of(_ user: String) -> [String] {
        let now = WallClock.monotonic()
        if let entry = known.withLock({ $0[user] }), now - entry.at < Self.lasts {
            return entry.groups
        }
        let groups = UnixDirectory.groups(of: user)
        known.withLock { $0[user] = (groups, now) }
        return groups
    }
}
