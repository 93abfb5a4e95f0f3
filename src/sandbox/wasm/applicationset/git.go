package applicationset

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// Need is a repository that a git generator reads. The project is the set's, whose credentials are used; ” if it is templated.
type Need struct {
	URL      string `json:"url"`
	Revision string `json:"revision"`
	Project  string `json:"project"`
}

// Repository is the answer to a need: a source of the host, or why there is none.
type Repository struct {
	Need
	Source int    `json:"source"`
	Error  string `json:"error,omitempty"`
}

// errWaiting says that a repository is needed which the input does not hold yet.
var errWaiting = errors.New("waiting for a repository")

var errNothingAsked = errors.New("ApplicationSet is empty")

// runGit gives one set for each folder or for each entry of each file that the generator chooses.
func (g *generation) runGit(git *GitGenerator) ([]params, error) {
	project := g.set.Spec.Template.Spec.Project
	if strings.Contains(project, "{{") {
		project = ""
	} else if !g.projectExists(project) {
		// Elsewhere a missing project makes each Application invalid; here Argo CD looks for its signature keys.
		return nil, fmt.Errorf("error getting project %s: appprojects.argoproj.io %q not found", project, project)
	}
	if len(git.Directories)+len(git.Files) == 0 {
		return nil, errNothingAsked
	}
	source, err := g.repository(Need{git.RepoURL, git.Revision, project})
	if err != nil {
		return nil, err
	}
	var sets []params
	if len(git.Directories) > 0 {
		sets, err = g.runDirectories(git, source)
	} else {
		sets, err = g.runFiles(git, source)
	}
	if err != nil {
		return nil, fmt.Errorf("error generating params from git: %w", err)
	}
	return sets, nil
}

func (g *generation) projectExists(name string) bool {
	return g.input.Projects == nil || slices.Contains(g.input.Projects, name)
}

func (g *generation) repository(need Need) (*tree, error) {
	index := slices.IndexFunc(g.input.Repositories, func(known Repository) bool { return known.Need == need })
	if index < 0 {
		g.needs[need] = true
		return nil, errWaiting
	}
	known := g.input.Repositories[index]
	if known.Error != "" {
		return nil, fmt.Errorf("error generating params from git: %s", known.Error)
	}
	if g.trees[known.Source] == nil {
		g.trees[known.Source] = newTree(g.host.Files, known.Source)
	}
	return g.trees[known.Source], nil
}

func (g *generation) runDirectories(git *GitGenerator, repository *tree) ([]params, error) {
	folders, err := repository.folders(g.input.Settings.IncludeHiddenDirectories, git.Directories)
	if err != nil {
		return nil, fmt.Errorf("error getting directories from repo: %w", err)
	}
	var sets []params
	for _, folder := range folders {
		if !chosen(git.Directories, folder) {
			continue
		}
		set := g.pathParameters(git.PathParamPrefix, params{}, folder, "")
		if err := g.addValues(git.Values, set); err != nil {
			return nil, fmt.Errorf("error generating params from apps: failed to append templated values: %w", err)
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// chosen: a pattern that excludes wins wherever it stands, and a pattern that is wrong matches nothing.
func chosen(patterns []GitPath, folder string) bool {
	included := false
	for _, pattern := range patterns {
		matches, err := path.Match(pattern.Path, folder)
		if err != nil || !matches {
			continue
		}
		if pattern.Exclude {
			return false
		}
		included = true
	}
	return included
}

func (g *generation) runFiles(git *GitGenerator, repository *tree) ([]params, error) {
	names := map[string]bool{}
	for _, exclude := range []bool{false, true} {
		for _, pattern := range git.Files {
			if pattern.Exclude != exclude {
				continue
			}
			found, err := repository.files(pattern.Path, g.input.Settings.NewGitFileGlobbing)
			if err != nil {
				return nil, err
			}
			for _, name := range found {
				// Argo CD reads what is excluded too.
				if _, err := g.read(repository, name); err != nil {
					return nil, err
				}
				if exclude {
					delete(names, name)
				} else {
					names[name] = true
				}
			}
		}
	}
	var sets []params
	for _, name := range slices.Sorted(maps.Keys(names)) {
		more, err := g.runFile(git, repository, name)
		if err != nil {
			return nil, fmt.Errorf("unable to process file '%s' from repository '%s': %w", name, git.RepoURL, err)
		}
		if sets = append(sets, more...); len(sets) > g.input.Limits.ParameterSets {
			return nil, tooMany("parameter sets", len(sets), g.input.Limits.ParameterSets)
		}
	}
	return sets, nil
}

func (g *generation) read(repository *tree, name string) ([]byte, error) {
	content, fresh, err := repository.read(name)
	if err != nil {
		return nil, fmt.Errorf("unable to read files: %w", err)
	}
	if fresh {
		g.readBytes += len(content)
	}
	if limit := g.input.Limits.FileBytes; g.readBytes > limit {
		return nil, &Failure{Code: codeTooLarge, Message: fmt.Sprintf("the files that the git generators read have more than %d bytes", limit)}
	}
	return content, nil
}

// runFile gives one set for a file that holds a map, or is empty, and one for each entry of a file that holds a list of maps.
// Only the first document of a file counts.
func (g *generation) runFile(git *GitGenerator, repository *tree, name string) ([]params, error) {
	content, err := g.read(repository, name)
	if err != nil {
		return nil, err
	}
	var entries []params
	single := params{}
	if err := yaml.Unmarshal(content, &single); err == nil {
		entries = []params{single}
	} else if entries, err = readSets(content); err != nil {
		return nil, fmt.Errorf("unable to parse file: %w", err)
	}
	sets := make([]params, 0, len(entries))
	for _, entry := range entries {
		set := params{}
		if g.set.Spec.GoTemplate {
			maps.Copy(set, entry)
		} else {
			for key, value := range flatten(entry) {
				set[key] = value
			}
		}
		g.pathParameters(git.PathParamPrefix, set, path.Dir(name), path.Base(name))
		if err := g.addValues(git.Values, set); err != nil {
			return nil, fmt.Errorf("failed to append templated values: %w", err)
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func readSets(text []byte) ([]params, error) {
	var sets []params
	err := yaml.Unmarshal(text, &sets)
	return sets, err
}

// pathParameters adds what is known of a folder, and of a file in it. With Go's templates that is one map, `path`; without,
// it is `path`, `path.basename`, … and `path[0]`, `path[1]`, …
func (g *generation) pathParameters(prefix string, set params, folder, file string) params {
	basename := path.Base(folder)
	segments := strings.Split(folder, "/")
	if g.set.Spec.GoTemplate {
		about := map[string]any{
			"path": folder, "basename": basename, "basenameNormalized": normalize(basename), "segments": segments,
		}
		if file != "" {
			about["filename"], about["filenameNormalized"] = file, normalize(file)
		}
		if prefix != "" {
			set[prefix] = map[string]any{"path": about}
		} else {
			set["path"] = about
		}
		return set
	}
	name := "path"
	if prefix != "" {
		name = prefix + ".path"
	}
	set[name], set[name+".basename"], set[name+".basenameNormalized"] = folder, basename, normalize(basename)
	if file != "" {
		set[name+".filename"], set[name+".filenameNormalized"] = file, normalize(file)
	}
	for index, segment := range segments {
		if segment != "" {
			set[name+"["+strconv.Itoa(index)+"]"] = segment
		}
	}
	return set
}
