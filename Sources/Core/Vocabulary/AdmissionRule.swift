/// The rules that a record must keep to be admitted; what breaks one goes to quarantine.
///
/// The raw values are the names in `quarantine list` and in `replay --json`, and are numbered in
/// checkpoints by their place here: add new ones at the end.
package enum AdmissionRule: String, Sendable, CaseIterable, Codable {
    case malformedJSON = "malformed_json"
    case invalidUTF8 = "invalid_utf8"
    case recordTooLong = "record_too_long"
    case notAnObject = "not_an_object"
    case duplicateField = "duplicate_field"
    case idMissing = "id_missing"
    case idType = "id_type"
    case idEmpty = "id_empty"
    case idTooLong = "id_too_long"
    case timeMissing = "ts_missing"
    case timeFormat = "ts_format"
    case featuresMissing = "features_missing"
    case featuresType = "features_type"
    case featureType = "feature_type"
    case featureNameTooLong = "feature_name_too_long"
    case tooManyFeatures = "too_many_features"
    case nonFinite = "non_finite"
    case propensityRange = "propensity_range"
    case sampleRateRange = "sample_rate_range"
    case labelMissing = "label_missing"
    case labelRange = "label_range"
    case fieldType = "field_type"
    case schemaRequired = "schema_required"
    case schemaType = "schema_type"
    case schemaRange = "schema_range"
    case schemaVocabulary = "schema_vocabulary"
    case zoneMissing = "tz_missing"
    case zoneUnknown = "tz_unknown"
    case propensityMissing = "propensity_missing"
    case sourceShare = "source_share"
    case sourceRate = "source_rate"
    case repeated
    case anomaly

    /// True for rules that a configuration makes: what they hold back can be read, and let in.
    package var isOfConfiguration: Bool {
        switch self {
        case .schemaRequired, .schemaType, .schemaRange, .schemaVocabulary: true
        case .sourceShare, .sourceRate, .repeated, .anomaly: true
        case .malformedJSON, .invalidUTF8, .recordTooLong, .notAnObject, .duplicateField: false
        case .idMissing, .idType, .idEmpty, .idTooLong, .timeMissing, .timeFormat: false
        case .featuresMissing, .featuresType, .featureType, .featureNameTooLong: false
        case .tooManyFeatures, .nonFinite, .propensityRange, .sampleRateRange: false
        case .labelMissing, .labelRange, .fieldType, .zoneMissing, .zoneUnknown: false
        case .propensityMissing: false
        }
    }
}
