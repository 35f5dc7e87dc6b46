//go:build wasip1

// Package import_progress takes progress and waiting to the host.
package import_progress

import (
	"math"
	"time"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	"servo.dev/sdk/host"
	"wit_component/import_contract"
	contract "wit_component/servo_connector_contract"
	progress "wit_component/servo_connector_progress"
)

func init() {
	host.Report = func(percent float32, message string, readings []host.Reading) bool {
		update := progress.Update{
			Percent:  witTypes.None[float32](),
			Message:  import_contract.Text(message),
			Readings: make([]contract.Reading, len(readings)),
		}
		if percent >= 0 {
			update.Percent = witTypes.Some(percent)
		}
		for i, reading := range readings {
			update.Readings[i] = import_contract.Scalar(servo.Scalar(reading))
		}
		return progress.Report(update) == progress.Directive_GoOn
	}
	host.Wait = func(duration time.Duration) bool {
		// Rounded up: waiting 0 ms until the last part of a millisecond has passed would be a busy loop.
		count := (duration + time.Millisecond - 1) / time.Millisecond
		return progress.Wait(uint32(min(count, math.MaxUint32))) == progress.Directive_GoOn
	}
}
