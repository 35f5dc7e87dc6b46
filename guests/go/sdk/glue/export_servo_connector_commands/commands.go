//go:build wasip1

// Package export_servo_connector_commands answers the host: commands for the command line.
package export_servo_connector_commands

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	servo "servo.dev/sdk"
	convert "wit_component/import_contract"
	wit "wit_component/servo_connector_commands"
	contract "wit_component/servo_connector_contract"
)

var exports servo.Exports

func init() { exports.Has("commands") }

var kinds = map[servo.ArgumentKind]wit.Kind{
	servo.KindFlag:     wit.Kind_Flag,
	servo.KindText:     wit.Kind_Text,
	servo.KindNumber:   wit.Kind_Number,
	servo.KindDuration: wit.Kind_Duration,
}

func List() []wit.Command {
	var commands []wit.Command
	for _, command := range exports.Commands() {
		var arguments []wit.Argument
		for _, argument := range command.Arguments {
			arguments = append(arguments, wit.Argument{
				Name:        convert.Text(argument.Name),
				Description: convert.Text(argument.Description),
				Kind:        kinds[argument.Kind],
				Positional:  argument.Positional,
				Required:    argument.Required,
				Repeated:    argument.Repeated,
			})
		}
		commands = append(commands, wit.Command{
			Name:        convert.Text(command.Name),
			Description: convert.Text(command.Description),
			Arguments:   arguments,
		})
	}
	return commands
}

func Run(command, arguments string) witTypes.Result[wit.Answer, contract.Failure] {
	value, columns, failure := exports.RunCommand(command, arguments)
	return convert.Result(func() wit.Answer {
		var shown []wit.Column
		for _, column := range columns {
			shown = append(shown, wit.Column{Heading: convert.Text(column.Heading), Pointer: convert.Text(column.Pointer)})
		}
		return wit.Answer{Value: convert.Text(value), Columns: shown}
	}, failure)
}
