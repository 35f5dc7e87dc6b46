//go:build wasip1

// Package export_servo_connector_declarations answers the host: what depends on settings.
package export_servo_connector_declarations

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
	wit "wit_component/servo_connector_declarations"
)

var exports servo.Exports

func init() { exports.Has("declarations") }

func Declare() witTypes.Result[wit.Declaration, contract.Failure] {
	declaration, failure := exports.Declare()
	return convert.Result(func() wit.Declaration {
		var hooks []wit.Hook
		for _, hook := range declaration.Hooks {
			moment := wit.Moment_Before
			if hook.After {
				moment = wit.Moment_After
			}
			hooks = append(hooks, wit.Hook{Event: convert.Text(hook.Event), Moment: moment})
		}
		var events []wit.Definition
		for _, event := range declaration.Events {
			events = append(events, wit.Definition{
				Name:        convert.Text(event.Name),
				Description: convert.Text(event.Description),
				Parameters:  convert.Text(string(event.Parameters)),
				Returns:     convert.Text(string(event.Returns)),
			})
		}
		return wit.Declaration{Hooks: hooks, Events: events, Handles: declaration.Handles()}
	}, failure)
}
