package main

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"
)

// addFluxDependencies does what source-controller does with a chart's folder: what the lock names, unchecked, or else Chart.yaml, is
// added where it is missing, under its alias.
func addFluxDependencies(source tree, folder string, loaded *chart.Chart) error {
	required := loaded.Metadata.Dependencies
	if loaded.Lock != nil {
		required = loaded.Lock.Dependencies
	}
	if len(loaded.Dependencies()) == len(required) {
		return nil
	}
	missing := map[string]*chart.Dependency{}
	for _, dependency := range required {
		// Of several by one name the last one counts.
		if name := nameInChart(dependency); !hasDependency(loaded, name) {
			missing[name] = dependency
		}
	}
	needsRemotes := false
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		dependency := missing[name]
		found, err := findFluxDependency(source, folder, dependency)
		if errors.Is(err, errRemoteNeeded) {
			needsRemotes = true
			continue
		}
		if err != nil {
			return fmt.Errorf("failed to add dependency '%s': %w", name, err)
		}
		if dependency.Alias != "" {
			found.Metadata.Name = dependency.Alias
		}
		loaded.AddDependency(found)
	}
	if needsRemotes {
		return errRemoteNeeded
	}
	return nil
}

func nameInChart(dependency *chart.Dependency) string {
	if dependency.Alias != "" {
		return dependency.Alias
	}
	return dependency.Name
}

func hasDependency(loaded *chart.Chart, name string) bool {
	for _, dependency := range loaded.Dependencies() {
		if dependency.Name() == name {
			return true
		}
	}
	return false
}

func findFluxDependency(source tree, folder string, dependency *chart.Dependency) (*chart.Chart, error) {
	repository := dependency.Repository
	switch {
	case repository == "":
		return loadLocalDependency(source, rooted(path.Join(folder, "charts", dependency.Name)), dependency)
	case strings.HasPrefix(repository, localRepository):
		local, err := url.Parse(repository)
		if err != nil {
			return nil, fmt.Errorf("failed to parse alleged local chart reference: %w", err)
		}
		return loadLocalDependency(source, rooted(path.Join(folder, local.Host, local.Path)), dependency)
	case strings.HasPrefix(repository, "@"):
		return nil, fmt.Errorf("aliased repository dependency is not supported: %s", repository)
	case isRegistry(repository), strings.HasPrefix(repository, "https://"), strings.HasPrefix(repository, "http://"):
		return findRemoteChart(dependency, path.Join(folder, "Chart.yaml"), map[string]string{})
	}
	return nil, fmt.Errorf("invalid dependency repository URL: %s", repository)
}

func (f fluxHelmInput) readChart(source tree, name string, isFolder bool) (*chart.Chart, error) {
	if f.Artifact.IsPacked {
		return loadEveryFile(source, name)
	}
	if !isFolder {
		archive, err := source.read(name)
		if err != nil {
			return nil, err
		}
		return loadArchive(archive)
	}
	loaded, err := loadChart(source, name)
	if err != nil {
		return nil, err
	}
	return loaded, addFluxDependencies(source, name, loaded)
}
