package servo

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// schemaOf is the JSON Schema (2020-12) of a settings type.
func schemaOf(value reflect.Value, tag reflect.StructTag) map[string]any {
	schema := map[string]any{}
	if own, ok := reflect.New(value.Type()).Interface().(reads); ok {
		schema = own.schema()
	} else {
		switch value.Kind() {
		case reflect.Pointer:
			return schemaOf(reflect.New(value.Type().Elem()).Elem(), tag)
		case reflect.Struct:
			schema = schemaOfStruct(value)
		case reflect.Slice:
			schema["type"] = "array"
			schema["items"] = schemaOf(reflect.New(value.Type().Elem()).Elem(), limits(tag))
		case reflect.Map:
			schema["type"] = "object"
			schema["additionalProperties"] = schemaOf(reflect.New(value.Type().Elem()).Elem(), limits(tag))
		case reflect.Interface:
			// Anything.
		default:
			schema["type"] = jsonType(value.Type())
			limit(schema, tag)
		}
	}
	if doc := tag.Get("doc"); doc != "" {
		schema["description"] = doc
	}
	if fallback, ok := tag.Lookup("default"); ok {
		schema["default"] = asJSON(fallback, value.Type())
	}
	return schema
}

func schemaOfStruct(value reflect.Value) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range fields(value) {
		properties[f.name] = schemaOf(f.value, f.tag)
		if f.required() {
			required = append(required, f.name)
		}
	}
	return map[string]any{
		"type":                 "object",
		"properties":           properties,
		"required":             required,
		"additionalProperties": false,
	}
}

func limit(schema map[string]any, tag reflect.StructTag) {
	if words := tag.Get("enum"); words != "" {
		schema["enum"] = strings.Split(words, ",")
	}
	for key, name := range map[string]string{"min": "minimum", "max": "maximum"} {
		if number, err := strconv.ParseFloat(tag.Get(key), 64); err == nil {
			schema[name] = number
		}
	}
}

// limits are what a tag says about the values in a list or map.
func limits(tag reflect.StructTag) reflect.StructTag {
	var kept []string
	for _, key := range []string{"enum", "min", "max"} {
		if text, ok := tag.Lookup(key); ok {
			kept = append(kept, key+":"+strconv.Quote(text))
		}
	}
	return reflect.StructTag(strings.Join(kept, " "))
}

func jsonType(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "integer"
	}
	panic("settings and events cannot have the type " + of.String())
}

// exampleOf is made of the example tags.
func exampleOf(value reflect.Value) map[string]any {
	example := map[string]any{}
	for _, f := range fields(value) {
		if text, ok := f.tag.Lookup("example"); ok {
			of := f.value.Type()
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			example[f.name] = asJSON(text, of)
		} else if f.value.Kind() == reflect.Struct {
			if inner := exampleOf(f.value); len(inner) > 0 {
				example[f.name] = inner
			}
		}
	}
	return example
}

func marshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("the tags of the settings are no JSON: " + err.Error())
	}
	return string(text)
}

func sortedKeys[T any](of map[string]T) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
