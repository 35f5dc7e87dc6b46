package servo

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
)

// Exports is what the generated code calls; connectors do not.
type Exports struct{}

var exported []string

// Has notes that the component exports an interface.
func (Exports) Has(name string) { exported = append(exported, name) }

// Schema is the JSON Schema of the settings. `servo build` asks for it, so it is the build that fails when the connector
// and its world differ.
func (Exports) Schema() string {
	r := &registered
	for name, has := range map[string]bool{
		"lifecycle":    r.startup != nil || r.shutdown != nil,
		"inventory":    r.metrics != nil || r.components != nil,
		"describe":     r.describe != nil,
		"measure":      r.measure != nil,
		"adjust":       r.adjust != nil,
		"check":        r.checks != nil,
		"promote":      r.promote != nil,
		"declarations": r.declare != nil || len(r.handlers) > 0,
		"hooks":        r.before != nil || r.after != nil,
		"events":       len(r.handlers) > 0,
		"commands":     len(r.commands) > 0,
	} {
		if wanted := slices.Contains(exported, name); wanted && !has {
			panic(fmt.Sprintf("wit/world.wit exports `%s`, and no function is registered for it", name))
		} else if has && !wanted {
			panic(fmt.Sprintf("a function is registered for `%s`: add `export servo:connector/%s@0.1.0;` to wit/world.wit",
				name, name))
		}
	}
	return marshal(schemaOf(settings(), ""))
}

// Example are settings that work, or nearly so.
func (Exports) Example() string { return marshal(exampleOf(settings())) }

// Configure takes the settings. A panic in it is a problem with the whole.
func (Exports) Configure(text string) []Problem {
	problems, failure := answer(func() ([]Problem, error) {
		problems := read(json.RawMessage(text), settings(), "", "")
		if len(problems) == 0 && registered.configure != nil {
			problems = registered.configure()
		}
		return problems, nil
	})
	if failure != nil {
		return []Problem{{"", failure.Message}}
	}
	return problems
}

func settings() reflect.Value {
	if registered.settings == nil {
		registered.settings = &struct{}{}
	}
	value := reflect.ValueOf(registered.settings)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Struct {
		panic("servo.Settings wants a pointer to a struct")
	}
	return value.Elem()
}

// answer calls a function of the connector. What it panics with becomes the failure, because the stack is of no use to
// an operator; the log has it.
func answer[T any](call func() (T, error)) (value T, failure *Failure) {
	defer func() {
		if panicked := recover(); panicked != nil {
			var none T
			Errorf("panic: %v\n%s", panicked, debug.Stack())
			value, failure = none, Failed.Errorf("the connector panicked: %v", panicked)
		}
	}()
	value, err := call()
	if err != nil {
		return value, failureOf(err)
	}
	return value, nil
}

func done(call func() error) *Failure {
	_, failure := answer(func() (struct{}, error) {
		if call == nil {
			return struct{}{}, nil
		}
		return struct{}{}, call()
	})
	return failure
}

func list[T any](call func() ([]T, error)) ([]T, *Failure) {
	if call == nil {
		return nil, nil
	}
	return answer(call)
}

// Startup and the functions below call what was registered.
func (Exports) Startup() *Failure { return done(registered.startup) }

func (Exports) Shutdown(reason string) *Failure {
	return done(func() error {
		if registered.shutdown == nil {
			return nil
		}
		return registered.shutdown(reason)
	})
}

func (Exports) Metrics() ([]Metric, *Failure) { return list(registered.metrics) }

func (Exports) Components() ([]Component, *Failure) { return list(registered.components) }

func (Exports) Describe(control Control) (Description, *Failure) {
	return answer(func() (Description, error) { return registered.describe(control) })
}

func (Exports) Measure(metrics []string, control Control) (Measurement, *Failure) {
	return answer(func() (Measurement, error) { return registered.measure(metrics, control) })
}

func (Exports) Adjust(adjustments []Adjustment, control Control) (Description, *Failure) {
	return answer(func() (Description, error) { return registered.adjust(adjustments, control) })
}

func (Exports) Checks() []Check { return registered.checks }

func (Exports) RunCheck(id string) (Outcome, *Failure) {
	for _, check := range registered.checks {
		if check.ID == id {
			return answer(check.Run)
		}
	}
	return Outcome{}, Failed.Errorf("there is no check `%s`", id)
}

func (Exports) RemedyCheck(id string) (string, *Failure) {
	for _, check := range registered.checks {
		if check.ID == id && check.Remedy != nil {
			return answer(check.Remedy)
		}
	}
	return "", Failed.Errorf("the check `%s` has no remedy", id)
}

func (Exports) Promote() *Failure { return done(registered.promote) }

func (Exports) Before(event, arguments string) *Failure {
	return hook(registered.before, event, arguments)
}

func (Exports) After(event, outcomes string) *Failure {
	return hook(registered.after, event, outcomes)
}

func hook(call func(string, json.RawMessage) error, event, text string) *Failure {
	return done(func() error {
		if call == nil {
			return nil
		}
		return call(event, json.RawMessage(text))
	})
}
