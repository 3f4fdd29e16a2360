/// How a model's stream is watched.
package struct MonitorSettings: Sendable, Equatable {
    package var isOn = true
    /// Alarms that chance alone may raise in 30 days, over everything that is watched.
    package var falseAlarmsPerMonth = 0.1

    package init() {}
}
