package main

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

// textTree is a source that is held in memory: its files, by their paths.
type textTree map[string]string

func (t textTree) isFolder(name string) bool {
	for file := range t {
		if name == "" || strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

func (t textTree) list(folder string) ([]hostEntry, error) {
	if !t.isFolder(folder) {
		return nil, fs.ErrNotExist
	}
	found := map[string]string{}
	for file := range t {
		rest := file
		if folder != "" {
			below, isBelow := strings.CutPrefix(file, folder+"/")
			if !isBelow {
				continue
			}
			rest = below
		}
		name, _, isDeeper := strings.Cut(rest, "/")
		found[name] = "file"
		if isDeeper {
			found[name] = "directory"
		}
	}
	entries := make([]hostEntry, 0, len(found))
	for name, kind := range found {
		entries = append(entries, hostEntry{Name: name, Type: kind})
	}
	slices.SortFunc(entries, func(a, b hostEntry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (t textTree) read(name string) ([]byte, error) {
	if text, there := t[name]; there {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

func (t textTree) resolve(name string) (hostPlace, error) {
	if _, isFile := t[name]; isFile {
		return hostPlace{Path: name, Type: "file"}, nil
	}
	if t.isFolder(name) {
		return hostPlace{Path: name, Type: "directory"}, nil
	}
	return hostPlace{}, fs.ErrNotExist
}

func filesIn(t *testing.T, files tree) string {
	t.Helper()
	var names []string
	err := walkTree(files, "", func(name string, entry treeEntry) error {
		if !entry.IsDir() {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestWhatSourceControllerLeavesOut(t *testing.T) {
	for name, one := range map[string]struct {
		files textTree
		spec  string
		want  string
	}{
		"the default patterns": {textTree{"a.yaml": "", "logo.png": "", ".github/x.yaml": ""}, "", "a.yaml"},
		"a pattern of its own switches those off, but not that of version control": {
			textTree{"a.yaml": "", "logo.png": "", ".git/config": ""}, "a.yaml", "logo.png",
		},
		"a file of patterns, which leaves out itself where it says so": {
			textTree{".sourceignore": "b/\n.sourceignore", "a.yaml": "", "b/c.yaml": ""}, "", "a.yaml",
		},
		"a file in a folder counts below it": {
			textTree{"b/.sourceignore": "*.txt\n.sourceignore", "a.txt": "", "b/c.txt": "", "b/d/e.txt": "", "b/f.yaml": ""}, "", "a.txt b/f.yaml",
		},
		"the source's own patterns come last": {
			textTree{".sourceignore": "*.yaml\n.sourceignore", "a.yaml": "", "b.yaml": ""}, "!a.yaml", "a.yaml",
		},
	} {
		if got := filesIn(t, newIgnoringTree(one.files, one.spec)); got != one.want {
			t.Errorf("%s: %q, not %q", name, got, one.want)
		}
	}
}

func TestWhatIsLeftOutIsNotThere(t *testing.T) {
	files := newIgnoringTree(textTree{"a/b.txt": "", "c.yaml": ""}, "a/")
	if _, err := files.read(path.Join("a", "b.txt")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was read: %v", err)
	}
	if _, err := files.resolve("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder of which nothing is left: %v", err)
	}
	if _, err := files.resolve("c.yaml"); err != nil {
		t.Error(err)
	}
}
