package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"
)

var utf8Mark = []byte{0xEF, 0xBB, 0xBF}

// loadChart reads a chart's folder as Helm's directory loader does, .helmignore included.
func loadChart(source tree, folder string) (*chart.Chart, error) {
	return loadChartFiles(source, folder, func(string, []byte) bool { return true })
}

// loadChartFiles leaves out the files that keep does not want.
func loadChartFiles(source tree, folder string, keep func(name string, data []byte) bool) (*chart.Chart, error) {
	rules, err := ignoreRules(source, folder)
	if err != nil {
		return nil, err
	}
	return loadFiles(source, folder, rules, keep)
}

// loadEveryFile reads a chart as Helm reads it from an archive.
func loadEveryFile(source tree, folder string) (*chart.Chart, error) {
	return loadFiles(source, folder, ignore.Empty(), func(string, []byte) bool { return true })
}

func loadArchive(data []byte) (*chart.Chart, error) { return loader.LoadArchive(bytes.NewReader(data)) }

func loadFiles(source tree, folder string, rules *ignore.Rules, keep func(name string, data []byte) bool) (*chart.Chart, error) {
	var files []*archive.BufferedFile
	size := int64(0)
	err := walkTree(source, folder, func(name string, entry treeEntry) error {
		if rules.Ignore(name, entry) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		data, err := source.read(path.Join(folder, name))
		if err != nil {
			return fmt.Errorf("error reading %s: %w", name, err)
		}
		if size += int64(len(data)); size > archive.MaxDecompressedChartSize {
			return &codedError{Code: "GDE_TOO_LARGE", Message: fmt.Sprintf("the chart is larger than %d bytes", archive.MaxDecompressedChartSize)}
		}
		if keep(name, data) {
			files = append(files, &archive.BufferedFile{Name: name, Data: bytes.TrimPrefix(data, utf8Mark)})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return chartOfFiles(files)
}

// Bytes of .helmignore files whose rules are kept: nearly all charts have that of `helm create`.
const maxKeptIgnoreBytes = 64 << 10

var keptRules = newKeptValues[string, *ignore.Rules](maxKeptIgnoreBytes)

func ignoreRules(source tree, folder string) (*ignore.Rules, error) {
	text, err := source.read(path.Join(folder, ignore.HelmIgnore))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key := string(text)
	if kept, isKept := keptRules.get(key); isKept {
		return kept, nil
	}
	// A file that is not there and one that is empty say the same.
	rules, err := ignore.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
	}
	rules.AddDefaults()
	if keptRules.isAskedAgain(key) {
		keptRules.put(key, rules, len(key))
	}
	return rules, nil
}
