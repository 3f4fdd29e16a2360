/// The name of one launch: `MODEL-lNNNN`.
package struct LaunchID: NumberedID {
    package static let mark = "-l"
    package static let digits = 4
    package static let title = "a launch's id"

    package let model: ModelName
    package let number: Int

    package init(model: ModelName, number: Int) {
        (self.model, self.number) = (model, number)
    }
}
