package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

var functions = map[string]func(input []byte) (any, error){}

// register makes a function callable by name: its input is decoded from JSON and its output encoded to JSON.
func register[Input, Output any](name string, run func(Input) (Output, error)) {
	functions[name] = func(input []byte) (any, error) {
		var decoded Input
		if err := json.Unmarshal(input, &decoded); err != nil {
			return nil, fmt.Errorf("%s: input: %w", name, err)
		}
		return run(decoded)
	}
}

// dispatch runs a function. A panic of upstream's code is an answer like any other error; running out of memory is not,
// it ends the instance.
func dispatch(name string, input []byte) (output []byte, failed bool) {
	defer func() {
		if thrown := recover(); thrown != nil {
			output, failed = encodeFailure(fmt.Errorf("%s: panic: %v", name, thrown)), true
		}
	}()
	run, known := functions[name]
	if !known {
		return encodeFailure(fmt.Errorf("no function %q", name)), true
	}
	value, err := run(input)
	if err != nil {
		return encodeFailure(err), true
	}
	encoded, err := encode(value)
	if err != nil {
		return encodeFailure(fmt.Errorf("%s: output: %w", name, err)), true
	}
	if len(encoded) > maxOutputBytes {
		return encodeFailure(outputTooLarge()), true
	}
	return encoded, false
}

// What one call may answer: the host has to parse it all.
const maxOutputBytes = 64 << 20

func outputTooLarge() error {
	return &codedError{Code: "GDE_TOO_LARGE", Message: fmt.Sprintf("the output is larger than %d bytes", maxOutputBytes)}
}

// encode leaves '<', '>' and '&' as they are: the answer is data, not HTML.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}
