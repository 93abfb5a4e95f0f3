package main

import (
	"encoding/json"
	"errors"
)

// codedError is one of the exporter's coded errors (src/model/errors.ts). Any other error gets the code of the function
// that was called, on the host's side.
type codedError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

func (e *codedError) Error() string { return e.Message }

func encodeFailure(err error) []byte {
	var coded *codedError
	if !errors.As(err, &coded) {
		coded = &codedError{Message: err.Error()}
	}
	encoded, encodeErr := json.Marshal(coded)
	if encodeErr != nil {
		return []byte(`{"code":"","message":"an error that cannot be told"}`)
	}
	return encoded
}
