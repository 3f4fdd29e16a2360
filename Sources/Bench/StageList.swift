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
            name: "learn", text: "the learner over featurized entries",
            floor: "memory", goals: [Goal("ratio", atMost: 3)], forms: [.labelled],
            make: { LearnStage() }),
        StageEntry(
            name: "train", text: "JSON Lines to trained",
            forms: [.labelled], make: { TrainStage(.labelled) }),
        StageEntry(
            name: "train-any-order", text: "the same, keys in another order on each row",
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
    ]

    package static func named(_ name: String) -> StageEntry? { all.first { $0.name == name } }
}
