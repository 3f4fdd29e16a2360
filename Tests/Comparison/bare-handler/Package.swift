// swift-tools-version: 6.0
import PackageDescription

// A bare handler to compare Spindle's serving with. No part of the product: Hummingbird takes
// minutes to build.
let package = Package(
    name: "bare-handler",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")
    ],
    targets: [
        .executableTarget(
            name: "BareHandler",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ])
