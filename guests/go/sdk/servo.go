// Package servo writes servo connectors in Go.
//
// A connector is a package that registers a function for each event that `wit/world.wit` exports:
//
//	package count
//
//	import servo "servo.dev/sdk"
//
//	var settings struct {
//		Unit string `json:"unit" doc:"What is counted." example:"sheep"`
//	}
//
//	func init() {
//		servo.Settings(&settings, nil)
//		servo.OnMeasure(measure)
//	}
//
//	func measure(metrics []string, control servo.Control) (servo.Measurement, error) {
//		servo.Infof("counting %s", settings.Unit)
//		if err := servo.Wait(control.Asked()); err != nil {
//			return servo.Measurement{}, err
//		}
//		return servo.Measurement{Scalars: []servo.Scalar{{Metric: "counted", At: servo.Now(), Value: 7}}}, nil
//	}
//
// An error becomes a failure of the event: a [Failure] as it is, any other with the code [Failed]. So does a panic; its
// stack is logged. `servo build` refuses a connector whose functions and world differ.
package servo

import "encoding/json"

// registered is what the connector has registered; a component is one connector.
var registered struct {
	settings   any
	configure  func() []Problem
	startup    func() error
	shutdown   func(reason string) error
	metrics    func() ([]Metric, error)
	components func() ([]Component, error)
	describe   func(Control) (Description, error)
	measure    func(metrics []string, control Control) (Measurement, error)
	adjust     func([]Adjustment, Control) (Description, error)
	checks     []Check
	promote    func() error
	declare    func() (Declaration, error)
	before     func(event string, arguments json.RawMessage) error
	after      func(event string, outcomes json.RawMessage) error
	handlers   []handler
	commands   []Command
}

// Settings names the struct that the settings are read into, and a function, which may be nil, that looks at them
// afterwards for what their types cannot say. The tags of a field are `json` (its name), `doc`, `default` (without
// one it is required, unless it is a pointer), `example`, `enum` (texts divided by commas), `min` and `max`.
func Settings(into any, configure func() []Problem) {
	registered.settings, registered.configure = into, configure
}

// OnStartup is called once when `servo run` starts. An error ends the start of the servo.
func OnStartup(call func() error) { registered.startup = call }

// OnShutdown is called once when the servo ends, with the reason: `SIGTERM`, `finished`, `failed`.
func OnShutdown(call func(reason string) error) { registered.shutdown = call }

// OnMetrics says what can be measured, without looking at the application.
func OnMetrics(call func() ([]Metric, error)) { registered.metrics = call }

// OnComponents says what can be changed, without looking at the application; values may be absent.
func OnComponents(call func() ([]Component, error)) { registered.components = call }

// OnDescribe reads the state of the application.
func OnDescribe(call func(Control) (Description, error)) { registered.describe = call }

// OnMeasure measures the named metrics, or all when none is named.
func OnMeasure(call func(metrics []string, control Control) (Measurement, error)) {
	registered.measure = call
}

// OnAdjust changes the settings that belong to this connector, ignores the others, and returns the state as read back.
// It must be safe to repeat.
func OnAdjust(call func([]Adjustment, Control) (Description, error)) { registered.adjust = call }

// OnCheck adds a check; they are run in the order in which they are added.
func OnCheck(check Check) { registered.checks = append(registered.checks, check) }

// OnPromote writes the settings in force where they outlive a deployment.
func OnPromote(call func() error) { registered.promote = call }

// OnDeclare says what depends on settings; it is called once after they were read.
func OnDeclare(call func() (Declaration, error)) { registered.declare = call }

// OnBefore is called before an event whose hook was declared. [Cancelled] cancels the event.
func OnBefore(call func(event string, arguments json.RawMessage) error) { registered.before = call }

// OnAfter is called after an event whose hook was declared, with the outcome of every connector.
func OnAfter(call func(event string, outcomes json.RawMessage) error) { registered.after = call }
