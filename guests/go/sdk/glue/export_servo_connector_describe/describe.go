//go:build wasip1

// Package export_servo_connector_describe answers the host: the state of the application.
package export_servo_connector_describe

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("describe") }

func Describe(control contract.Control) witTypes.Result[contract.Description, contract.Failure] {
	description, failure := exports.Describe(convert.Control(control))
	return convert.Result(func() contract.Description { return convert.Description(description) }, failure)
}
