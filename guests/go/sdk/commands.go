package servo

import (
	"encoding/json"
	"time"
)

// ArgumentKind says what an argument is.
type ArgumentKind uint8

// A text is the usual case, so the zero value. A flag is a switch without a value.
const (
	KindText ArgumentKind = iota
	KindFlag
	KindNumber
	KindDuration
)

// Argument is an argument of a command: `--name`, or given by its place.
type Argument struct {
	// Name is lower case letters, digits and `-`, the first a letter.
	Name        string
	Description string
	Kind        ArgumentKind
	// Positional arguments are given by their place; only texts and numbers.
	Positional bool
	Required   bool
	// Repeated arguments may be given several times.
	Repeated bool
}

// Command is a command for the command line: `servo NAME COMMAND`.
type Command struct {
	Name        string
	Description string
	Arguments   []Argument
	Run         func(Given) (Answer, error)
}

// Given are the arguments of a command as they were given.
type Given struct {
	values map[string]json.RawMessage
}

// Column is a column of the table that people see.
type Column struct {
	// Heading is in upper case.
	Heading string
	// Pointer is a JSON pointer into each element of a list, or into the value.
	Pointer string
}

// Answer is what a command found: anything with a JSON form. Without columns it is printed as it is.
type Answer struct {
	Value   any
	Columns []Column
}

// OnCommand adds a command.
func OnCommand(command Command) { registered.commands = append(registered.commands, command) }

// Has says whether an argument was given.
func (given Given) Has(name string) bool { return given.values[name] != nil }

// Text is the value of an argument, or the fallback when it was not given.
func (given Given) Text(name, fallback string) string { return givenAs(given, name, fallback) }

// Number is the value of an argument, or the fallback when it was not given.
func (given Given) Number(name string, fallback float64) float64 {
	return givenAs(given, name, fallback)
}

// Duration is the value of an argument, or the fallback when it was not given.
func (given Given) Duration(name string, fallback time.Duration) time.Duration {
	milliseconds := float64(fallback) / float64(time.Millisecond)
	return time.Duration(givenAs(given, name, milliseconds) * float64(time.Millisecond))
}

// Texts are the values of a repeated argument.
func (given Given) Texts(name string) []string { return givenAs[[]string](given, name, nil) }

// Numbers are the values of a repeated argument.
func (given Given) Numbers(name string) []float64 { return givenAs[[]float64](given, name, nil) }

// givenAs is what was given as its type; the host has read it, so that there is nothing wrong with it.
func givenAs[T any](given Given, name string, fallback T) T {
	value := fallback
	if raw := given.values[name]; raw == nil || json.Unmarshal(raw, &value) != nil {
		return fallback
	}
	return value
}

// Commands are those that were added.
func (Exports) Commands() []Command { return registered.commands }

// RunCommand runs one of them; its value as JSON.
func (Exports) RunCommand(name, arguments string) (string, []Column, *Failure) {
	type done struct {
		value   string
		columns []Column
	}
	found, failure := answer(func() (done, error) {
		for _, command := range registered.commands {
			if command.Name != name {
				continue
			}
			given := Given{}
			if err := json.Unmarshal([]byte(arguments), &given.values); err != nil {
				return done{}, err
			}
			answer, err := command.Run(given)
			if err != nil {
				return done{}, err
			}
			value, err := json.Marshal(answer.Value)
			return done{string(value), answer.Columns}, err
		}
		return done{}, Failed.Errorf("there is no command `%s`", name)
	})
	return found.value, found.columns, failure
}
