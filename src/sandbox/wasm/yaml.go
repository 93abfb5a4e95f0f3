package main

import (
	"bytes"
	"encoding/json"

	"sigs.k8s.io/yaml"
)

func init() { register("yaml", runYaml) }

type yamlInput struct {
	Text string `json:"text"`
}

type yamlOutput struct {
	Value json.RawMessage `json:"value"`
}

// runYaml reads one YAML document as Kubernetes does: by the library, whatever the short way makes of it, since others are held against it.
func runYaml(input yamlInput) (yamlOutput, error) {
	value, err := yaml.YAMLToJSON([]byte(input.Text))
	if err != nil {
		return yamlOutput{}, err
	}
	return yamlOutput{Value: value}, nil
}

var documentStart = []byte("---\n")

// yamlToJSON is yaml.YAMLToJSON.
func yamlToJSON(document []byte) ([]byte, error) {
	if object, isPlain := plainJSON(bytes.TrimPrefix(document, documentStart)); isPlain {
		return object, nil
	}
	return yaml.YAMLToJSON(document)
}
