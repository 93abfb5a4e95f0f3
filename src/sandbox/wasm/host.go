package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"unsafe"
)

// The host's answers: a length, or one of these. The bytes wait until they are taken.
const (
	hostAbsent  int32 = -1
	hostRefused int32 = -2
)

// hostFunctions are the questions that the host answers.
type hostFunctions struct {
	list, read, resolve func(source int32, path unsafe.Pointer, pathLength int32) int32
	remote              func(reference unsafe.Pointer, length int32) int32
	take                func(into unsafe.Pointer)
}

// host is there in the sandbox alone: unit tests run natively, on trees of their own.
var host hostFunctions

type hostEntry struct {
	Name string `json:"name"`
	// "file" or "directory"; the host follows symlinks.
	Type string `json:"type"`
}

// listFolder gives a folder of a source, sorted by name. Paths are from the root of the source, "" is the root.
// It fails with fs.ErrNotExist where there is no such folder.
func listFolder(source int, path string) ([]hostEntry, error) {
	answer, err := ask(host.list, "list", source, path)
	if err != nil {
		return nil, err
	}
	var entries []hostEntry
	if err := json.Unmarshal(answer, &entries); err != nil {
		return nil, fmt.Errorf("list %s: %w", path, err)
	}
	return entries, nil
}

// readFile gives a file of a source. It fails with fs.ErrNotExist where there is no such file.
func readFile(source int, path string) ([]byte, error) { return ask(host.read, "read", source, path) }

type hostPlace struct {
	Path string `json:"path"`
	// "file" or "directory".
	Type string `json:"type"`
}

// placeOf gives the path with every symlink followed, and what lies there. It fails with fs.ErrNotExist where there is
// nothing.
func placeOf(source int, path string) (hostPlace, error) {
	answer, err := ask(host.resolve, "resolve", source, path)
	if err != nil {
		return hostPlace{}, err
	}
	var place hostPlace
	if err := json.Unmarshal(answer, &place); err != nil {
		return hostPlace{}, fmt.Errorf("resolve %s: %w", path, err)
	}
	return place, nil
}

// resolvePath gives the path with every symlink followed.
func resolvePath(source int, path string) (string, error) {
	place, err := placeOf(source, path)
	return place.Path, err
}

func ask(question func(int32, unsafe.Pointer, int32) int32, verb string, source int, path string) ([]byte, error) {
	length := question(int32(source), unsafe.Pointer(unsafe.StringData(path)), int32(len(path)))
	switch {
	case length == hostAbsent:
		return nil, &fs.PathError{Op: verb, Path: path, Err: fs.ErrNotExist}
	case length < 0:
		// The host keeps its own error and throws that when the call has failed.
		return nil, &fs.PathError{Op: verb, Path: path, Err: fs.ErrPermission}
	}
	answer := make([]byte, length)
	host.take(unsafe.Pointer(unsafe.SliceData(answer)))
	return answer, nil
}
