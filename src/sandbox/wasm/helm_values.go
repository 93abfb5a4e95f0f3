package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"
)

// helmValues is what overrides a chart's values, in the order in which Helm merges: files, then --set, --set-string,
// --set-file.
type helmValues struct {
	Files     []helmFile `json:"files"`
	Set       []string   `json:"set"`
	SetString []string   `json:"setString"`
	SetFile   []setFile  `json:"setFile"`
}

type helmFile struct {
	// What error messages call it.
	Name string `json:"name"`
	Text string `json:"text"`
}

type setFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func (v helmValues) merge() (map[string]any, error) {
	merged := map[string]any{}
	for _, file := range v.Files {
		values, err := loadValues([]byte(file.Text))
		if err != nil {
			return nil, &codedError{Code: "GDE_RENDER_HELM", Message: fmt.Sprintf("failed to parse %s: %v", file.Name, err), File: file.Name}
		}
		merged = loader.MergeMaps(merged, values)
	}
	for _, set := range v.Set {
		if err := strvals.ParseInto(set, merged); err != nil {
			return nil, fmt.Errorf("failed parsing --set data: %w", err)
		}
	}
	for _, set := range v.SetString {
		if err := strvals.ParseIntoString(set, merged); err != nil {
			return nil, fmt.Errorf("failed parsing --set-string data: %w", err)
		}
	}
	for index, set := range v.SetFile {
		// The parser asks for the file by the text after '=': the index stands for it.
		read := func(name []rune) (any, error) {
			if string(name) != strconv.Itoa(index) {
				return nil, fmt.Errorf("%s names more than one file", set.Name)
			}
			return set.Text, nil
		}
		if err := strvals.ParseIntoFile(set.Name+"="+strconv.Itoa(index), merged, read); err != nil {
			return nil, fmt.Errorf("failed parsing --set-file data: %w", err)
		}
	}
	return merged, nil
}

// loadValues is Helm's LoadValues.
func loadValues(text []byte) (map[string]any, error) {
	if values, isPlain := shortValues(text); isPlain {
		return values, nil
	}
	return loader.LoadValues(bytes.NewReader(text))
}

// shortValues reads values without the library, or says that it cannot tell.
func shortValues(text []byte) (map[string]any, bool) {
	if !bytes.HasSuffix(text, []byte("\n")) {
		text = append(slices.Clone(text), '\n')
	}
	node, isPlain := plainYAML(text)
	if !isPlain || node.kind != plainMap {
		return nil, false
	}
	value, isPlain := node.value()
	values, isMap := value.(map[string]any)
	return values, isPlain && isMap
}
