package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unsafe"
)

// remoteReference is what a file of a source names that lies elsewhere (src/model/sources/remote-reference.ts).
type remoteReference struct {
	// "git", "file", "helm" or "oci".
	Type     string `json:"type"`
	URL      string `json:"url"`
	Revision string `json:"revision,omitempty"`
	Chart    string `json:"chart,omitempty"`
	Version  string `json:"version,omitempty"`
	// Who names it: people look for it there.
	File string `json:"file,omitempty"`
}

// errRemoteNeeded says that the host does not have it yet. The host remembers what it was asked for, so the call may fail in any way.
var errRemoteNeeded = errors.New("what lies elsewhere is not there yet")

// remoteFailure says that it cannot be had.
type remoteFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (f *remoteFailure) Error() string { return f.Message }

// coded gives the error of who cannot do without it.
func (f *remoteFailure) coded(what, file string) *codedError {
	message := f.Message
	if !strings.HasPrefix(message, what+": ") {
		message = what + ": " + message
	}
	return &codedError{Code: f.Code, Message: message, File: file}
}

// codedBase gives the error of a kustomization, for which a server that does not answer is the same as a base that may not be remote: what
// helps is to have it nearer. Any other failure says itself what to do.
func (f *remoteFailure) codedBase(what, file string) *codedError {
	coded := f.coded(what, file)
	if f.Code == "GDE_GIT_UNREACHABLE" || f.Code == "GDE_SOURCE_UNREACHABLE" {
		coded.Code = "GDE_RENDER_REMOTE_BASE"
	}
	return coded
}

type remoteAnswer struct {
	Source  int            `json:"source"`
	Failure *remoteFailure `json:"failure"`
}

// remoteSource gives the index of the source that holds it, errRemoteNeeded or a remoteFailure.
func remoteSource(reference remoteReference) (int, error) {
	question, err := json.Marshal(reference)
	if err != nil {
		return 0, err
	}
	answer, err := ask(ignoringSource(host.remote), "find", 0, string(question))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errRemoteNeeded
	}
	if err != nil {
		return 0, err
	}
	var known remoteAnswer
	if err := json.Unmarshal(answer, &known); err != nil {
		return 0, fmt.Errorf("%s: %w", reference.Type, err)
	}
	if known.Failure != nil {
		return 0, known.Failure
	}
	return known.Source, nil
}

func ignoringSource(question func(unsafe.Pointer, int32) int32) func(int32, unsafe.Pointer, int32) int32 {
	return func(_ int32, text unsafe.Pointer, length int32) int32 { return question(text, length) }
}
