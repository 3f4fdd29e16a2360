import Monitoring
import Numerics
import Shop
import World

/// A stream of numbers whose mean moves now and then, for detectors of drift.
enum DriftingValues {
    /// Values after which the mean moves.
    private static let stretch = 50_000

    static func make(seed: UInt64, count: Int) -> [Double] {
        let chance = SeededRandom(key: seed).forked(part: 0x6472_6966)
        var drawn = chance
        return (0..<count).map { index in
            var step = chance.forked(part: 1, UInt64(index / stretch))
            return step.unit() + 0.2 * Elementary.normalQuantile(drawn.between(1e-9, 1 - 1e-9))
        }
    }

    /// One a line, for those who read text.
    static func write(_ values: [Double], to path: String, disk: any Disk) throws {
        var text: [UInt8] = []
        for value in values { text += Array("\(value)\n".utf8) }
        try disk.replace(path, with: text)
    }
}

/// A detector as it is measured.
protocol MeasuredDetector {
    init()
    mutating func add(_ value: Double) -> DriftFinding
}

extension ADWIN: MeasuredDetector {
    init() { self.init(Settings()) }
}

extension PageHinkley: MeasuredDetector {
    init() { self.init(Settings()) }
}

/// A detector over a stream that drifts.
final class DetectorStage<Detector: MeasuredDetector>: Stage {
    private var values: [Double] = []

    func prepare(_ scratch: Scratch) throws {
        values = DriftingValues.make(seed: scratch.workload.seed, count: scratch.rows)
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let watch = Stopwatch()
        var detector = Detector()
        var found = 0
        for value in values {
            if case .drift = detector.add(value) { found += 1 }
        }
        var sample = Sample(rows: values.count, cpuSeconds: watch.cpuSeconds)
        sample.figures["found"] = Double(found)
        return sample
    }
}
