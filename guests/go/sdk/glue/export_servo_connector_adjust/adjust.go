//go:build wasip1

// Package export_servo_connector_adjust answers the host: changes.
package export_servo_connector_adjust

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("adjust") }

func Adjust(
	adjustments []contract.Adjustment, control contract.Control,
) witTypes.Result[contract.Description, contract.Failure] {
	description, failure := exports.Adjust(convert.Adjustments(adjustments), convert.Control(control))
	return convert.Result(func() contract.Description { return convert.Description(description) }, failure)
}
