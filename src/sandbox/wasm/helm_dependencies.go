package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"sigs.k8s.io/yaml"
)

const (
	localRepository    = "file://"
	registryRepository = "oci://"
)

// dependencyBuild is one `helm dependency build` as Argo CD runs it.
type dependencyBuild struct {
	source tree
	folder string
	// URLs of the Helm repositories that Argo CD knows, by name.
	repositories map[string]string
	// Where charts come from that do not lie in the source, by the name that they have below charts/.
	origins map[string]string
}

// withDependencies gives the chart with all that it depends on. Argo CD runs `helm dependency build` where `helm template` misses one.
func (b *dependencyBuild) withDependencies(loaded *chart.Chart) (*chart.Chart, error) {
	if checkDependencies(loaded) == nil {
		return loaded, nil
	}
	declared, err := b.resolvedNames(loaded.Metadata.Dependencies)
	if err != nil {
		return nil, err
	}
	wanted := declared
	if lock := loaded.Lock; lock != nil {
		if err := checkLock(loaded, declared); err != nil {
			return nil, err
		}
		if err := b.requireKnown(loaded, lock.Dependencies); err != nil {
			return nil, err
		}
		wanted = lock.Dependencies
	}
	built, err := b.withoutArchives(wanted)
	if err != nil {
		return nil, err
	}
	if err := b.addAll(built, wanted); err != nil {
		return nil, err
	}
	return built, checkDependencies(built)
}

