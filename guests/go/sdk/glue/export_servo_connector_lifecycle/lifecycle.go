//go:build wasip1

// Package export_servo_connector_lifecycle answers the host: start and end.
package export_servo_connector_lifecycle

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("lifecycle") }

func Startup() witTypes.Result[witTypes.Unit, contract.Failure] {
	return convert.Done(exports.Startup())
}

func Shutdown(reason string) witTypes.Result[witTypes.Unit, contract.Failure] {
	return convert.Done(exports.Shutdown(reason))
}
