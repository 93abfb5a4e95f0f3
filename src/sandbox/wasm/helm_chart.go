package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"
)

var utf8Mark = []byte{0xEF, 0xBB, 0xBF}

// loadChart reads a chart's folder as Helm's directory loader does, .helmignore included.
func loadChart(source tree, folder string) (*chart.Chart, error) {
	rules, err := ignoreRules(source, folder)
	if err != nil {
		return nil, err
	}
	var files []*archive.BufferedFile
	size := int64(0)
	err = walkTree(source, folder, func(name string, entry treeEntry) error {
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
		files = append(files, &archive.BufferedFile{Name: name, Data: bytes.TrimPrefix(data, utf8Mark)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return loader.LoadFiles(files)
}

func ignoreRules(source tree, folder string) (*ignore.Rules, error) {
	rules := ignore.Empty()
	text, err := source.read(path.Join(folder, ignore.HelmIgnore))
	switch {
	case err == nil:
		if rules, err = ignore.Parse(bytes.NewReader(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	rules.AddDefaults()
	return rules, nil
}

const localRepository = "file://"

// addMissingDependencies does what Argo CD's `helm dependency build` can do without a network: charts of `file://`
// repositories are taken from where they lie. Any other chart that is declared must be in charts/.
func addMissingDependencies(source tree, folder string, loaded *chart.Chart) error {
	var missing []string
	for _, required := range loaded.Metadata.Dependencies {
		if hasDependency(loaded, required.Name) {
			continue
		}
		local, isLocal := strings.CutPrefix(required.Repository, localRepository)
		if !isLocal {
			missing = append(missing, required.Name)
			continue
		}
		dependency, err := loadLocalDependency(source, path.Join(folder, local), required)
		if err != nil {
			return fmt.Errorf("dependency %s: %w", required.Name, err)
		}
		loaded.AddDependency(dependency)
	}
	if len(missing) > 0 {
		return fmt.Errorf("charts are named in Chart.yaml but missing in charts/: %s (vendor them with `helm dependency build`: rendering has no network)",
			strings.Join(missing, ", "))
	}
	return nil
}

func hasDependency(loaded *chart.Chart, name string) bool {
	for _, dependency := range loaded.Dependencies() {
		if dependency.Name() == name {
			return true
		}
	}
	return false
}

func loadLocalDependency(source tree, folder string, required *chart.Dependency) (*chart.Chart, error) {
	if folder == ".." || strings.HasPrefix(folder, "../") {
		return nil, outsideError(required.Repository)
	}
	dependency, err := loadChart(source, folder)
	if err != nil {
		return nil, err
	}
	constraint, err := semver.NewConstraint(required.Version)
	if err != nil {
		return nil, fmt.Errorf("invalid version/constraint format %q", required.Version)
	}
	version, err := semver.NewVersion(dependency.Metadata.Version)
	if err != nil {
		return nil, err
	}
	if !constraint.Check(version) {
		return nil, fmt.Errorf("can't get a valid version: %s has %s, not %s", required.Repository, version, required.Version)
	}
	return dependency, nil
}
