//go:build wasip1

// Package export_servo_connector_promote answers the host: making the best settings permanent.
package export_servo_connector_promote

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("promote") }

func Promote() witTypes.Result[witTypes.Unit, contract.Failure] {
	return convert.Done(exports.Promote())
}
