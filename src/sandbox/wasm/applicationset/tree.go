package applicationset

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Files is how repositories are read. Paths are from the root of a source, with '/'; symlinks are followed.
type Files interface {
	// List is sorted by name. It fails with fs.ErrNotExist where there is no such folder.
	List(source int, folder string) ([]Entry, error)
	Read(source int, file string) ([]byte, error)
	// Resolve gives a path with every symlink in it followed.
	Resolve(source int, name string) (string, error)
}

type Entry struct {
	Name   string
	Folder bool
}

// tree is one repository at one commit. It looks only where a pattern can match, so that what a set depends on stays small.
type tree struct {
	reader  Files
	source  int
	folder  map[string][]treeEntry
	content map[string][]byte
	// Entries listed so far.
	listed int
}

type treeEntry struct {
	path    string
	folder  bool
	symlink bool
}

// maxEntries bounds what a generator may look at.
const maxEntries = 1_000_000

func newTree(reader Files, source int) *tree {
	return &tree{reader: reader, source: source, folder: map[string][]treeEntry{}, content: map[string][]byte{}}
}

// list is empty where there is no such folder.
func (t *tree) list(folder string) ([]treeEntry, error) {
	if known, done := t.folder[folder]; done {
		return known, nil
	}
	entries, err := t.reader.List(t.source, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if t.listed += len(entries); t.listed > maxEntries {
		return nil, &Failure{Code: codeTooLarge, Message: fmt.Sprintf("the repository has more than %d files", maxEntries)}
	}
	read := make([]treeEntry, 0, len(entries))
	for _, entry := range entries {
		found := treeEntry{path: path.Join(folder, entry.Name), folder: entry.Folder}
		if entry.Folder {
			resolved, err := t.reader.Resolve(t.source, found.path)
			if err != nil {
				return nil, err
			}
			found.symlink = resolved != found.path
			// A link to a folder that it lies in itself has no end.
			found.folder = !found.symlink || resolved != "" && !strings.HasPrefix(found.path, resolved+"/")
		}
		read = append(read, found)
	}
	t.folder[folder] = read
	return read, nil
}

// walk visits everything below a folder, but what lies behind a symlink.
// visit says whether to go on below a folder.
func (t *tree) walk(folder string, visit func(entry treeEntry) (below bool, err error)) error {
	entries, err := t.list(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		below, err := visit(entry)
		if err != nil {
			return err
		}
		if entry.folder && !entry.symlink && below {
			if err := t.walk(entry.path, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// folders gives the folders that patterns may choose from: a pattern chooses none above the folder that it names before its
// first wildcard, and none deeper than itself.
func (t *tree) folders(hidden bool, patterns []GitPath) ([]string, error) {
	depth := 0
	starts := map[string]bool{}
	for _, pattern := range patterns {
		start := literalFolder(pattern.Path)
		// A path of the walk is never "/a", "./a" or "a//b", so no such pattern matches one.
		if pattern.Exclude || start != "" && !fs.ValidPath(start) || strings.HasPrefix(pattern.Path, "/") {
			continue
		}
		depth = max(depth, strings.Count(pattern.Path, "/"))
		starts[start] = true
	}
	isHidden := func(name string) bool { return !hidden && strings.HasPrefix(name, ".") }
	var found []string
	for _, start := range outermost(starts) {
		if slices.ContainsFunc(strings.Split(start, "/"), isHidden) || !t.isRealFolder(start) {
			continue
		}
		err := t.walk(start, func(entry treeEntry) (bool, error) {
			if !entry.folder || entry.symlink || isHidden(path.Base(entry.path)) {
				return false, nil
			}
			found = append(found, entry.path)
			return strings.Count(entry.path, "/") < depth, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// literalFolder is the deepest folder below which all lies that a glob can match; ” is the root.
func literalFolder(glob string) string {
	literal := glob
	if wildcard := strings.IndexAny(glob, `*?[\`); wildcard >= 0 {
		literal = glob[:wildcard]
	}
	return literal[:max(strings.LastIndexByte(literal, '/'), 0)]
}

// outermost leaves out the folders that lie in others.
func outermost(folders map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(folders)), func(folder string) bool {
		for above := folder; above != ""; {
			if above = parentOf(above); folders[above] {
				return true
			}
		}
		return false
	})
}

// isRealFolder: to Git, and to a walk of a checkout, nothing lies behind a symlink.
func (t *tree) isRealFolder(folder string) bool {
	if folder == "" {
		return true
	}
	resolved, err := t.reader.Resolve(t.source, folder)
	return err == nil && resolved == folder
}

// files gives the files that a pattern chooses, in one of Argo CD's two ways.
func (t *tree) files(pattern string, newGlobbing bool) ([]string, error) {
	if newGlobbing {
		return t.glob(pattern)
	}
	return t.lsFiles(pattern)
}

// lsFiles chooses as `git ls-files -- pattern` does.
func (t *tree) lsFiles(pattern string) ([]string, error) {
	if pattern == "" {
		pattern = "."
	}
	spec, err := parsePathspec(pattern)
	if err != nil {
		return nil, fmt.Errorf("unable to list files: %w", err)
	}
	return t.chosenFiles(spec)
}

func (t *tree) chosenFiles(spec pathspec) ([]string, error) {
	start := spec.folder()
	if !t.isRealFolder(start) {
		return nil, nil
	}
	var found []string
	err := t.walk(start, func(entry treeEntry) (bool, error) {
		if entry.folder && !entry.symlink {
			return spec.mayHold(entry.path), nil
		}
		if spec.matches(entry.path) {
			found = append(found, entry.path)
		}
		return false, nil
	})
	return found, err
}

// read fails for a symlink to a folder, as reading it in a checkout does. fresh: it was not read before.
func (t *tree) read(name string) (content []byte, fresh bool, err error) {
	if known, done := t.content[name]; done {
		return known, false, nil
	}
	content, err = t.reader.Read(t.source, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("read %s: it is a folder, or a link to nothing in the repository", name)
	}
	if err == nil {
		t.content[name] = content
	}
	return content, true, err
}

func parentOf(name string) string {
	if parent := path.Dir(name); parent != "." {
		return parent
	}
	return ""
}
