package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestEntriesAreReadAsKustomizeReadsThem(t *testing.T) {
	for entry, want := range map[string]gitBase{
		"github.com/org/repo":                                        {"https://github.com/org/repo", "", ""},
		"github.com/org/repo/path/to?ref=v1":                         {"https://github.com/org/repo", "v1", "path/to"},
		"github.com/org/repo//path?version=v1":                       {"https://github.com/org/repo", "v1", "path"},
		"github.com/org/repo//path?ref=a&version=b":                  {"https://github.com/org/repo", "a", "path"},
		"git@github.com:org/repo//path?ref=main":                     {"git@github.com:org/repo", "main", "path"},
		"github.com:org/repo.git//path":                              {"https://github.com/org/repo.git", "", "path"},
		"https://user@github.com/org/repo":                           {"user@github.com:org/repo", "", ""},
		"git::https://git.example.com/org/repo.git//path?ref=x":      {"https://git.example.com/org/repo.git", "x", "path"},
		"https://git.example.com/group/sub/repo.git/path":            {"https://git.example.com/group/sub/repo.git", "", "path"},
		"https://dev.azure.com/org/project/_git/repo/path?ref=v1":    {"https://dev.azure.com/org/project/_git/repo", "v1", "path"},
		"ssh://git@git.example.com:7999/org/repo.git//path":          {"ssh://git@git.example.com:7999/org/repo.git", "", "path"},
		"git@git.example.com:group/sub/repo//path":                   {"git@git.example.com:group/sub/repo", "", "path"},
		"https://git.example.com/org/repo?ref=v1&timeout=90":         {"https://git.example.com/org/repo", "v1", ""},
		"https://git.example.com/org/repo//p?submodules=false&ref=a": {"https://git.example.com/org/repo", "a", "p"},
		"file:///srv/repo.git//path":                                 {"file:///srv/repo.git", "", "path"},
		"HTTPS://git.example.com/org/repo":                           {"https://git.example.com/org/repo", "", ""},
	} {
		base, isGit := readGitBase(entry)
		if !isGit || base != want {
			t.Errorf("%s is %v (%v), not %v", entry, base, isGit, want)
		}
	}
	for _, local := range []string{"../base", "base", "/srv/base", "https://example.com/x.yaml", "example.com/org/repo", "github.com/org/repo//../x"} {
		if base, isGit := readGitBase(local); isGit {
			t.Errorf("%s is no repository, but %v", local, base)
		}
	}
}

func configMapNamed(name string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n"
}

func gitReference(url, revision string) remoteReference {
	return remoteReference{Type: "git", URL: url, Revision: revision}
}

// namesBuilt gives the names of what the kustomization at the root of the first source makes.
func namesBuilt(t *testing.T, host *testHost) []string {
	t.Helper()
	output, err := runKustomize(kustomizeInput{})
	if err != nil {
		t.Fatalf("%v, asked for %v", err, host.asked)
	}
	var names []string
	for _, object := range output.Objects {
		var head struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal(object.Object, &head); err != nil {
			t.Fatal(err)
		}
		names = append(names, head.Metadata.Name)
	}
	return names
}

const base = "https://git.example.com/org/base"

func TestAllThatIsRemoteIsAskedForAtOnce(t *testing.T) {
	host := &testHost{sources: []testTree{{
		"kustomization.yaml": "resources:\n- sub\n- " + base + "//one?ref=v1\npatches:\n- path: https://example.com/patch.yaml\n",
		"sub/kustomization.yaml": "resources:\n- https://example.com/a.yaml\n- " + base + "//two\ncomponents:\n- https://example.com/org/c.git\n" +
			"configMapGenerator:\n- name: a\n  files:\n  - k=https://example.com/k\n",
	}}}
	host.give(t)
	if _, err := runKustomize(kustomizeInput{}); !errors.Is(err, errRemoteNeeded) {
		t.Fatal(err)
	}
	var asked []string
	for _, reference := range host.asked {
		asked = append(asked, reference.Type+" "+reference.URL+" "+reference.Revision+" by "+reference.File)
	}
	slices.Sort(asked)
	want := []string{
		"file https://example.com/a.yaml  by sub/kustomization.yaml",
		"file https://example.com/k  by sub/kustomization.yaml",
		"file https://example.com/patch.yaml  by kustomization.yaml",
		"git https://example.com/org/c.git  by sub/kustomization.yaml",
		"git https://git.example.com/org/base  by sub/kustomization.yaml",
		"git https://git.example.com/org/base v1 by kustomization.yaml",
	}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for\n%s", strings.Join(asked, "\n"))
	}
}

func TestRemoteBasesAreBuilt(t *testing.T) {
	host := &testHost{
		sources: []testTree{
			{
				"kustomization.yaml": "resources:\n- " + base + "//apps/one?ref=v1\n- https://example.com/b.yaml\nnamePrefix: p-\n",
			},
			{
				"apps/one/kustomization.yaml": "resources:\n- ../two\n- a.yaml\n- " + base + "//lib\n",
				"apps/one/a.yaml":             configMapNamed("a"),
				"apps/two/kustomization.yaml": "resources: [c.yaml]\nnameSuffix: -s\n",
				"apps/two/c.yaml":             configMapNamed("c"),
			},
			{"lib/kustomization.yaml": "resources: [d.yaml]\n", "lib/d.yaml": configMapNamed("d")},
			{"file": configMapNamed("b")},
		},
		remotes: map[remoteReference]remoteAnswer{
			gitReference(base, "v1"):                          {Source: 1},
			gitReference(base, ""):                            {Source: 2},
			{Type: "file", URL: "https://example.com/b.yaml"}: {Source: 3},
		},
	}
	host.give(t)
	names := namesBuilt(t, host)
	slices.Sort(names)
	if want := []string{"p-a", "p-b", "p-c-s", "p-d"}; !slices.Equal(names, want) {
		t.Errorf("made %v", names)
	}
}

