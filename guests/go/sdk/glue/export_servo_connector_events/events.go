//go:build wasip1

// Package export_servo_connector_events answers the host: events that connectors define.
package export_servo_connector_events

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("events") }

func Handle(event, arguments string) witTypes.Result[string, contract.Failure] {
	result, failure := exports.Handle(event, arguments)
	return convert.Result(func() string { return convert.Text(result) }, failure)
}
