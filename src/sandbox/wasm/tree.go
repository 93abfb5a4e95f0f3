package main

import (
	"io/fs"
	"path"
	"time"
)

// treeEntry is a file or folder of a source as Go's libraries want to see it.
type treeEntry struct {
	name      string
	directory bool
	size      int64
}

func (e treeEntry) Name() string { return e.name }
func (e treeEntry) Size() int64  { return e.size }
func (e treeEntry) Mode() fs.FileMode {
	if e.directory {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

// ModTime is the same for all: Git keeps no times, and nothing may depend on them.
func (e treeEntry) ModTime() time.Time { return time.Time{} }
func (e treeEntry) IsDir() bool        { return e.directory }
func (e treeEntry) Sys() any           { return nil }

// tree is where a function reads files: a source as it lies in Git, or what a controller makes of one. Paths are from its
// root, "" is the root. What is not there is fs.ErrNotExist.
type tree interface {
	list(folder string) ([]hostEntry, error)
	read(name string) ([]byte, error)
	resolve(name string) (hostPlace, error)
}

// sourceTree is a source of the request by its index.
type sourceTree int

func (t sourceTree) list(folder string) ([]hostEntry, error) { return listFolder(int(t), folder) }
func (t sourceTree) read(name string) ([]byte, error)        { return readFile(int(t), name) }
func (t sourceTree) resolve(name string) (hostPlace, error)  { return placeOf(int(t), name) }

// walkTree calls visit for everything below folder, in the order of names, folders before what they hold. Names are
// relative to folder. fs.SkipDir leaves a folder out.
func walkTree(files tree, folder string, visit func(name string, entry treeEntry) error) error {
	return walkBelow(files, folder, "", visit)
}

func walkBelow(files tree, folder, prefix string, visit func(string, treeEntry) error) error {
	entries, err := files.list(folder)
	if err != nil {
		return err
	}
	for _, listed := range entries {
		entry := treeEntry{name: listed.Name, directory: listed.Type == "directory"}
		name := path.Join(prefix, listed.Name)
		err := visit(name, entry)
		if err == fs.SkipDir && entry.directory {
			continue
		}
		if err != nil {
			return err
		}
		if entry.directory {
			if err := walkBelow(files, path.Join(folder, listed.Name), name, visit); err != nil {
				return err
			}
		}
	}
	return nil
}
