/// Codes values that are written as one text.
enum TextCoding {
    /// `expected` says what the text should have been, where `make` knows nothing of it.
    static func decode<Value>(
        _ decoder: any Decoder, expecting expected: String, _ make: (String) -> Value?
    ) throws -> Value {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = make(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \(expected), found \(text)")
        }
        return value
    }

    static func encode(_ text: String, to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
