package main

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// testTree is a source in memory: texts by path.
type testTree map[string]string

// testHost answers as the real host does, from sources in memory.
type testHost struct {
	sources []testTree
	// By what was asked for, without the file that names it.
	remotes map[remoteReference]remoteAnswer
	asked   []remoteReference
	waiting []byte
}

// give makes the host that of the test. Files of remotes come after the sources.
func (h *testHost) give(t *testing.T) {
	before := host
	t.Cleanup(func() { host = before })
	host = hostFunctions{
		list: func(source int32, name unsafe.Pointer, length int32) int32 { return h.list(source, text(name, length)) },
		read: func(source int32, name unsafe.Pointer, length int32) int32 { return h.read(source, text(name, length)) },
		resolve: func(source int32, name unsafe.Pointer, length int32) int32 {
			return h.resolve(source, text(name, length))
		},
		remote: func(question unsafe.Pointer, length int32) int32 { return h.remote(text(question, length)) },
		take:   func(into unsafe.Pointer) { copy(unsafe.Slice((*byte)(into), len(h.waiting)), h.waiting) },
	}
}

func text(start unsafe.Pointer, length int32) string {
	return strings.Clone(unsafe.String((*byte)(start), length))
}

func (h *testHost) answer(value any) int32 {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	h.waiting = encoded
	return int32(len(encoded))
}

func (h *testHost) isFolder(source int32, name string) bool {
	for file := range h.sources[source] {
		if name == "" || strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

func (h *testHost) list(source int32, folder string) int32 {
	if !h.isFolder(source, folder) {
		return hostAbsent
	}
	entries := []hostEntry{}
	for file := range h.sources[source] {
		below, isBelow := strings.CutPrefix(file, folder+"/")
		if folder == "" {
			below, isBelow = file, true
		}
		if !isBelow {
			continue
		}
		name, _, isFolder := strings.Cut(below, "/")
		entry := hostEntry{Name: name, Type: "file"}
		if isFolder {
			entry.Type = "directory"
		}
		if !slices.Contains(entries, entry) {
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(one, other hostEntry) int { return strings.Compare(one.Name, other.Name) })
	return h.answer(entries)
}

func (h *testHost) read(source int32, name string) int32 {
	content, isThere := h.sources[source][name]
	if !isThere {
		return hostAbsent
	}
	h.waiting = []byte(content)
	return int32(len(content))
}

func (h *testHost) resolve(source int32, name string) int32 {
	cleaned := strings.TrimPrefix(path.Clean("/"+name), "/")
	if _, isFile := h.sources[source][cleaned]; isFile {
		return h.answer(hostPlace{Path: cleaned, Type: "file"})
	}
	if h.isFolder(source, cleaned) {
		return h.answer(hostPlace{Path: cleaned, Type: "directory"})
	}
	return hostAbsent
}

func (h *testHost) remote(question string) int32 {
	var reference remoteReference
	if err := json.Unmarshal([]byte(question), &reference); err != nil {
		panic(err)
	}
	h.asked = append(h.asked, reference)
	reference.File = ""
	answer, isKnown := h.remotes[reference]
	if !isKnown {
		return hostAbsent
	}
	return h.answer(answer)
}
