import Vocabulary

/// How requests over TCP are taken in: the table `[serving]`.
package struct DoorSettings: Sendable, Equatable {
    /// Nothing is taken over TCP if there are none.
    package var listens: [ListenAddress] = []
    /// False: an engine whose address is taken goes on without it, on its control socket.
    package var mustListen = true
    /// Event loops for TCP; nil for one a core.
    package var threadCount: Int?
    /// In bytes, of a request's body.
    package var requestSizeMax = 8 << 20
    /// Over TCP; the control socket has a limit of its own.
    package var connectionCountMax = 1024
    /// For a request to come in whole, for its answer, and for the answer to be read.
    package var requestTimeout = Span.seconds(30)
    /// For the next request of a connection.
    package var idleTimeout = Span.seconds(60)
    /// For what is under way when the engine ends.
    package var drainTimeout = Span.seconds(10)
    /// Whether `/metrics` is answered over TCP.
    package var hasMetrics = true

    package init() {}

    init(_ section: TOMLReader) throws {
        var section = section
        for text in try section.stringOrStrings("listen") {
            guard let address = ListenAddress(text) else {
                throw section.fault(
                    "listen", "HOST:PORT such as \"127.0.0.1:8501\", found \"\(text)\"")
            }
            listens.append(address)
        }
        mustListen = try section.boolean("must_listen") ?? mustListen
        threadCount = try section.integer("threads", 1...256)
        if let size = try section.size("request_size_max") {
            guard (64 << 10...64 << 20).contains(size) else {
                throw section.fault("request_size_max", "a size from \"64KiB\" to \"64MiB\"")
            }
            requestSizeMax = Int(size)
        }
        connectionCountMax =
            try section.integer("connections_max", 1...100_000) ?? connectionCountMax
        requestTimeout = try Self.timeout(&section, "request_timeout") ?? requestTimeout
        idleTimeout = try Self.timeout(&section, "idle_timeout") ?? idleTimeout
        drainTimeout = try Self.timeout(&section, "drain_timeout") ?? drainTimeout
        hasMetrics = try section.boolean("metrics") ?? hasMetrics
        try section.finish()
    }

    private static func timeout(_ section: inout TOMLReader, _ key: String) throws -> Span? {
        guard let span = try section.span(key) else { return nil }
        guard span >= Span(microseconds: 100_000), span <= .hours(1) else {
            throw section.fault(key, "a duration from \"100ms\" to \"1h\"")
        }
        return span
    }
}
