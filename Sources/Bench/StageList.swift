import Monitoring

/// Every stage there is, in the order of the data's way.
package enum StageList {
    package static let all: [StageEntry] = [
        StageEntry(
            name: "parse", text: "JSON Lines to records and featurized entries",
            floor: "newline search", forms: [.labelled], make: { ParseStage(.labelled) }),
        StageEntry(
            name: "parse-any-order", text: "the same, keys in another order on each row",
            floor: "newline search", forms: [.shuffled], make: { ParseStage(.shuffled) }),
        StageEntry(
            name: "append", text: "lines into the raw log, synced at the end",
            floor: "plain write", forms: [.examples], make: { AppendStage() }),
        StageEntry(
            name: "filter", text: "features against a schema of five rules",
            forms: [.labelled], make: { FilterStage() }),
        StageEntry(
            name: "join", text: "examples meet their labels",
            forms: [.examples, .labels], make: { JoinStage() }),
        StageEntry(
            name: "learn", text: "the learner over featurized entries",
            floor: "memory", goals: [Goal("ratio", atMost: 3)], forms: [.labelled],
            make: { LearnStage() }),
        StageEntry(
            name: "straight", text: "JSON Lines to trained",
            forms: [.labelled], make: { TrainStage(.labelled) }),
        StageEntry(
            name: "straight-any-order", text: "the same, keys in another order on each row",
            forms: [.shuffled], make: { TrainStage(.shuffled) }),
        StageEntry(
            name: "durable", text: "the whole durable way, as `spindle replay`",
            forms: [.examples, .labels], make: { DurableStage(hasRules: false) }),
        StageEntry(
            name: "durable-rules", text: "the same with a schema of three features",
            forms: [.examples, .labels], make: { DurableStage(hasRules: true) }),
        StageEntry(
            name: "relearn", text: "everything in the training log learned anew",
            forms: [.examples, .labels], make: { RelearnStage() }),
        StageEntry(
            name: "save", text: "a checkpoint of 2^24 slots, by the wall clock",
            floor: "plain write and sync",
            goals: [Goal("ratio", atMost: 2), Goal("pause_milliseconds", atMost: 50)],
            forms: [.examples, .labels], make: { SaveStage() }),
        StageEntry(
            name: "restore", text: "a start on that checkpoint, by the wall clock",
            floor: "plain read", forms: [.examples, .labels], make: { RestoreStage() }),
        StageEntry(
            name: "adwin", text: "ADWIN over numbers that drift", make: { DetectorStage<ADWIN>() }),
        StageEntry(
            name: "page-hinkley", text: "Page-Hinkley over the same",
            make: { DetectorStage<PageHinkley>() }),
        StageEntry(
            name: "paint-80x24", text: "the model's screen into a canvas; a row is a frame",
            forms: [.examples, .labels], make: { PaintStage(width: 80, height: 24) }),
        StageEntry(
            name: "paint-160x50", text: "the same on a larger screen",
            forms: [.examples, .labels], make: { PaintStage(width: 160, height: 50) }),
        StageEntry(
            name: "red-button", text: "its key in a terminal to a held trainer, cores busy",
            goals: [
                Goal("p99_milliseconds", atMost: 50), Goal("unread_p99_milliseconds", atMost: 50),
            ], forms: [.labelled],
            make: { RedButtonStage() }),
        StageEntry(
            name: "console", text: "a console of 120x40: frames, keys, bytes, CPU of its threads",
            goals: ConsoleStage.figures.map(\.goal), isOnlyByName: true, make: { ConsoleStage() }),
        StageEntry(
            name: "console-memory", text: "what it adds to a process, and 10,000 frames to that",
            goals: ConsoleMemoryStage.figures.map(\.goal), isOnlyByName: true,
            make: { ConsoleMemoryStage() }),
    ]

    package static func named(_ name: String) -> StageEntry? { all.first { $0.name == name } }
}