// resolvedNames puts URLs in the place of names of repositories.
func (b *dependencyBuild) resolvedNames(declared []*chart.Dependency) ([]*chart.Dependency, error) {
	resolved := make([]*chart.Dependency, 0, len(declared))
	var unknown []string
	for _, original := range declared {
		dependency := *original
		resolved = append(resolved, &dependency)
		repository := dependency.Repository
		name, isName := repositoryName(repository)
		switch {
		case repository == "" || strings.HasPrefix(repository, localRepository) || isRegistry(repository):
		case isName && b.repositories[name] != "":
			dependency.Repository = b.repositories[name]
		case isName:
			unknown = append(unknown, repository)
		default:
			if _, err := url.ParseRequestURI(repository); err != nil {
				unknown = append(unknown, repository)
			}
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("no repository definition for %s. Please add them via 'helm repo add'", strings.Join(unknown, ", "))
	}
	return resolved, nil
}

// repositoryName reads `@name` and `alias:name`.
func repositoryName(repository string) (string, bool) {
	if name, isName := strings.CutPrefix(repository, "@"); isName {
		return name, true
	}
	return strings.CutPrefix(repository, "alias:")
}

// requireKnown refuses a lock that names a repository which Argo CD did not add: it adds those that Chart.yaml names by https or by name.
func (b *dependencyBuild) requireKnown(loaded *chart.Chart, locked []*chart.Dependency) error {
	var head struct {
		Dependencies []*chart.Dependency `json:"dependencies"`
	}
	for _, file := range loaded.Raw {
		if file.Name == "Chart.yaml" {
			if err := yaml.Unmarshal(file.Data, &head); err != nil {
				return err
			}
		}
	}
	var added, missing []string
	for _, dependency := range head.Dependencies {
		if name, isName := repositoryName(dependency.Repository); isName {
			added = append(added, b.repositories[name])
		} else if strings.HasPrefix(dependency.Repository, "https://") {
			added = append(added, dependency.Repository)
		}
	}
	for _, dependency := range locked {
		repository := dependency.Repository
		if repository == "" || strings.HasPrefix(repository, localRepository) || isRegistry(repository) {
			continue
		}
		if !hasURL(added, repository) {
			missing = append(missing, repository)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("no repository definition for %s", strings.Join(missing, ", "))
	}
	return nil
}

func hasURL(urls []string, wanted string) bool {
	for _, known := range urls {
		if strings.TrimSuffix(known, "/") == strings.TrimSuffix(wanted, "/") {
			return true
		}
	}
	return false
}

// withoutArchives loads the chart again as it is when Helm has removed the archives that lie in charts/: all but those of dependencies
// without a repository.
func (b *dependencyBuild) withoutArchives(wanted []*chart.Dependency) (*chart.Chart, error) {
	isLocal := map[string]bool{}
	for _, dependency := range wanted {
		isLocal[dependency.Name] = isLocal[dependency.Name] || dependency.Repository == ""
	}
	return loadChartFiles(b.source, b.folder, func(name string, data []byte) bool {
		if path.Dir(name) != "charts" || path.Ext(name) != ".tgz" {
			return true
		}
		archived, err := loadArchive(data)
		return err != nil || isLocal[archived.Name()]
	})
}

// addAll adds what the dependencies name, each archive once. It asks for all before it fails for want of one.
func (b *dependencyBuild) addAll(built *chart.Chart, wanted []*chart.Dependency) error {
	added := map[string]bool{}
	needsRemotes := false
	for _, dependency := range wanted {
		found, err := b.find(dependency)
		if errors.Is(err, errRemoteNeeded) {
			needsRemotes = true
			continue
		}
		if err != nil {
			return fmt.Errorf("dependency %s: %w", dependency.Name, err)
		}
		if found == nil {
			continue
		}
		archive := found.Name() + "-" + found.Metadata.Version
		if !added[archive] {
			built.AddDependency(found)
		}
		added[archive] = true
	}
	if needsRemotes {
		return errRemoteNeeded
	}
	return nil
}

// find gives the chart of a dependency, or nil for one that lies in charts/ already.
func (b *dependencyBuild) find(dependency *chart.Dependency) (*chart.Chart, error) {
	if _, err := semver.NewConstraint(dependency.Version); err != nil {
		return nil, fmt.Errorf("dependency %q has an invalid version/constraint format: %w", dependency.Name, err)
	}
	if dependency.Repository == "" {
		_, err := loadLocalDependency(b.source, path.Join(b.folder, "charts", dependency.Name), dependency)
		return nil, err
	}
	if local, isLocal := strings.CutPrefix(dependency.Repository, localRepository); isLocal {
		return loadLocalDependency(b.source, path.Join(b.folder, local), dependency)
	}
	return findRemoteChart(dependency, path.Join(b.folder, "Chart.yaml"), b.origins)
}

// findRemoteChart gives the chart of a dependency from where the host has it. file: who names it.
func findRemoteChart(dependency *chart.Dependency, file string, origins map[string]string) (*chart.Chart, error) {
	reference := remoteReference{
		Type: "helm", URL: dependency.Repository, Chart: dependency.Name, Version: dependency.Version, File: file,
	}
	told := strings.TrimSuffix(withoutUserInfo(dependency.Repository), "/") + "/" + dependency.Name
	if isRegistry(dependency.Repository) {
		place := strings.TrimSuffix(dependency.Repository, "/") + "/" + dependency.Name
		reference = remoteReference{Type: "oci", URL: place, Version: dependency.Version, File: file}
	}
	index, err := remoteSource(reference)
	var failure *remoteFailure
	if errors.As(err, &failure) {
		return nil, failure.coded(told, file)
	}
	if err != nil {
		return nil, err
	}
	// As from its archive: .helmignore is for folders.
	found, err := loadEveryFile(sourceTree(index), "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", told, err)
	}
	for _, name := range []string{dependency.Name, dependency.Alias} {
		if name != "" {
			origins[name] = told
		}
	}
	return found, nil
}

// loadLocalDependency loads a chart of the source.
func loadLocalDependency(source tree, folder string, required *chart.Dependency) (*chart.Chart, error) {
	if folder == ".." || strings.HasPrefix(folder, "../") {
		return nil, outsideError(required.Repository)
	}
	if _, err := source.resolve(folder); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("directory %s not found", folder)
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

// originOf gives the file of a chart's dependency that Helm names by where it lies below the chart: `url//templates/x.yaml`.
func originOf(name string, origins map[string]string) string {
	_, below, isBelow := strings.Cut(name, "/charts/")
	dependency, file, hasFile := strings.Cut(below, "/")
	origin, isKnown := origins[dependency]
	if !isBelow || !hasFile || !isKnown {
		return name
	}
	return origin + "//" + file
}

func isRegistry(repository string) bool { return strings.HasPrefix(repository, registryRepository) }
