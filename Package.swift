// swift-tools-version: 6.2
import PackageDescription

// Targets stand in the order in which data and control flow through them: a target may use
// only targets above it. TidyTests reads this file and holds every import against that rule.

// Exclusive access is proven by the compiler where it can be, and checked at run time in debug
// builds, which the tests use; in release builds those checks cost a tenth of the data's way.
let strict: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// What is `package` is inlined in other modules only from one that is compiled so. It makes the
// data's way a tenth faster. Library evolution is what the compiler asks for first, and is
// bypassed within the package; without the other two flags it would check an interface for
// outsiders, which there are none of.
let seenWhole: [SwiftSetting] = [
    .unsafeFlags(
        [
            "-enable-library-evolution", "-no-emit-module-separately-wmo",
            "-no-verify-emitted-module-interface", "-Xfrontend", "-package-cmo",
            "-Xfrontend", "-allow-non-resilient-access",
        ],
        .when(configuration: .release))
]

// The compiler's own choice of what to inline elsewhere crashes it beside such modules.
let seenByName: [SwiftSetting] = [
    .unsafeFlags(["-disable-cmo"], .when(configuration: .release))
]

func part(
    _ name: String, _ path: String, uses: [Target.Dependency] = [], embeds: [String] = [],
    isSeenWhole: Bool = false
) -> Target {
    .target(
        name: name, dependencies: uses, path: "Sources/\(path)",
        resources: embeds.map { .embedInCode($0) },
        swiftSettings: strict + (isSeenWhole ? seenWhole : seenByName))
}

func check(
    _ name: String, uses: [Target.Dependency], golden: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: uses, path: "Tests/\(name)", exclude: golden,
        swiftSettings: strict + seenByName)
}

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let sqlite = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]

// Drills that come with the program, each a file in Sources/Drilling/Scenarios.
let scenarios = [
    "bad-binary", "black-friday", "bots", "brown-wool", "click-farm", "clock-change",
    "discount-loop", "examples-lost", "flash-crash", "flipped-bit", "label-outage", "labels-lost",
    "nan-explosion", "positives-first", "price-in-pennies", "silent-stop",
]

// Themes that come with the program, each a file in themes.
let themes = [
    "blue-orange", "contrast", "dark", "light", "mono", "production", "red-teal", "solarized",
    "spindle",
]

