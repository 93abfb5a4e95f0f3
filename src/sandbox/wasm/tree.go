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

// walkTree calls visit for everything below folder, in the order of names, folders before what they hold. Names are
// relative to folder. fs.SkipDir leaves a folder out.
func walkTree(source int, folder string, visit func(name string, entry treeEntry) error) error {
	return walkBelow(source, folder, "", visit)
}

func walkBelow(source int, folder, prefix string, visit func(string, treeEntry) error) error {
	entries, err := listFolder(source, folder)
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
			if err := walkBelow(source, path.Join(folder, listed.Name), name, visit); err != nil {
				return err
			}
		}
	}
	return nil
}