func TestAURLWithoutAFileIsARepository(t *testing.T) {
	const url = "https://git.example.com/org/repo"
	host := &testHost{
		sources: []testTree{
			{"kustomization.yaml": "resources:\n- " + url + "\n"},
			{"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": configMapNamed("a")},
		},
		remotes: map[remoteReference]remoteAnswer{
			{Type: "file", URL: url}: {Failure: &remoteFailure{Code: "GDE_GIT_UNREACHABLE", Message: "404"}},
		},
	}
	host.give(t)
	if _, err := runKustomize(kustomizeInput{}); !errors.Is(err, errRemoteNeeded) {
		t.Fatal(err)
	}
	host.remotes[gitReference(url, "")] = remoteAnswer{Source: 1}
	if names := namesBuilt(t, host); !slices.Equal(names, []string{"a"}) {
		t.Errorf("made %v", names)
	}
}

func TestWhatARemoteBaseMayNotDo(t *testing.T) {
	for title, fault := range map[string]struct {
		files   testTree
		message string
	}{
		"name a base outside":   {testTree{"kustomization.yaml": "resources: [../../other]\n"}, "lies outside the repository"},
		"name a file outside":   {testTree{"kustomization.yaml": "resources: [../../other.yaml]\n"}, "lies outside the repository"},
		"read above its folder": {testTree{"app/kustomization.yaml": "resources: [../a.yaml]\n", "a.yaml": configMapNamed("a")}, "is not in or below"},
		"name itself":           {testTree{"kustomization.yaml": "resources:\n- " + base + "\n"}, "cycle detected"},
		"be no folder":          {testTree{"app": configMapNamed("a")}, "expecting directory"},
		"be missing":            {testTree{"other": ""}, "doesn't exist"},
	} {
		entry := base + ".git"
		folder := ""
		if _, hasApp := fault.files["kustomization.yaml"]; !hasApp {
			folder = "//app"
		}
		if strings.Contains(fault.files["kustomization.yaml"], base) {
			entry = base
		}
		host := &testHost{
			sources: []testTree{{"kustomization.yaml": "resources:\n- " + entry + folder + "\n"}, fault.files},
			remotes: map[remoteReference]remoteAnswer{
				gitReference(base+".git", ""): {Source: 1}, gitReference(base, ""): {Source: 1},
				{Type: "file", URL: base}: {Failure: &remoteFailure{Code: "GDE_GIT_UNREACHABLE", Message: "404"}},
			},
		}
		host.give(t)
		_, err := runKustomize(kustomizeInput{LoadRestrictor: "none"})
		if err == nil || !strings.Contains(err.Error(), fault.message) {
			t.Errorf("%s: %v", title, err)
		}
	}
}

func TestBasesThatMultiplyEnd(t *testing.T) {
	host := &testHost{sources: []testTree{{"kustomization.yaml": "resources: [" + base + "//l9a]\n"}, {}}, remotes: map[remoteReference]remoteAnswer{gitReference(base, ""): {Source: 1}}}
	for level := range 10 {
		for _, side := range []string{"a", "b"} {
			text := "nameSuffix: -" + side + "\nresources:\n- a.yaml\n"
			if level > 0 {
				below := base + "//l" + strconv.Itoa(level-1)
				text = "nameSuffix: -" + side + "\nresources:\n- " + below + "a\n- " + below + "b\n"
			}
			folder := "l" + strconv.Itoa(level) + side
			host.sources[1][folder+"/kustomization.yaml"] = text
			host.sources[1][folder+"/a.yaml"] = configMapNamed("a")
		}
	}
	host.give(t)
	_, err := runKustomize(kustomizeInput{})
	var coded *codedError
	if !errors.As(err, &coded) || coded.Code != "GDE_TOO_LARGE" {
		t.Error(err)
	}
}

func TestFailuresNameWhoAsked(t *testing.T) {
	for code, told := range map[string]string{
		"GDE_GIT_AUTH":        "GDE_GIT_AUTH",
		"GDE_GIT_UNREACHABLE": "GDE_RENDER_REMOTE_BASE",
	} {
		host := &testHost{
			sources: []testTree{{"app/kustomization.yaml": "resources:\n- https://user:secret@git.example.com/org/base.git\n"}},
			remotes: map[remoteReference]remoteAnswer{
				gitReference("https://user:secret@git.example.com/org/base.git", ""): {Failure: &remoteFailure{Code: code, Message: "401"}},
			},
		}
		host.give(t)
		_, err := runKustomize(kustomizeInput{Path: "app"})
		var coded *codedError
		want := codedError{Code: told, Message: "https://git.example.com/org/base.git: 401", File: "app/kustomization.yaml"}
		if !errors.As(err, &coded) || *coded != want {
			t.Error(err)
		}
	}
}

func TestAFileOfAServerThatDoesNotAnswer(t *testing.T) {
	const url = "https://git.example.com/team/board.json"
	host := &testHost{
		sources: []testTree{{"kustomization.yaml": "configMapGenerator:\n- name: boards\n  files:\n  - board.json=" + url + "\n"}},
		remotes: map[remoteReference]remoteAnswer{
			{Type: "file", URL: url}: {Failure: &remoteFailure{Code: "GDE_SOURCE_UNREACHABLE", Message: "ENOTFOUND"}},
		},
	}
	host.give(t)
	_, err := runKustomize(kustomizeInput{})
	var coded *codedError
	if !errors.As(err, &coded) || coded.Code != "GDE_RENDER_REMOTE_BASE" || !strings.Contains(coded.Message, url) {
		t.Error(err)
	}
}
