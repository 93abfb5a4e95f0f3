package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
)

// ignoringTree leaves out what source-controller leaves out of an artifact. Patterns are read where a path needs them: those
// of a folder count only below it.
type ignoringTree struct {
	tree
	spec     []gitignore.Pattern
	version  []gitignore.Pattern
	defaults gitignore.Matcher
	// By folder: what its .sourceignore says.
	folders map[string][]gitignore.Pattern
	// Whether any folder has patterns; nil until it must be known.
	anyOwn *bool
}

func newIgnoringTree(files tree, specIgnore string) tree {
	return &ignoringTree{
		tree:     files,
		spec:     sourceignore.ReadPatterns(strings.NewReader(specIgnore), nil),
		version:  sourceignore.VCSPatterns(nil),
		defaults: sourceignore.NewDefaultMatcher(nil, nil),
		folders:  map[string][]gitignore.Pattern{},
	}
}

func parts(name string) []string {
	if name == "" {
		return nil
	}
	return strings.Split(name, "/")
}

// own gives the patterns of the folders above a path, and of the source itself, which come last and so win.
func (t *ignoringTree) own(name string) ([]gitignore.Pattern, error) {
	names := parts(name)
	var patterns []gitignore.Pattern
	for depth := range names {
		inFolder, err := t.ofFolder(strings.Join(names[:depth], "/"))
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, inFolder...)
	}
	return append(patterns, t.spec...), nil
}

func (t *ignoringTree) ofFolder(folder string) ([]gitignore.Pattern, error) {
	if patterns, known := t.folders[folder]; known {
		return patterns, nil
	}
	text, err := t.tree.read(path.Join(folder, sourceignore.IgnoreFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	patterns := sourceignore.ReadPatterns(bytes.NewReader(text), parts(folder))
	t.folders[folder] = patterns
	return patterns, nil
}

// ignores tells whether the path itself is left out. Any pattern of one's own, wherever it stands, switches off the default
// ones except those of version control.
func (t *ignoringTree) ignores(name string, folder bool) (bool, error) {
	own, err := t.own(name)
	if err != nil {
		return false, err
	}
	if len(own) == 0 && t.defaults.Match(parts(name), folder) {
		elsewhere, err := t.hasOwn()
		if err != nil || !elsewhere {
			return true, err
		}
	}
	patterns := append(append([]gitignore.Pattern{}, t.version...), own...)
	return sourceignore.NewMatcher(patterns).Match(parts(name), folder), nil
}

// hasOwn looks for patterns in the whole source, which is only needed for a path that the default ones leave out.
func (t *ignoringTree) hasOwn() (bool, error) {
	if t.anyOwn != nil {
		return *t.anyOwn, nil
	}
	found := len(t.spec) > 0
	look := func(folder string) error {
		patterns, err := t.ofFolder(folder)
		found = found || len(patterns) > 0
		return err
	}
	if err := look(""); err != nil {
		return false, err
	}
	err := walkTree(t.tree, "", func(name string, entry treeEntry) error {
		if found || !entry.IsDir() {
			return nil
		}
		return look(name)
	})
	if err == nil {
		t.anyOwn = &found
	}
	return found, err
}

func (t *ignoringTree) list(folder string) ([]hostEntry, error) {
	entries, err := t.tree.list(folder)
	if err != nil {
		return nil, err
	}
	var failure error
	kept := selectEntries(entries, func(entry hostEntry) bool {
		// A folder that is left out can hold what is not: it shows nothing otherwise.
		if entry.Type == "directory" {
			return true
		}
		ignored, err := t.ignores(path.Join(folder, entry.Name), false)
		failure = errors.Join(failure, err)
		return !ignored
	})
	return kept, failure
}

func (t *ignoringTree) read(name string) ([]byte, error) {
	text, err := t.tree.read(name)
	if err != nil {
		return nil, err
	}
	ignored, err := t.ignores(name, false)
	if err != nil {
		return nil, err
	}
	if ignored {
		return nil, notExist("read", name)
	}
	return text, nil
}

func (t *ignoringTree) resolve(name string) (hostPlace, error) {
	place, err := t.tree.resolve(name)
	if err != nil || name == "" {
		return place, err
	}
	ignored, err := t.ignores(name, place.Type == "directory")
	if err == nil && ignored && place.Type == "directory" {
		ignored, err = t.ignoresAllOf(name)
	}
	if err != nil {
		return hostPlace{}, err
	}
	if ignored {
		return hostPlace{}, notExist("resolve", name)
	}
	return place, nil
}

// ignoresAllOf tells whether nothing below a folder is in the archive, which would make the folder when it is unpacked.
func (t *ignoringTree) ignoresAllOf(folder string) (bool, error) {
	errFound := errors.New("found")
	err := walkTree(t.tree, folder, func(name string, entry treeEntry) error {
		ignored, err := t.ignores(path.Join(folder, name), entry.IsDir())
		if err == nil && !ignored {
			return errFound
		}
		return err
	})
	if err == errFound {
		return false, nil
	}
	return true, err
}
