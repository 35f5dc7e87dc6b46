//go:build wasip1

// Package import_log takes the log lines to the host.
package import_log

import (
	"servo.dev/sdk/host"
	"wit_component/import_contract"
	log "wit_component/servo_connector_log"
)

func init() {
	host.Log = func(level uint8, message string) { log.Write(log.Level(level), import_contract.Text(message)) }
}
