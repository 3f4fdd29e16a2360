import Engine
import Ingestion

extension RecordReader {
    /// Reads records of a log on the disk.
    convenience init(_ settings: ModelSettings, _ rawLog: LogFolder) {
        let zones = ZoneRules(
            LocalSurroundings.clocks, addsFeatures: settings.makesTimeFeatures)
        self.init(zones: zones) { try rawLog.rawLine(at: $0) }
    }
}
