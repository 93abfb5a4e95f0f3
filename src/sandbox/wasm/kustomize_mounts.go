package main

import (
	"fmt"
	"path"
	"strings"
)

// Where the repository lies in the file system that kustomize sees: not at its root, so that a path with too many '..'
// leaves it, instead of ending at the root of the repository.
const mountPoint = "/gde/repository"

// Trees of the host lie by their index where each is one folder; kustomize sees one for every time that it clones, as it would make one.
const (
	remotesFolder = "/gde/remotes"
	clonesFolder  = "/gde/clones"
)

// mount is a tree that lies at a folder.
type mount struct {
	at   string
	tree tree
	// How the folder is told to people: '' for the repository of the app, else what stands before `//`.
	told string
}

// located is a path in a tree.
type located struct {
	tree tree
	// From the root of the tree.
	name string
	// Where the tree lies, in the terms of the path that was asked for.
	mount string
}

// mountTable says what lies where.
type mountTable struct {
	mounts []mount
	// By the folder of each clone: the folder of its tree.
	clones map[string]string
}

func newMountTable(source tree) mountTable {
	return mountTable{mounts: []mount{{at: mountPoint, tree: source}}, clones: map[string]string{}}
}

// add mounts a tree of the host by its index.
func (t *mountTable) add(index int, told string) (folder string) {
	folder = fmt.Sprintf("%s/%d", remotesFolder, index)
	t.put(folder, sourceTree(index), told)
	return folder
}

func (t *mountTable) put(at string, files tree, told string) {
	for _, known := range t.mounts {
		if known.at == at {
			return
		}
	}
	t.mounts = append(t.mounts, mount{at: at, tree: files, told: told})
}

// clone gives a folder of its own to a tree that is mounted.
func (t *mountTable) clone(folder string) string {
	clone := fmt.Sprintf("%s/%d", clonesFolder, len(t.clones))
	t.clones[clone] = folder
	return clone
}

// canonical gives the path that all clones of a tree share.
func (t *mountTable) canonical(name string) string {
	cleaned := path.Clean(name)
	clone := cloneOf(cleaned)
	if folder, isClone := t.clones[clone]; isClone {
		return folder + strings.TrimPrefix(cleaned, clone)
	}
	return cleaned
}

// cloneOf gives the folder that a clone would have that the path lies in.
func cloneOf(cleaned string) string {
	below, isBelow := strings.CutPrefix(cleaned, clonesFolder+"/")
	if !isBelow {
		return ""
	}
	number, _, _ := strings.Cut(below, "/")
	return path.Join(clonesFolder, number)
}

// locate gives the innermost tree that the path lies in.
func (t *mountTable) locate(name string) (located, bool) {
	cleaned := path.Clean(name)
	canonical := t.canonical(cleaned)
	found, isFound := t.innermost(canonical)
	if !isFound {
		return located{}, false
	}
	below := strings.TrimPrefix(strings.TrimPrefix(canonical, found.at), "/")
	at := strings.TrimSuffix(strings.TrimSuffix(cleaned, below), "/")
	return located{tree: found.tree, name: below, mount: at}, true
}

func (t *mountTable) innermost(canonical string) (mount, bool) {
	found := mount{}
	for _, candidate := range t.mounts {
		isInside := canonical == candidate.at || strings.HasPrefix(canonical, candidate.at+"/")
		if isInside && len(candidate.at) > len(found.at) {
			found = candidate
		}
	}
	return found, found.at != ""
}

// isRemote tells of a path in the terms of kustomize or of the host whether it lies in no tree of the app.
func (t *mountTable) isRemote(name string) bool {
	return strings.HasPrefix(t.canonical(name), remotesFolder+"/")
}

// told gives a path as people know it: from the root of the repository, or with its URL in front.
func (t *mountTable) told(name string) string {
	canonical := t.canonical(name)
	found, isFound := t.innermost(canonical)
	if !isFound {
		return strings.TrimPrefix(canonical, "/")
	}
	below := strings.TrimPrefix(strings.TrimPrefix(canonical, found.at), "/")
	if found.told == "" {
		return below
	}
	return strings.TrimSuffix(found.told+"//"+below, "//")
}

// retell replaces every folder of the table in a text.
func (t *mountTable) retell(text string) string {
	for clone, folder := range t.clones {
		text = replaceFolder(text, clone, folder)
	}
	for index := len(t.mounts) - 1; index >= 0; index-- {
		told := t.mounts[index]
		if told.at == mountPoint {
			text = strings.ReplaceAll(text, mountPoint+"/", "")
			continue
		}
		text = strings.ReplaceAll(text, told.at+"/", told.told+"//")
		text = replaceFolder(text, told.at, told.told)
	}
	return text
}

// replaceFolder leaves folders alone whose name only begins like that of this one.
func replaceFolder(text, folder, with string) string {
	var replaced strings.Builder
	for {
		before, after, found := strings.Cut(text, folder)
		replaced.WriteString(before)
		if !found {
			return replaced.String()
		}
		if after != "" && after[0] >= '0' && after[0] <= '9' {
			replaced.WriteString(folder)
		} else {
			replaced.WriteString(with)
		}
		text = after
	}
}
