package applicationset

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// glob chooses as Argo CD's new globbing does, with doublestar in a checkout. Folders are found too, and then cannot be read.
func (t *tree) glob(pattern string) ([]string, error) {
	inside, isInside := insideCheckout(pattern)
	if !isInside {
		// It looks elsewhere on the repo server's disk, and drops what it finds there.
		return nil, nil
	}
	if inside == "" {
		return []string{"."}, nil
	}
	found, err := doublestar.Glob(checkout{t}, inside)
	if err != nil {
		return nil, fmt.Errorf("unable to list files: %w", err)
	}
	return found, nil
}

// insideCheckout joins a pattern to the root, as filepath.Join does: '/' in front means nothing, ".." is resolved as text.
func insideCheckout(pattern string) (string, bool) {
	cleaned := path.Clean("root/" + pattern)
	if cleaned == "root" {
		return "", true
	}
	return strings.CutPrefix(cleaned, "root/")
}

// checkout is a tree as a file system with the `.git` folder that a checkout has: `*` finds it.
type checkout struct{ tree *tree }

func (c checkout) entries(folder string) ([]treeEntry, error) {
	entries, err := c.tree.list(folder)
	if err != nil || folder != "" {
		return entries, err
	}
	return slices.Concat([]treeEntry{{path: ".git", folder: true}}, entries), nil
}

func (c checkout) Stat(name string) (fs.FileInfo, error) {
	if name == "." {
		return fileInfo{treeEntry{path: ".", folder: true}}, nil
	}
	entries, err := c.entries(parentOf(name))
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if entry.path == name {
			// Stat follows a link, ReadDir does not.
			return fileInfo{treeEntry{path: entry.path, folder: entry.folder}}, nil
		}
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

func (c checkout) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "." {
		name = ""
	}
	entries, err := c.entries(name)
	if err != nil {
		return nil, err
	}
	read := make([]fs.DirEntry, 0, len(entries))
	for _, entry := range entries {
		read = append(read, fs.FileInfoToDirEntry(fileInfo{entry}))
	}
	return read, nil
}

func (c checkout) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

type fileInfo struct{ entry treeEntry }

func (f fileInfo) Name() string       { return path.Base(f.entry.path) }
func (f fileInfo) Size() int64        { return 0 }
func (f fileInfo) ModTime() time.Time { return time.Time{} }
func (f fileInfo) IsDir() bool        { return f.entry.folder && !f.entry.symlink }
func (f fileInfo) Sys() any           { return nil }
func (f fileInfo) Mode() fs.FileMode {
	switch {
	case f.entry.symlink:
		return fs.ModeSymlink
	case f.entry.folder:
		return fs.ModeDir
	default:
		return 0
	}
}
