package servo

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Problem says what is wrong with the settings, and where: Pointer is a JSON pointer, empty for the whole.
type Problem struct {
	Pointer, Text string
}

// reads is implemented by settings that have a form of their own: endpoints, durations.
type reads interface {
	// read takes a JSON value and says what is wrong with it, or nothing.
	read(json.RawMessage) string
	schema() map[string]any
}

// field is a setting: an exported field of a struct.
type field struct {
	name  string
	tag   reflect.StructTag
	value reflect.Value
}

func fields(of reflect.Value) []field {
	var found []field
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		found = append(found, field{name, of.Type().Field(i).Tag, of.Field(i)})
	}
	return found
}

func (f field) required() bool {
	_, fallback := f.tag.Lookup("default")
	return !fallback && f.value.Kind() != reflect.Pointer
}

// read reads `raw` into `to` and returns what is wrong. It does by hand what encoding/json does, because that names
// neither the place of a value nor more than the first problem.
func read(raw json.RawMessage, to reflect.Value, tag reflect.StructTag, at string) []Problem {
	if own, ok := to.Addr().Interface().(reads); ok {
		if wrong := own.read(raw); wrong != "" {
			return []Problem{{at, wrong}}
		}
		return nil
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return read(raw, to.Elem(), tag, at)
	case reflect.Struct:
		return readStruct(raw, to, at)
	case reflect.Slice:
		return readSlice(raw, to, tag, at)
	case reflect.Map:
		return readMap(raw, to, tag, at)
	default:
		return readPlain(raw, to, tag, at)
	}
}

func readStruct(raw json.RawMessage, to reflect.Value, at string) []Problem {
	var values map[string]json.RawMessage
	if json.Unmarshal(raw, &values) != nil || values == nil {
		return []Problem{{at, fmt.Sprintf("%s, and an object is expected", kind(raw))}}
	}
	var problems []Problem
	for _, f := range fields(to) {
		value, given := values[f.name]
		delete(values, f.name)
		if fallback, ok := f.tag.Lookup("default"); !given && ok {
			value, given = asJSON(fallback, f.value.Type()), true
		}
		if given {
			problems = append(problems, read(value, f.value, f.tag, at+"/"+escape(f.name))...)
		} else if f.required() {
			problems = append(problems, Problem{at, fmt.Sprintf("the setting `%s` is missing", f.name)})
		}
	}
	for _, name := range sortedKeys(values) {
		problems = append(problems, Problem{at + "/" + escape(name), fmt.Sprintf("there is no setting `%s`", name)})
	}
	return problems
}

func readSlice(raw json.RawMessage, to reflect.Value, tag reflect.StructTag, at string) []Problem {
	var values []json.RawMessage
	if json.Unmarshal(raw, &values) != nil || values == nil {
		return []Problem{{at, fmt.Sprintf("%s, and a list is expected", kind(raw))}}
	}
	var problems []Problem
	to.Set(reflect.MakeSlice(to.Type(), len(values), len(values)))
	for i, value := range values {
		problems = append(problems, read(value, to.Index(i), tag, at+"/"+strconv.Itoa(i))...)
	}
	return problems
}

func readMap(raw json.RawMessage, to reflect.Value, tag reflect.StructTag, at string) []Problem {
	var values map[string]json.RawMessage
	if json.Unmarshal(raw, &values) != nil || values == nil {
		return []Problem{{at, fmt.Sprintf("%s, and an object is expected", kind(raw))}}
	}
	var problems []Problem
	to.Set(reflect.MakeMap(to.Type()))
	for _, name := range sortedKeys(values) {
		value := reflect.New(to.Type().Elem()).Elem()
		problems = append(problems, read(values[name], value, tag, at+"/"+escape(name))...)
		to.SetMapIndex(reflect.ValueOf(name), value)
	}
	return problems
}

func readPlain(raw json.RawMessage, to reflect.Value, tag reflect.StructTag, at string) []Problem {
	if string(raw) == "null" || json.Unmarshal(raw, to.Addr().Interface()) != nil {
		wanted := jsonType(to.Type())
		if kind(raw) == "a number" && wanted == "integer" {
			return []Problem{{at, fmt.Sprintf("%s is not a whole number from here: %s", raw, to.Type())}}
		}
		return []Problem{{at, fmt.Sprintf("%s, and a %s is expected", kind(raw), wanted)}}
	}
	if words := tag.Get("enum"); words != "" && to.Kind() == reflect.String {
		for _, word := range strings.Split(words, ",") {
			if to.String() == word {
				return nil
			}
		}
		return []Problem{{at, fmt.Sprintf("`%s` is not one of %s", to, strings.ReplaceAll(words, ",", ", "))}}
	}
	if number, ok := asNumber(to); ok {
		if min, err := strconv.ParseFloat(tag.Get("min"), 64); err == nil && number < min {
			return []Problem{{at, fmt.Sprintf("%g is less than %g", number, min)}}
		}
		if max, err := strconv.ParseFloat(tag.Get("max"), 64); err == nil && number > max {
			return []Problem{{at, fmt.Sprintf("%g is more than %g", number, max)}}
		}
	}
	return nil
}

func asNumber(value reflect.Value) (float64, bool) {
	switch {
	case value.CanInt():
		return float64(value.Int()), true
	case value.CanUint():
		return float64(value.Uint()), true
	case value.CanFloat():
		return value.Float(), true
	}
	return 0, false
}

// asJSON is the text of a tag as JSON: texts may stand without quotes.
func asJSON(text string, of reflect.Type) json.RawMessage {
	_, own := reflect.New(of).Interface().(reads)
	if of.Kind() == reflect.String || (own && !json.Valid([]byte(text))) {
		quoted, err := json.Marshal(text)
		if err == nil {
			return quoted
		}
	}
	return json.RawMessage(text)
}

// kind says what a JSON value is.
func kind(raw json.RawMessage) string {
	text := strings.TrimSpace(string(raw))
	switch {
	case text == "null":
		return "null"
	case text == "true" || text == "false":
		return "a boolean"
	case strings.HasPrefix(text, `"`):
		return "a text"
	case strings.HasPrefix(text, "["):
		return "a list"
	case strings.HasPrefix(text, "{"):
		return "an object"
	}
	return "a number"
}

// escape is a key as one step of a JSON pointer.
func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}
