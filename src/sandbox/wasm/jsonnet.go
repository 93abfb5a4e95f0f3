package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/google/go-jsonnet"
)

func init() { register("jsonnet", runJsonnet) }

type jsonnetVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Code  bool   `json:"code"`
}

type jsonnetInput struct {
	Source int `json:"source"`
	// From the root of the source.
	File    string            `json:"file"`
	Libs    []string          `json:"libs"`
	ExtVars []jsonnetVariable `json:"extVars"`
	TLAs    []jsonnetVariable `json:"tlas"`
}

type jsonnetOutput struct {
	Value json.RawMessage `json:"value"`
}

func runJsonnet(input jsonnetInput) (jsonnetOutput, error) {
	vm := jsonnet.MakeVM()
	for _, variable := range input.TLAs {
		if variable.Code {
			vm.TLACode(variable.Name, variable.Value)
		} else {
			vm.TLAVar(variable.Name, variable.Value)
		}
	}
	for _, variable := range input.ExtVars {
		if variable.Code {
			vm.ExtCode(variable.Name, variable.Value)
		} else {
			vm.ExtVar(variable.Name, variable.Value)
		}
	}
	vm.Importer(&treeImporter{source: input.Source, libs: input.Libs, contents: map[string]jsonnet.Contents{}})
	value, err := vm.EvaluateFile(input.File)
	if err != nil {
		return jsonnetOutput{}, &codedError{Code: "GDE_RENDER_JSONNET", Message: strings.TrimSpace(err.Error()), File: input.File}
	}
	return jsonnetOutput{Value: json.RawMessage(value)}, nil
}

// treeImporter finds imports as jsonnet's own FileImporter does: beside the importing file, then in the libraries, the last
// one first.
type treeImporter struct {
	source   int
	libs     []string
	contents map[string]jsonnet.Contents
}

func (i *treeImporter) Import(importedFrom, importedPath string) (jsonnet.Contents, string, error) {
	contents, foundAt, err := i.try(path.Dir(importedFrom), importedPath)
	for index := len(i.libs) - 1; index >= 0 && errors.Is(err, fs.ErrNotExist); index-- {
		contents, foundAt, err = i.try(i.libs[index], importedPath)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return jsonnet.Contents{}, "", fmt.Errorf("couldn't open import %q: no match locally or in the Jsonnet library paths", importedPath)
	}
	return contents, foundAt, err
}

func (i *treeImporter) try(folder, imported string) (jsonnet.Contents, string, error) {
	if path.IsAbs(imported) {
		return jsonnet.Contents{}, "", outsideError(imported)
	}
	file := path.Join(folder, imported)
	if file == ".." || strings.HasPrefix(file, "../") {
		return jsonnet.Contents{}, "", outsideError(imported)
	}
	// One content per path: jsonnet compares them by identity.
	if known, found := i.contents[file]; found {
		return known, file, nil
	}
	content, err := readFile(i.source, file)
	if err != nil {
		return jsonnet.Contents{}, "", err
	}
	contents := jsonnet.MakeContentsRaw(content)
	i.contents[file] = contents
	return contents, file, nil
}

func outsideError(path string) error {
	return &codedError{Code: "GDE_RENDER_OUTSIDE", Message: fmt.Sprintf("%s lies outside the repository", path)}
}
