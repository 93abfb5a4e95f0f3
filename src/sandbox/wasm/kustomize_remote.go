package main

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
)

// A kustomization that clones more often than this refers to itself in a way that grows without end, or is meant to.
const mostClones = 500

// kustomizeRemotes is what is known of a build's remote bases and files.
type kustomizeRemotes struct {
	// Why no base may be remote; "" where they may.
	forbidden string
	// Folders of repositories by URL and revision.
	repositories map[[2]string]string
	// Folders of bases by the entry that names them.
	bases map[string]string
	// Files that the host does not have yet: whether they are files at all is not known before.
	awaited map[string]bool
	// The first one that cannot be had. Kustomize loses it in its own messages.
	refusal *codedError
	// Why a file cannot be had, by its URL; it may be a repository instead.
	failures map[string]*remoteFailure
}

func newKustomizeRemotes() kustomizeRemotes {
	return kustomizeRemotes{
		repositories: map[[2]string]string{}, bases: map[string]string{},
		awaited: map[string]bool{}, failures: map[string]*remoteFailure{},
	}
}

// gitBase is how kustomize itself understands an entry: as a folder of a repository.
type gitBase struct{ url, revision, folder string }

// What kustomize calls the root of a repository that is not there yet.
const notCloned = "notCloned"

func readGitBase(entry string) (gitBase, bool) {
	origin := (&resource.Origin{}).Append(entry)
	folder := origin.Path
	if folder == notCloned {
		folder = ""
	}
	return gitBase{url: origin.Repo, revision: origin.Ref, folder: folder}, origin.Repo != ""
}

// isRemoteFile tells of a name whether kustomize loads it by HTTP.
func isRemoteFile(name string) bool {
	parsed, err := url.Parse(name)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https")
}

// isSurelyRepository tells of a URL that no server would give a manifest for, though kustomize asks for one first.
func isSurelyRepository(entry string) bool {
	base, isGit := readGitBase(entry)
	if !isGit {
		return false
	}
	_, rest, _ := strings.Cut(entry, "://")
	rest, query, _ := strings.Cut(rest, "?")
	hasMark := strings.Contains(rest, "//") || strings.Contains(rest, ".git/") || strings.HasSuffix(rest, ".git") || strings.Contains(rest, "_git/")
	return hasMark || query != "" && strings.HasPrefix(base.url, "https://github.com/") && !strings.HasPrefix(base.folder, "raw/")
}

// repository gives the folder where a repository lies. file: who names it.
func (t *treeFileSystem) repository(base gitBase, file string) (string, error) {
	shown := withoutUserInfo(base.url)
	if t.remotes.forbidden != "" {
		return "", t.refuse(&codedError{Code: "GDE_RENDER_REMOTE_BASE", Message: shown + " is remote: " + t.remotes.forbidden, File: file})
	}
	if strings.HasPrefix(base.url, "file://") {
		return "", t.refuse(&codedError{Code: "GDE_RENDER_OUTSIDE", Message: shown + " lies outside the repository", File: file})
	}
	key := [2]string{base.url, base.revision}
	if folder, isKnown := t.remotes.repositories[key]; isKnown {
		return folder, nil
	}
	index, err := remoteSource(remoteReference{Type: "git", URL: base.url, Revision: base.revision, File: file})
	var failure *remoteFailure
	if errors.As(err, &failure) {
		return "", t.refuse(failure.codedBase(shown, file))
	}
	if err != nil {
		return "", err
	}
	folder := t.mounts.add(index, shown)
	t.remotes.repositories[key] = folder
	return folder, nil
}

func (t *treeFileSystem) refuse(err *codedError) error {
	if t.remotes.refusal == nil {
		t.remotes.refusal = err
	}
	return err
}

// clone gives kustomize the folder of a repository, one of its own each time.
func (t *treeFileSystem) clone(entry, url, revision string) (string, error) {
	if t.remotes.awaited[fileURL(entry)] {
		return "", errRemoteNeeded
	}
	if len(t.mounts.clones) >= mostClones {
		return "", t.refuse(&codedError{Code: "GDE_TOO_LARGE", Message: fmt.Sprintf("remote bases are used more than %d times", mostClones)})
	}
	folder, err := t.repository(gitBase{url: url, revision: revision}, "")
	if err != nil {
		return "", err
	}
	return t.mounts.clone(folder), nil
}

// remoteScout asks for all that is remote before anything is built, so that it can be fetched at once. What becomes of it is left to
// kustomize.
type remoteScout struct {
	files *treeFileSystem
	seen  map[string]bool
	// Something is not there yet.
	needs bool
}

// needsRemotes tells whether the host lacks something that the kustomization, or what it refers to, names.
func (t *treeFileSystem) needsRemotes(root string) bool {
	scout := remoteScout{files: t, seen: map[string]bool{}}
	scout.visit(root)
	return scout.needs
}

func (s *remoteScout) visit(folder string) {
	confirmed, file, err := s.files.CleanedAbs(folder)
	if err != nil || file != "" {
		return
	}
	place := s.files.mounts.canonical(confirmed.String())
	if s.seen[place] {
		return
	}
	s.seen[place] = true
	kustomization, file, ok := s.files.readKustomization(place)
	if !ok {
		return
	}
	by := s.files.mounts.told(file)
	for _, entry := range kustomization.Components {
		s.base(place, entry, by)
	}
	for _, entry := range slices.Concat(
		kustomization.Resources, kustomization.Generators, kustomization.Transformers, kustomization.Validators,
	) {
		if strings.Contains(entry, "\n") || s.isFile(entry, by) {
			continue
		}
		s.base(place, entry, by)
	}
	for _, entry := range filesOf(kustomization) {
		s.isFile(entry, by)
	}
}

// isFile asks for what may be a remote file, and tells whether it is one as far as is known.
func (s *remoteScout) isFile(entry, by string) bool {
	if !isRemoteFile(entry) || isSurelyRepository(entry) {
		return false
	}
	_, err := s.files.remoteFile(entry, by)
	s.needs = s.needs || errors.Is(err, errRemoteNeeded)
	var failure *remoteFailure
	return !errors.As(err, &failure)
}

func (s *remoteScout) base(folder, entry, by string) {
	base, isGit := readGitBase(entry)
	if !isGit {
		if !path.IsAbs(entry) {
			s.visit(path.Join(folder, entry))
		}
		return
	}
	repository, err := s.files.repository(base, by)
	s.needs = s.needs || errors.Is(err, errRemoteNeeded)
	if err == nil {
		s.files.remotes.bases[entry] = path.Join(repository, base.folder)
		s.visit(s.files.remotes.bases[entry])
	}
}

// baseOf gives the folder of what a kustomization refers to.
func (t *treeFileSystem) baseOf(folder, entry string) string {
	if base, isRemote := t.remotes.bases[entry]; isRemote {
		return base
	}
	return path.Join(folder, entry)
}

func (t *treeFileSystem) readKustomization(folder string) (types.Kustomization, string, bool) {
	var kustomization types.Kustomization
	file, err := kustomizationFile(t, folder)
	if err != nil {
		return kustomization, "", false
	}
	text, err := t.ReadFile(file)
	if err != nil || kustomization.Unmarshal(text) != nil {
		return kustomization, "", false
	}
	kustomization.FixKustomization()
	return kustomization, file, true
}
