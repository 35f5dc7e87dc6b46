//go:build wasip1

// Package export_servo_connector_hooks answers the host: hooks.
package export_servo_connector_hooks

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("hooks") }

func Before(event, arguments string) witTypes.Result[witTypes.Unit, contract.Failure] {
	return convert.Done(exports.Before(event, arguments))
}

func After(event, outcomes string) witTypes.Result[witTypes.Unit, contract.Failure] {
	return convert.Done(exports.After(event, outcomes))
}
