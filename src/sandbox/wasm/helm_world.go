package main

import (
	"maps"
	"reflect"
	"slices"
	"text/template"
	"time"
	_ "time/tzdata" // Templates may name time zones, and there is no file system to read them from.

	"github.com/Masterminds/sprig/v3"
)

// sprigFunctions never change: who changes one of them takes a copy.
var sprigFunctions = sprig.TxtFuncMap()

// Functions of sprig that draw on randomness or the clock: no two renderings agree.
var worldFunctionNames = []string{
	"ago", "bcrypt", "encryptAES", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert", "genSelfSignedCertWithKey",
	"genSignedCert", "genSignedCertWithKey", "htpasswd", "randAlpha", "randAlphaNum", "randAscii", "randBytes", "randInt",
	"randNumeric", "shuffle", "uuidv4",
}

// Functions that take the current time only for what is no time.
var dateFunctionNames = []string{"date", "dateInZone", "date_in_zone", "htmlDate", "htmlDateInZone"}

// worldFunctions are sprig's functions that give another result each time, made to say so. What they give is upstream's.
func worldFunctions() template.FuncMap {
	functions := template.FuncMap{"keys": worldKeys, "values": worldValues}
	for _, name := range worldFunctionNames {
		functions[name] = watched(sprigFunctions[name], func([]reflect.Value) bool { return true })
	}
	// Printed as it is, a time shows the monotonic clock, which is not given.
	functions["now"] = func() time.Time {
		useWorld()
		return time.Now().Round(0)
	}
	for _, name := range dateFunctionNames {
		functions[name] = watched(sprigFunctions[name], hasNoTime)
	}
	return functions
}

// watched is the function itself, which says that it used the world when its arguments make it do so.
func watched(function any, uses func(arguments []reflect.Value) bool) any {
	original := reflect.ValueOf(function)
	return reflect.MakeFunc(original.Type(), func(arguments []reflect.Value) []reflect.Value {
		if uses(arguments) {
			useWorld()
		}
		if original.Type().IsVariadic() {
			return original.CallSlice(arguments)
		}
		return original.Call(arguments)
	}).Interface()
}

func hasNoTime(arguments []reflect.Value) bool {
	for _, argument := range arguments {
		switch argument.Interface().(type) {
		case time.Time, *time.Time, int, int32, int64:
			return false
		}
	}
	return true
}

// worldKeys and worldValues replace sprig's, whose order is that of a Go map and so changes from call to call: here the
// world says whether it is ascending or descending, and two worlds show whether the order matters.
func worldKeys(dicts ...map[string]any) []string {
	var keys []string
	for _, dict := range dicts {
		keys = append(keys, orderedKeys(dict)...)
	}
	return keys
}

func worldValues(dict map[string]any) []any {
	values := []any{}
	for _, key := range orderedKeys(dict) {
		values = append(values, dict[key])
	}
	return values
}

func orderedKeys(dict map[string]any) []string {
	keys := slices.Sorted(maps.Keys(dict))
	if len(keys) > 1 {
		world.used = true
		if world.seed%2 == 1 {
			slices.Reverse(keys)
		}
	}
	return keys
}
