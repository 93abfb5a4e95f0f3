package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
)

// Bytes of files whose charts are kept: most fleets render few charts with many values.
const maxKeptChartBytes = 8 << 20

// keptCharts are charts as they were loaded, by the names and contents of all their files.
var keptCharts = newKeptValues[string, *chart.Chart](maxKeptChartBytes)

// chartOfFiles is Helm's LoadFiles.
func chartOfFiles(files []*archive.BufferedFile) (*chart.Chart, error) {
	var key strings.Builder
	for _, file := range files {
		key.WriteString(strconv.Itoa(len(file.Name)))
		key.WriteByte(' ')
		key.WriteString(strconv.Itoa(len(file.Data)))
		key.WriteByte(' ')
		key.WriteString(file.Name)
		key.Write(file.Data)
	}
	if kept, isKept := keptCharts.get(key.String()); isKept {
		return copyOfChart(kept), nil
	}
	loaded, err := loadChartOfFiles(files)
	if err == nil && keptCharts.isAskedAgain(key.String()) {
		keptCharts.put(key.String(), copyOfChart(loaded), key.Len())
	}
	return loaded, err
}

// copyOfChart shares with the chart only what nobody changes: the files themselves.
func copyOfChart(original *chart.Chart) *chart.Chart {
	copied := *original
	copied.Raw = slices.Clone(original.Raw)
	copied.Templates = slices.Clone(original.Templates)
	copied.Files = slices.Clone(original.Files)
	copied.Metadata = copyOfMetadata(original.Metadata)
	if original.Lock != nil {
		lock := *original.Lock
		lock.Dependencies = copyOfDependencies(lock.Dependencies)
		copied.Lock = &lock
	}
	if original.Values != nil {
		copied.Values = copyOfMap(original.Values)
	}
	copied.SetDependencies()
	for _, dependency := range original.Dependencies() {
		copied.AddDependency(copyOfChart(dependency))
	}
	return &copied
}

func copyOfMetadata(original *chart.Metadata) *chart.Metadata {
	copied := *original
	copied.Sources = slices.Clone(original.Sources)
	copied.Keywords = slices.Clone(original.Keywords)
	copied.Annotations = maps.Clone(original.Annotations)
	copied.Maintainers = slices.Clone(original.Maintainers)
	for index, maintainer := range copied.Maintainers {
		of := *maintainer
		copied.Maintainers[index] = &of
	}
	copied.Dependencies = copyOfDependencies(original.Dependencies)
	return &copied
}

// copyOfDependencies leaves nil what is nil: a lock may say so.
func copyOfDependencies(original []*chart.Dependency) []*chart.Dependency {
	copied := slices.Clone(original)
	for index, dependency := range copied {
		if dependency == nil {
			continue
		}
		of := *dependency
		of.Tags = slices.Clone(of.Tags)
		of.ImportValues = slices.Clone(of.ImportValues)
		for at, value := range of.ImportValues {
			of.ImportValues[at] = copyOfValue(value)
		}
		copied[index] = &of
	}
	return copied
}

func copyOfMap(original map[string]any) map[string]any {
	copied := make(map[string]any, len(original))
	for key, value := range original {
		copied[key] = copyOfValue(value)
	}
	return copied
}

// copyOfValue copies what is read from JSON.
func copyOfValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return copyOfMap(value)
	case []any:
		copied := make([]any, len(value))
		for index, item := range value {
			copied[index] = copyOfValue(item)
		}
		return copied
	default:
		return value
	}
}
