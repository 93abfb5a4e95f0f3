package main

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// treeFileSystem is a source as kustomize's file system: read from the host, with what was edited or comes from elsewhere laid over it.
type treeFileSystem struct {
	mounts  mountTable
	remotes kustomizeRemotes
	changed map[string][]byte
	// What is made of a kustomization file when it is read; nil leaves it as it is.
	adapt func([]byte) []byte
	// Kustomization files in the order in which they were read; their text is in changed.
	kustomizationsRead []string
	// The first path outside the repository that was asked for.
	outside string
}

var _ filesys.FileSystem = (*treeFileSystem)(nil)

func newTreeFileSystem(source tree) *treeFileSystem {
	return &treeFileSystem{mounts: newMountTable(source), remotes: newKustomizeRemotes(), changed: map[string][]byte{}}
}

// locate gives the place of a path in a tree, or fs.ErrNotExist for what lies in none.
func (t *treeFileSystem) locate(name string) (located, error) {
	place, found := t.mounts.locate(name)
	if !found {
		if cleaned := path.Clean(name); t.outside == "" && path.IsAbs(cleaned) {
			t.outside = t.mounts.told(cleaned)
		}
		return located{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return place, nil
}

func (t *treeFileSystem) ReadFile(name string) ([]byte, error) {
	cleaned := t.mounts.canonical(name)
	if text, edited := t.changed[cleaned]; edited {
		return text, nil
	}
	place, err := t.locate(cleaned)
	if err != nil {
		return nil, err
	}
	text, err := place.tree.read(place.name)
	if err == nil && slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(cleaned)) {
		if t.adapt != nil {
			text = t.adapt(text)
		}
		t.changed[cleaned] = text
		t.kustomizationsRead = append(t.kustomizationsRead, cleaned)
	}
	return text, err
}

func (t *treeFileSystem) WriteFile(name string, data []byte) error {
	t.changed[t.mounts.canonical(name)] = data
	return nil
}

func (t *treeFileSystem) IsDir(name string) bool {
	at, err := t.locate(name)
	if err != nil {
		return false
	}
	place, err := at.tree.resolve(at.name)
	return err == nil && place.Type == "directory"
}

func (t *treeFileSystem) Exists(name string) bool {
	if _, isChanged := t.changed[t.mounts.canonical(name)]; isChanged {
		return true
	}
	at, err := t.locate(name)
	if err != nil {
		return false
	}
	_, err = at.tree.resolve(at.name)
	return err == nil
}

func (t *treeFileSystem) ReadDir(name string) ([]string, error) {
	at, err := t.locate(name)
	if err != nil {
		return nil, err
	}
	entries, err := at.tree.list(at.name)
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name)
	}
	return names, err
}

// CleanedAbs follows symlinks, as kustomize's load restrictor wants.
func (t *treeFileSystem) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	at, err := t.locate(name)
	if err != nil {
		return "", "", fmt.Errorf("'%s' doesn't exist", t.mounts.told(name))
	}
	place, err := at.tree.resolve(at.name)
	if _, isChanged := t.changed[t.mounts.canonical(name)]; err != nil && isChanged {
		// It was made, and does not lie in the source.
		folder, _, err := t.CleanedAbs(path.Dir(path.Clean(name)))
		return folder, path.Base(name), err
	}
	if err != nil {
		return "", "", fmt.Errorf("'%s' doesn't exist", t.mounts.told(name))
	}
	full := path.Join(at.mount, place.Path)
	if place.Type == "directory" {
		return filesys.ConfirmedDir(full), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(full)), path.Base(full), nil
}

// Glob matches the last parts of a pattern below the folder that has no metacharacters.
func (t *treeFileSystem) Glob(pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	folder := path.Clean(pattern)
	for strings.ContainsAny(folder, `*?[\`) {
		folder = path.Dir(folder)
	}
	var matches []string
	if folder == path.Clean(pattern) {
		if t.Exists(folder) {
			matches = append(matches, folder)
		}
		return matches, nil
	}
	err := t.Walk(folder, func(name string, _ fs.FileInfo, err error) error {
		if err != nil {
			return nil
		}
		if matched, _ := path.Match(pattern, name); matched {
			matches = append(matches, name)
		}
		return nil
	})
	return matches, err
}

func (t *treeFileSystem) Walk(name string, visit filepath.WalkFunc) error {
	at, err := t.locate(name)
	if err != nil {
		return visit(name, nil, err)
	}
	if !t.IsDir(name) {
		if !t.Exists(name) {
			return visit(name, nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist})
		}
		return visit(name, treeEntry{name: path.Base(name)}, nil)
	}
	if err := visit(name, treeEntry{name: path.Base(name), directory: true}, nil); err != nil {
		return err
	}
	return walkTree(at.tree, at.name, func(below string, entry treeEntry) error {
		return visit(path.Join(name, below), entry, nil)
	})
}

func (t *treeFileSystem) Open(name string) (filesys.File, error) { return nil, readOnly("open", name) }
func (t *treeFileSystem) Create(name string) (filesys.File, error) {
	return nil, readOnly("create", name)
}
func (t *treeFileSystem) Mkdir(name string) error    { return readOnly("mkdir", name) }
func (t *treeFileSystem) MkdirAll(name string) error { return readOnly("mkdir", name) }

// RemoveAll is what kustomize does with a clone that it needs no more.
func (t *treeFileSystem) RemoveAll(string) error { return nil }

func readOnly(verb, name string) error {
	return &fs.PathError{Op: verb, Path: name, Err: fs.ErrPermission}
}
