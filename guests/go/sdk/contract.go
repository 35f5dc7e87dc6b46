package servo

import (
	"encoding/json"
	"time"
)

// Value is what a setting is set to: a float64 or a string.
type Value any

// Range is a range of numbers, both bounds included.
type Range struct {
	Min, Max float64
	// Step is the distance between neighbouring values; 0 allows any number between the bounds.
	Step float64
	// Log says that equal ratios matter, not equal steps.
	Log bool
}

// Setting is one setting of a component. It has either a range or a choice.
type Setting struct {
	Name   string
	Unit   string
	Range  *Range
	Choice []Value
	// Value is what it is now; nil when that cannot be known.
	Value Value
	// Pinned settings are shown and never changed.
	Pinned bool
}

// Component is a part of the application that has settings.
type Component struct {
	Name     string
	Settings []Setting
}

// Metric is a metric and its unit, which is empty for plain numbers.
type Metric struct {
	Name, Unit string
}

// Series are values of one metric over time, from one source.
type Series struct {
	Metric string
	// ID says which of several sources this is; it may be empty.
	ID          string
	Annotations map[string]string
	Times       []time.Time
	Values      []float64
}

// Scalar is one value of one metric.
type Scalar struct {
	Metric, ID string
	At         time.Time
	Value      float64
}

// Measurement is what was measured: series or scalars, not both.
type Measurement struct {
	Series  []Series
	Scalars []Scalar
	// Annotations are remarks for the optimizer.
	Annotations map[string]string
}

// Adjustment is a wanted change of one setting.
type Adjustment struct {
	Component, Setting string
	Value              Value
}

// Description is the state of the application.
type Description struct {
	Components []Component
	Metrics    []Metric
}

// Condition is what a measurement must keep: a metric at most, or with Above at least, a number or another metric.
type Condition struct {
	Metric          string
	Above           bool
	Threshold       float64
	ThresholdMetric string
	// TriggerCount violations within the last TriggerWindow checks end the measurement.
	TriggerCount, TriggerWindow int
	// ThresholdMultiplier is what the value of ThresholdMetric is multiplied by before it is compared with.
	ThresholdMultiplier float64
	// MetricMinimum and ThresholdMinimum: from zero up to them two metrics are too small to be compared.
	MetricMinimum, ThresholdMinimum float64
	// Description is for people; empty when there is none.
	Description string
}

// Control says how an event is to be carried out.
type Control struct {
	Delay, Warmup, Duration, Settlement time.Duration
	// Load to be generated; nil when none is asked for.
	Load     json.RawMessage
	SLO      []Condition
	Userdata map[string]json.RawMessage
}

// Asked is delay, warm-up and duration together: how long a measurement takes.
func (control Control) Asked() time.Duration {
	return control.Delay + control.Warmup + control.Duration
}

// Severity says what a failed check means.
type Severity uint8

// The servo is not ready when a check fails: the usual case, so the zero value. A warning is worth knowing; after a
// critical check the later ones make no sense.
const (
	Common Severity = iota
	Warning
	Critical
)

// Check is a check that can be run.
type Check struct {
	// ID is unique within the connector: lower case letters, digits, `-` and `_`.
	ID          string
	Name        string
	Description string
	Severity    Severity
	Tags        []string
	// Run looks. An error counts as a failed check.
	Run func() (Outcome, error)
	// Remedy repairs what was found and says what was done; nil where nothing can be repaired.
	Remedy func() (string, error)
}

// Outcome says how a check ended.
type Outcome struct {
	Passed  bool
	Message string
	// Hint is what a person can do about a failure.
	Hint string
}

// Hook is a wish to be called around an event.
type Hook struct {
	Event string
	// After the event, not before it.
	After bool
}

// Declaration is what depends on settings. What [OnEvent] and [OnHandle] registered is declared besides.
type Declaration struct {
	Hooks  []Hook
	Events []Definition

	handles []string
}
