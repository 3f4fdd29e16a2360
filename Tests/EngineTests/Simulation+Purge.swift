import Checkpointing
import Engine
import Filtering
import Numerics
import TestKit
import Testing
import Vocabulary

/// Where a change of exclusions leads.
enum PurgeWay: Hashable {
    /// The learner has met nothing of it.
    case none
    case checkpoint
    case beginning
}

/// Purges as a host makes them, over the logs in memory.
extension Simulation {
    func purge() throws {
        let selection = ExampleSelection.random(in: text.facts, &random)
        _ = add(.examples(selection))
        try follow()
    }

    /// Takes back any exclusion in force.
    func undo() throws {
        guard !exclusions.isEmpty else { return }
        let gone = exclusions.remove(at: random.below(exclusions.count))
        passedOver[gone.id] = nil
        try follow()
    }

    /// Goes back to an earlier learner and leaves out what came since.
    func passOver() throws {
        try engine.settle(world.perform)
        let cursor = engine.trainer.cursor.sequence
        guard !images.isEmpty else { return }
        let image = random.pick(images)
        let manifest = image.manifest
        guard engine.trainer.passEnds.isEmpty, engine.trainer.passEndsDue.isEmpty,
            manifest.passEnds.isEmpty, manifest.cursor.sequence < cursor,
            try firstChange(manifest.exclusions) ?? .max >= manifest.reach
        else { return }
        let ids = try world.entries()[Int(manifest.cursor.sequence)..<Int(cursor)].map(\.id)
        let id = add(.stretch(from: manifest.cursor.sequence, to: cursor))
        passedOver[id] = ids
        try rollBack(to: image, keepsCursor: true)
        #expect(engine.trainer.cursor.sequence == cursor)
        try checkpoint()
    }

    private func add(_ what: Exclusion.What) -> ExclusionID {
        exclusionCount += 1
        let id = ExclusionID(model: engine.settings.name, number: exclusionCount)
        exclusions.append(Exclusion(id: id, what: what))
        return id
    }

    /// Makes the learner what the exclusions in force ask for: from any checkpoint that has met
    /// nothing whose lot changes.
    func follow() throws {
        try engine.settle(world.perform)
        let trainer = engine.trainer
        if try firstChange(trainer.exclusions) ?? .max >= trainer.reach {
            changes[.none, default: 0] += 1
            return engine.leaveOut(exclusions)
        }
        let passes = trainer.passEnds + trainer.passEndsDue
        let bases = try images.filter { image in
            try passes.starts(with: image.manifest.passEnds)
                && firstChange(image.manifest.exclusions) ?? .max >= image.manifest.reach
        }
        guard !bases.isEmpty, !random.chance(0.1) else {
            changes[.beginning, default: 0] += 1
            return try engine.relearn(from: nil, leavingOut: exclusions)
        }
        changes[.checkpoint, default: 0] += 1
        try random.pick(bases).bytes.withUnsafeBytes { bytes in
            try engine.relearn(
                from: try LoadedCheckpoint(file: bytes), leavingOut: exclusions)
        }
    }

    /// The first entry that another set of exclusions treats differently from those in force.
    func firstChange(_ others: [Exclusion]) throws -> UInt64? {
        let (wanted, known) = (ExclusionFilter(exclusions), ExclusionFilter(others))
        var first: UInt64?
        try world.forEachEntry { entry, sequence in
            guard first == nil,
                wanted.excludes(entry, at: sequence) != known.excludes(entry, at: sequence)
            else { return }
            first = sequence
        }
        return first
    }

    /// The ids of all examples that are left out at the end.
    func idsLeftOut() -> Set<String> {
        var ids: Set<String> = []
        let hashes = Set(passedOver.values.joined())
        for facts in text.facts {
            let isPurged = exclusions.contains { exclusion in
                guard case .examples(let selection) = exclusion.what else { return false }
                return facts.meets(selection)
            }
            if isPurged || hashes.contains(FeatureHash.id(facts.id)) { ids.insert(facts.id) }
        }
        return ids
    }
}
