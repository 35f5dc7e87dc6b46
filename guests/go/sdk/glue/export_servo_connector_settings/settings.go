//go:build wasip1

// Package export_servo_connector_settings answers the host: the settings.
package export_servo_connector_settings

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	wit "wit_component/servo_connector_settings"
)

var exports servo.Exports

func init() { exports.Has("settings") }

func Schema() string { return exports.Schema() }

func Example() string { return exports.Example() }

func Configure(settings string) witTypes.Result[witTypes.Unit, []wit.Problem] {
	var problems []wit.Problem
	for _, problem := range exports.Configure(settings) {
		problems = append(problems, wit.Problem{
			Pointer: convert.Text(problem.Pointer), Text: convert.Text(problem.Text),
		})
	}
	if problems != nil {
		return witTypes.Err[witTypes.Unit](problems)
	}
	return witTypes.Ok[witTypes.Unit, []wit.Problem](witTypes.Unit{})
}
