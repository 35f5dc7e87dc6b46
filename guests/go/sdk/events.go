package servo

import (
	"encoding/json"
	"reflect"
)

// Definition is an event of the connector's own.
type Definition struct {
	// Name is 1 to 47 lower case letters, digits, `-`, `_` and `.`; the name of the connector as prefix helps.
	Name string
	// Description is one line for people.
	Description string
	// Parameters is JSON Schema of the arguments, which are an object, Returns that of what each handler returns.
	Parameters, Returns json.RawMessage
}

// handler handles a defined event.
type handler struct {
	name string
	// define is nil when another connector defines the event.
	define func() Definition
	call   func(arguments json.RawMessage) (any, error)
}

// OnEvent defines an event of the connector's own and handles it. P is a struct with the tags of settings; what it and
// R look like is what others see and what the host checks.
func OnEvent[P, R any](name, description string, call func(P) (R, error)) {
	registered.handlers = append(registered.handlers, handler{
		name: name,
		define: func() Definition {
			var wanted P
			var returned R
			return Definition{
				Name:        name,
				Description: description,
				Parameters:  json.RawMessage(marshal(schemaOf(reflect.ValueOf(&wanted).Elem(), ""))),
				Returns:     json.RawMessage(marshal(schemaOf(reflect.ValueOf(&returned).Elem(), ""))),
			}
		},
		call: func(arguments json.RawMessage) (any, error) {
			var wanted P
			for _, problem := range read(arguments, reflect.ValueOf(&wanted).Elem(), "", "") {
				return nil, Rejected.Errorf("invalid arguments of `%s`: %s: %s", name, problem.Pointer, problem.Text)
			}
			return call(wanted)
		},
	})
}

// OnHandle handles an event that another connector defines. What is returned must have a JSON form that fits the
// definition.
func OnHandle(name string, call func(arguments json.RawMessage) (any, error)) {
	registered.handlers = append(registered.handlers, handler{name: name, call: call})
}

// Declare is what was registered, and what OnDeclare adds to it.
func (Exports) Declare() (Declaration, *Failure) {
	return answer(func() (Declaration, error) {
		var declaration Declaration
		var err error
		if registered.declare != nil {
			declaration, err = registered.declare()
		}
		for _, handler := range registered.handlers {
			declaration.handles = append(declaration.handles, handler.name)
			if handler.define != nil {
				declaration.Events = append(declaration.Events, handler.define())
			}
		}
		return declaration, err
	})
}

// Handles are the names of the events that are handled.
func (declaration Declaration) Handles() []string { return declaration.handles }

// Handle calls what was registered for an event.
func (Exports) Handle(event, arguments string) (string, *Failure) {
	return answer(func() (string, error) {
		for _, handler := range registered.handlers {
			if handler.name != event {
				continue
			}
			result, err := handler.call(json.RawMessage(arguments))
			if err != nil {
				return "", err
			}
			text, err := json.Marshal(result)
			return string(text), err
		}
		return "", Failed.Errorf("nothing handles the event `%s`", event)
	})
}
