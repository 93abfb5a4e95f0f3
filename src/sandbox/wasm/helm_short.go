package main

import (
	"encoding/json"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
)

// loadChartOfFiles has Helm load a chart without its values and its metadata where these can be read the short way, and puts them back.
func loadChartOfFiles(files []*archive.BufferedFile) (*chart.Chart, error) {
	others := slices.Clone(files)
	valuesAt, values, hasValues := readShort(files, chartutil.ValuesfileName, shortValues)
	if hasValues {
		others[valuesAt] = &archive.BufferedFile{Name: files[valuesAt].Name, ModTime: files[valuesAt].ModTime}
	}
	metadataAt, metadata, hasMetadata := readShort(files, chartutil.ChartfileName, shortMetadata)
	if hasMetadata = hasMetadata && !slices.ContainsFunc(files, isRequirements); hasMetadata {
		others[metadataAt] = &archive.BufferedFile{Name: files[metadataAt].Name, ModTime: files[metadataAt].ModTime, Data: anyMetadata}
	}
	loaded, err := loader.LoadFiles(others)
	if err != nil {
		// Its words may name the chart.
		return loader.LoadFiles(files)
	}
	if hasValues {
		loaded.Values = values
		loaded.Raw[valuesAt].Data = files[valuesAt].Data
	}
	if hasMetadata {
		loaded.Metadata = metadata
		loaded.Raw[metadataAt].Data = files[metadataAt].Data
	}
	return loaded, nil
}

// readShort reads a file that is there once.
func readShort[Value any](files []*archive.BufferedFile, name string, read func([]byte) (Value, bool)) (at int, value Value, isShort bool) {
	isFile := func(file *archive.BufferedFile) bool { return file.Name == name }
	at = slices.IndexFunc(files, isFile)
	if at < 0 || slices.ContainsFunc(files[at+1:], isFile) {
		return at, value, false
	}
	value, isShort = read(files[at].Data)
	return at, value, isShort
}

// What Helm reads in the place of metadata that were read already.
var anyMetadata = []byte("{apiVersion: v2, name: a, version: 1.0.0}")

// isRequirements is true of files that Helm reads into the metadata of old charts.
func isRequirements(file *archive.BufferedFile) bool {
	return strings.HasPrefix(file.Name, "requirements.")
}

// shortMetadata reads a Chart.yaml as Helm does without the library, or says that it cannot tell: where the library makes texts of numbers, and
// where there is an error.
func shortMetadata(text []byte) (*chart.Metadata, bool) {
	node, isPlain := plainYAML(text)
	if !isPlain || node.kind != plainMap {
		return nil, false
	}
	metadata := new(chart.Metadata)
	if json.Unmarshal(node.json(len(text)), metadata) != nil {
		return nil, false
	}
	if metadata.APIVersion == "" {
		metadata.APIVersion = chart.APIVersionV1
	}
	return metadata, metadata.Validate() == nil
}
