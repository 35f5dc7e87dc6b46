//go:build wasip1

// Package export_servo_connector_inventory answers the host: what can be measured and changed.
package export_servo_connector_inventory

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("inventory") }

func Metrics() witTypes.Result[[]contract.Metric, contract.Failure] {
	metrics, failure := exports.Metrics()
	return convert.Result(func() []contract.Metric { return convert.Metrics(metrics) }, failure)
}

func Components() witTypes.Result[[]contract.Component, contract.Failure] {
	components, failure := exports.Components()
	return convert.Result(func() []contract.Component { return convert.Components(components) }, failure)
}
