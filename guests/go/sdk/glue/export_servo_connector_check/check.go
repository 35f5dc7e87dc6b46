//go:build wasip1

// Package export_servo_connector_check answers the host: checks.
package export_servo_connector_check

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	wit "wit_component/servo_connector_check"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("check") }

var severities = map[servo.Severity]wit.Severity{
	servo.Warning: wit.Severity_Warning, servo.Common: wit.Severity_Common, servo.Critical: wit.Severity_Critical,
}

func List() witTypes.Result[[]wit.Info, contract.Failure] {
	var infos []wit.Info
	for _, check := range exports.Checks() {
		infos = append(infos, wit.Info{
			Id:          convert.Text(check.ID),
			Name:        convert.Text(check.Name),
			Description: convert.Text(check.Description),
			Severity:    severities[check.Severity],
			Tags:        check.Tags,
			Remedy:      check.Remedy != nil,
		})
	}
	return witTypes.Ok[[]wit.Info, contract.Failure](infos)
}

func Run(id string) witTypes.Result[wit.Outcome, contract.Failure] {
	outcome, failure := exports.RunCheck(id)
	return convert.Result(func() wit.Outcome {
		return wit.Outcome{
			Passed:  outcome.Passed,
			Message: convert.Text(outcome.Message),
			Hint:    convert.Optional(outcome.Hint),
		}
	}, failure)
}

func Remedy(id string) witTypes.Result[string, contract.Failure] {
	done, failure := exports.RemedyCheck(id)
	return convert.Result(func() string { return convert.Text(done) }, failure)
}
