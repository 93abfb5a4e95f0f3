package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// artifactInput is what Flux's source-controller makes an artifact of: one commit, parts of other artifacts, and what is
// left out of them. The host shows the source without symlinks, for these are not archived.
type artifactInput struct {
	Source int `json:"source"`
	// spec.ignore, in the format of .sourceignore.
	Ignore string `json:"ignore"`
	// spec.sparseCheckout; empty is everything.
	Sparse   []string       `json:"sparse"`
	Includes []includeInput `json:"includes"`
	// The content of a chart's archive, of which nothing is left out.
	IsPacked bool `json:"isPacked"`
}

type includeInput struct {
	Artifact artifactInput `json:"artifact"`
	From     string        `json:"from"`
	To       string        `json:"to"`
}

// artifact gives the files as they are in the archive that the controllers unpack.
func (a artifactInput) artifact() (tree, error) {
	var checkout tree = sourceTree(a.Source)
	if a.IsPacked {
		return checkout, nil
	}
	if len(a.Sparse) > 0 {
		checkout = newSparseTree(checkout, a.Sparse)
	}
	for _, include := range a.Includes {
		included, err := include.Artifact.artifact()
		if err != nil {
			return nil, err
		}
		if checkout, err = graft(checkout, included, include); err != nil {
			return nil, err
		}
	}
	return newIgnoringTree(checkout, a.Ignore), nil
}

// rooted cleans a path as filepath-securejoin does where there are no symlinks: '..' ends at the root.
func rooted(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// sparseTree has only the files whose path starts with one of the prefixes: so go-git checks out sparsely, even when a
// prefix ends in the middle of a name.
type sparseTree struct {
	tree
	prefixes []string
}

func newSparseTree(files tree, folders []string) tree {
	prefixes := make([]string, 0, len(folders))
	for _, folder := range folders {
		prefixes = append(prefixes, strings.TrimPrefix(folder, "./"))
	}
	return sparseTree{tree: files, prefixes: prefixes}
}

// has tells of a file whether it is checked out, of a folder whether something below it may be.
func (t sparseTree) has(name string, folder bool) bool {
	for _, prefix := range t.prefixes {
		if strings.HasPrefix(name, prefix) || folder && (name == "" || strings.HasPrefix(prefix, name+"/")) {
			return true
		}
	}
	return false
}

func (t sparseTree) list(folder string) ([]hostEntry, error) {
	if !t.has(folder, true) {
		return nil, notExist("list", folder)
	}
	entries, err := t.tree.list(folder)
	if err != nil {
		return nil, err
	}
	return selectEntries(entries, func(entry hostEntry) bool {
		return t.has(path.Join(folder, entry.Name), entry.Type == "directory")
	}), nil
}

func (t sparseTree) read(name string) ([]byte, error) {
	if !t.has(name, false) {
		return nil, notExist("read", name)
	}
	return t.tree.read(name)
}

func (t sparseTree) resolve(name string) (hostPlace, error) {
	place, err := t.tree.resolve(name)
	if err == nil && !t.has(name, place.Type == "directory") {
		return hostPlace{}, notExist("resolve", name)
	}
	return place, err
}

// graftedTree has a part of another tree at one place.
type graftedTree struct {
	tree
	scion    tree
	at, from string
}

// graft puts an included artifact into the checkout. The controller moves it there, which fails where something is.
func graft(stock, scion tree, include includeInput) (tree, error) {
	grafted := graftedTree{tree: stock, scion: scion, at: rooted(include.To), from: rooted(include.From)}
	if _, err := scion.resolve(grafted.from); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the include has no %s", include.From)
		}
		return nil, err
	}
	taken, err := isTaken(stock, grafted.at)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, fmt.Errorf("the include cannot be put at %s, which is there already", include.To)
	}
	return grafted, nil
}

// isTaken tells whether there is a file, or a folder with something in it.
func isTaken(files tree, name string) (bool, error) {
	place, err := files.resolve(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil || place.Type != "directory":
		return true, err
	}
	entries, err := files.list(name)
	return len(entries) > 0, err
}

// inside gives the path in the scion.
func (t graftedTree) inside(name string) (string, bool) {
	if t.at == "" {
		return path.Join(t.from, name), true
	}
	if name == t.at {
		return t.from, true
	}
	below, found := strings.CutPrefix(name, t.at+"/")
	return path.Join(t.from, below), found
}

func (t graftedTree) list(folder string) ([]hostEntry, error) {
	if inside, found := t.inside(folder); found {
		return t.scion.list(inside)
	}
	entries, err := t.tree.list(folder)
	below, leads := strings.CutPrefix(t.at, folder+"/")
	if folder == "" {
		below, leads = t.at, true
	}
	if !leads {
		return entries, err
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	name, _, deeper := strings.Cut(below, "/")
	added := hostEntry{Name: name, Type: "directory"}
	if !deeper {
		place, err := t.scion.resolve(t.from)
		if err != nil {
			return nil, err
		}
		added.Type = place.Type
	}
	return withEntry(entries, added), nil
}

func (t graftedTree) read(name string) ([]byte, error) {
	if inside, found := t.inside(name); found {
		return t.scion.read(inside)
	}
	return t.tree.read(name)
}

func (t graftedTree) resolve(name string) (hostPlace, error) {
	if inside, found := t.inside(name); found {
		place, err := t.scion.resolve(inside)
		place.Path = name
		return place, err
	}
	if name == "" || strings.HasPrefix(t.at, name+"/") {
		return hostPlace{Path: name, Type: "directory"}, nil
	}
	return t.tree.resolve(name)
}

func selectEntries(entries []hostEntry, keep func(hostEntry) bool) []hostEntry {
	kept := make([]hostEntry, 0, len(entries))
	for _, entry := range entries {
		if keep(entry) {
			kept = append(kept, entry)
		}
	}
	return kept
}

// withEntry keeps the order of names.
func withEntry(entries []hostEntry, added hostEntry) []hostEntry {
	joined := make([]hostEntry, 0, len(entries)+1)
	for _, entry := range entries {
		if entry.Name == added.Name {
			continue
		}
		if added.Name != "" && added.Name < entry.Name {
			joined = append(joined, added)
			added.Name = ""
		}
		joined = append(joined, entry)
	}
	if added.Name != "" {
		joined = append(joined, added)
	}
	return joined
}

func notExist(verb, name string) error {
	return &fs.PathError{Op: verb, Path: name, Err: fs.ErrNotExist}
}
