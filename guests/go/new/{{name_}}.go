// Package {{name_}} says in one line what {{name}} is for. It has one number of its own; put your application in its
// place.
package {{name_}}

import (
	// {{#check}}
	"fmt"

	// {{/}}
	servo "servo.dev/sdk"
)

// What the operator writes into servo.yaml.
var settings struct {
	Value float64 `json:"value" example:"7" min:"0" max:"100" doc:"The number at the beginning, 0 to 100."`
}

func init() {
	servo.Settings(&settings, nil)
	// {{#describe}}
	servo.OnDescribe(describe)
	// {{/}}
	// {{#measure}}
	servo.OnMeasure(measure)
	// {{/}}
	// {{#adjust}}
	servo.OnAdjust(adjust)
	// {{/}}
	// {{#check}}
	servo.OnCheck(servo.Check{ID: "positive", Name: "The value is above zero", Run: positive})
	// {{/}}
	// {{#promote}}
	servo.OnPromote(promote)
	// {{/}}
	// {{#inventory}}
	servo.OnMetrics(metrics)
	servo.OnComponents(components)
	// {{/}}
	// {{#lifecycle}}
	servo.OnStartup(startup)
	servo.OnShutdown(shutdown)
	// {{/}}
	// {{#events}}
	// An event of its own: `servo dispatch {{name}}.set '{"value": 9}'`. Others may handle, hook and dispatch it, too.
	servo.OnEvent("{{name}}.set", "Sets the value, and answers what it was.", set)
	// {{/}}
	// {{#commands}}
	// For the command line: `servo {{name}} value`.
	servo.OnCommand(servo.Command{
		Name:        "value",
		Description: "Shows the value",
		Arguments:   []servo.Argument{{Name: "times", Kind: servo.KindNumber, Description: "How often it is counted"}},
		Run:         show,
	})
	// {{/}}
}

// {{#events}}
// The arguments of `{{name}}.set`.
type wanted struct {
	Value float64 `json:"value" min:"0" max:"100" doc:"What to set."`
}

func set(wanted wanted) (was float64, err error) {
	was, settings.Value = settings.Value, wanted.Value
	return was, nil
}

// {{/}}
// {{#commands}}
func show(given servo.Given) (servo.Answer, error) {
	return servo.Answer{
		Value:   map[string]float64{"value": settings.Value * given.Number("times", 1)},
		Columns: []servo.Column{{Heading: "VALUE", Pointer: "/value"}},
	}, nil
}

// {{/}}
// {{#describe|inventory}}
func describe(servo.Control) (servo.Description, error) {
	value := servo.Setting{Name: "value", Range: &servo.Range{Min: 0, Max: 100, Step: 1}, Value: settings.Value}
	return servo.Description{
		Components: []servo.Component{{Name: "{{name}}", Settings: []servo.Setting{value}}},
		Metrics:    []servo.Metric{{Name: "value"}},
	}, nil
}

// {{/}}
// {{#measure}}
func measure(_ []string, control servo.Control) (servo.Measurement, error) {
	servo.Infof("measuring")
	if err := servo.Wait(control.Asked()); err != nil {
		return servo.Measurement{}, err
	}
	return servo.Measurement{Scalars: []servo.Scalar{{Metric: "value", At: servo.Now(), Value: settings.Value}}}, nil
}

// {{/}}
// {{#adjust}}
func adjust(adjustments []servo.Adjustment, control servo.Control) (servo.Description, error) {
	for _, wanted := range adjustments {
		if wanted.Component != "{{name}}" || wanted.Setting != "value" {
			continue
		}
		value, ok := wanted.Value.(float64)
		if !ok || value < 0 || value > 100 {
			return servo.Description{}, servo.Rejected.Errorf("value cannot be %v: it is 0 to 100", wanted.Value)
		}
		settings.Value = value
	}
	return describe(control)
}

// {{/}}
// {{#check}}
func positive() (servo.Outcome, error) {
	if settings.Value > 0 {
		return servo.Outcome{Passed: true, Message: fmt.Sprintf("it is %g", settings.Value)}, nil
	}
	return servo.Outcome{Message: "it is 0", Hint: "set `value` in servo.yaml to more than 0"}, nil
}

// {{/}}
// {{#promote}}
func promote() error {
	servo.Infof("%g is there to stay", settings.Value)
	return nil
}

// {{/}}
// {{#inventory}}
func metrics() ([]servo.Metric, error) {
	state, err := describe(servo.Control{})
	return state.Metrics, err
}

func components() ([]servo.Component, error) {
	state, err := describe(servo.Control{})
	return state.Components, err
}

// {{/}}
// {{#lifecycle}}
func startup() error {
	servo.Infof("starting")
	return nil
}

func shutdown(reason string) error {
	servo.Infof("ending: %s", reason)
	return nil
}

// {{/}}