let package = Package(
    name: "spindle",
    products: [.executable(name: "spindle", targets: ["spindle"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .target(name: "CShims", path: "Sources/CShims"),
        .target(
            name: "CNcurses", path: "Sources/CNcurses",
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),

        part("Vocabulary", "Core/Vocabulary", isSeenWhole: true),
        part("Numerics", "Core/Numerics", uses: ["CShims"], isSeenWhole: true),
        part("Operation", "Core/Operation", uses: ["Vocabulary", "Numerics"]),

        part("World", "World", uses: ["Vocabulary", "CShims"]),

        part(
            "Ingestion", "Pipeline/Ingestion", uses: ["Vocabulary", "Numerics", "CShims"],
            isSeenWhole: true),
        part(
            "Recording", "Pipeline/Recording", uses: ["Vocabulary", "Numerics"], isSeenWhole: true),
        part(
            "Filtering", "Pipeline/Filtering", uses: ["Vocabulary", "Numerics", "CShims"],
            isSeenWhole: true),
        part("Joining", "Pipeline/Joining", uses: ["Vocabulary", "Numerics", "CShims", heap]),
        part(
            "Learning", "Pipeline/Learning", uses: ["Vocabulary", "Numerics", "CShims"],
            isSeenWhole: true),
        part(
            "Monitoring", "Pipeline/Monitoring", uses: ["Vocabulary", "Numerics", "CShims"],
            isSeenWhole: true),
        part(
            "Checkpointing", "Pipeline/Checkpointing", uses: ["Vocabulary", "Numerics"],
            isSeenWhole: true),
        part(
            "Validation", "Pipeline/Validation",
            uses: ["Vocabulary", "Numerics", "Operation", "CShims"]),
        part("Launching", "Pipeline/Launching", uses: ["Vocabulary", "Numerics", "CShims"]),
        part(
            "Serving", "Pipeline/Serving", uses: ["Vocabulary", "Numerics"]),
        part("Journaling", "Pipeline/Journaling", uses: ["Vocabulary", "Numerics"]),
        part("Paging", "Paging", uses: ["Vocabulary", "Operation"]),
        part("Governing", "Governing", uses: ["Vocabulary", "Numerics", "Operation"]),

        part(
            "Engine", "Engine",
            uses: [
                "Vocabulary", "Numerics", "Operation", "Ingestion", "Recording", "Filtering",
                "Joining", "Learning", "Monitoring", "Checkpointing", "Validation",
                "Launching", "Serving", "Journaling",
            ]),
        part("Shop", "Shop", uses: ["Vocabulary", "Numerics"]),
        part("Console", "Console", uses: ["Vocabulary", "Operation"]),
        part(
            "Terminal", "Terminal",
            uses: ["Vocabulary", "Operation", "Console", "CNcurses", "CShims"]),
        part(
            "Host", "Host",
            uses: [
                "Vocabulary", "Numerics", "Operation", "World", "Ingestion", "Recording",
                "Filtering", "Joining", "Learning", "Monitoring", "Checkpointing", "Validation",
                "Launching", "Serving", "Journaling", "Paging", "Governing", "Engine", "Shop",
                log, toml, sqlite,
            ] + nio, embeds: ["Playbook.md"]),
        part(
            "Theming", "Theming", uses: ["Console", "Host"],
            embeds: themes.map { "Themes/\($0).toml" }),
        part(
            "Simulation", "Simulation",
            uses: [
                "Vocabulary", "Numerics", "Operation", "World", "Recording", "Joining", "Learning",
                "Monitoring", "Launching", "Serving", "Engine", "Host",
            ]),
        part(
            "Drilling", "Drilling",
            uses: [
                "Vocabulary", "Numerics", "Operation", "World", "Recording", "Ingestion",
                "Monitoring", "Launching", "Engine", "Shop", "Host",
            ],
            embeds: scenarios.map { "Scenarios/\($0).toml" }),
        part(
            "Bench", "Bench",
            uses: [
                "Vocabulary", "Numerics", "Operation", "World", "Ingestion", "Recording",
                "Filtering", "Joining", "Learning", "Monitoring", "Checkpointing", "Engine", "Shop",
                "Console", "Terminal", "Host", "CShims",
            ],
            embeds: ["Peers/river_peer.py", "Peers/sklearn_peer.py", "Peers/detectors_peer.py"]),
        .executableTarget(
            name: "spindle",
            dependencies: [
                "Vocabulary", "Numerics", "Operation", "World", "Recording", "Learning",
                "Monitoring", "Validation", "Launching", "Paging", "Governing", "Engine",
                "Console", "Terminal", "Host", "Simulation", "Drilling", "Bench", "Theming",
                "CShims", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/spindle", swiftSettings: strict + seenByName),

        .target(
            name: "TestKit", dependencies: ["Vocabulary", "Numerics", "Ingestion"],
            path: "Tests/TestKit", swiftSettings: strict + seenByName),
        // Built by itself as well, with libFuzzer: Tests/Fuzzing/run.
        .target(
            name: "Fuzzing", dependencies: ["Vocabulary", "Ingestion", "TestKit"],
            path: "Tests/Fuzzing", exclude: ["Seeds", "run", "words"],
            swiftSettings: strict + seenByName),
        check("VocabularyTests", uses: ["Vocabulary", "TestKit"]),
        check("NumericsTests", uses: ["Numerics", "TestKit"]),
        check(
            "IngestionTests",
            uses: ["Vocabulary", "Numerics", "Ingestion", "TestKit", "Fuzzing"]),
        check(
            "FilteringTests",
            uses: ["Vocabulary", "Numerics", "Ingestion", "Filtering", "TestKit"]),
        check("JoiningTests", uses: ["Vocabulary", "Numerics", "Joining", "TestKit"]),
        check("LearningTests", uses: ["Vocabulary", "Numerics", "Learning", "TestKit"]),
        check("MonitoringTests", uses: ["Vocabulary", "Numerics", "Monitoring", "TestKit"]),
        check("ValidationTests", uses: ["Numerics", "Operation", "Validation"]),
        check(
            "LaunchingTests",
            uses: ["Vocabulary", "Numerics", "Launching", "Drilling", "TestKit"]),
        check("ServingTests", uses: ["Vocabulary", "Numerics", "Serving"]),
        check("CheckpointingTests", uses: ["Vocabulary", "Numerics", "Checkpointing", "TestKit"]),
        check(
            "EngineTests",
            uses: [
                "Vocabulary", "Numerics", "Ingestion", "Recording", "Filtering", "Joining",
                "Learning", "Monitoring", "Checkpointing", "Engine", "TestKit",
            ]),
        check("PagingTests", uses: ["Vocabulary", "Operation", "Paging", "TestKit"]),
        check("GoverningTests", uses: ["Vocabulary", "Operation", "Governing"]),
        check("TidyTests", uses: []),
        check(
            "HostTests",
            uses: [
                "Vocabulary", "Numerics", "Operation", "World", "Ingestion", "Recording",
                "Filtering",
                "Joining",
                "Learning", "Monitoring", "Checkpointing", "Validation", "Launching", "Serving",
                "Paging", "Governing", "Shop", "Engine", "Host", "TestKit", sqlite,
            ]),
        check(
            "SimulationTests", uses: ["Vocabulary", "Operation", "World", "Simulation"]),
        check(
            "BenchTests",
            uses: ["Vocabulary", "Numerics", "World", "Host", "Bench"]),
        check("ThemingTests", uses: ["Console", "Theming", "Host"]),
        check("ProgramTests", uses: ["spindle"]),
        check("ShopTests", uses: ["Vocabulary", "Shop"]),
        check(
            "DrillingTests",
            uses: ["Vocabulary", "Operation", "Monitoring", "Engine", "Host", "Shop", "Drilling"]),
        check(
            "ConsoleTests", uses: ["Vocabulary", "Operation", "Console"], golden: ["Golden"]),
        check(
            "TerminalTests",
            uses: ["Vocabulary", "Terminal", "Bench"]),
    ],
    swiftLanguageModes: [.v6]
)
