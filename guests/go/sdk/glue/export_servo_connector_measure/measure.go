//go:build wasip1

// Package export_servo_connector_measure answers the host: measurements.
package export_servo_connector_measure

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("measure") }

func Measure(
	metrics []string, control contract.Control,
) witTypes.Result[contract.Measurement, contract.Failure] {
	measurement, failure := exports.Measure(metrics, convert.Control(control))
	return convert.Result(func() contract.Measurement { return convert.Measurement(measurement) }, failure)
}
