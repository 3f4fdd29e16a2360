import Engine
import Ingestion

extension RecordReader {
    /// Reads records of a log on the disk.
    convenience init(_ settings: ModelSettings, _ rawLog: LogFolder) {
        let rules = RecordRules(LocalSurroundings.clocks, settings.design)
        self.init(rules: rules) { try rawLog.rawLine(at: $0) }
    }
}
