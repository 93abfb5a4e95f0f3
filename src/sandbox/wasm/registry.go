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

// dispatch runs a function.
func dispatch(name string, input []byte) (output []byte, failed bool) {
	output, err := withSharedTrees(func() ([]byte, error) { return answerOf(name, input) })
	if err != nil {
		return encodeFailure(err), true
	}
	return output, false
}

// answerOf gives the JSON of what a function returns. A panic of upstream's code is an answer like any other error; running out of memory
// is not, it ends the instance.
func answerOf(name string, input []byte) (output []byte, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			output, err = nil, fmt.Errorf("%s: panic: %v", name, thrown)
		}
	}()
	run, known := functions[name]
	if !known {
		return nil, fmt.Errorf("no function %q", name)
	}
	value, err := run(input)
	if err != nil {
		return nil, err
	}
	encoded, err := encode(value)
	if err != nil {
		return nil, fmt.Errorf("%s: output: %w", name, err)
	}
	if len(encoded) > maxOutputBytes {
		return nil, outputTooLarge()
	}
	return encoded, nil
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
