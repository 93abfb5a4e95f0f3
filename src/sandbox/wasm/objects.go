package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// renderedObject is one object as the tool printed it. File is what the tool says of where it comes from.
type renderedObject struct {
	Object json.RawMessage `json:"object"`
	File   string          `json:"file,omitempty"`
}

const sourceComment = "# Source: "

// splitManifests reads what a tool printed as the controllers do: the documents of a YAML stream, empty ones left out. The
// file of a document is what Helm's last "# Source:" comment names.
func splitManifests(text []byte) ([]renderedObject, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	objects := []renderedObject{}
	file := ""
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		file = sourceOf(document, file)
		object, err := yamlToJSON(document)
		if err != nil {
			return nil, &manifestError{file: file, err: err}
		}
		if len(object) == 0 || string(object) == "null" {
			continue
		}
		objects = append(objects, renderedObject{Object: object, File: file})
	}
}

// manifestError is text of a tool that is not YAML.
type manifestError struct {
	file string
	err  error
}

func (e *manifestError) Error() string {
	if e.file == "" {
		return "the output is not YAML: " + e.err.Error()
	}
	return "the output of " + e.file + " is not YAML: " + e.err.Error()
}

func sourceOf(document []byte, last string) string {
	for line := range strings.Lines(string(document)) {
		line = strings.TrimRight(line, "\r\n")
		if named, found := strings.CutPrefix(line, sourceComment); found {
			return named
		}
		if line != "" && line != "---" {
			return last
		}
	}
	return last
}
