package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"sort"
	"strings"
	"testing"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// sortedByHelm tells what Helm's own sorting gives, and what the objects of its output are.
func sortedByHelm(files map[string]string) string {
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return templateError(err).Error()
	}
	var told, text strings.Builder
	for _, manifest := range manifests {
		fmt.Fprintf(&told, "%s %q\n", manifest.Name, manifest.Content)
		fmt.Fprintf(&text, "---\n%s%s\n%s\n", sourceComment, manifest.Name, manifest.Content)
	}
	for _, hook := range hooks {
		fmt.Fprintf(&told, "%s %q %v\n", hook.Path, hook.Manifest, hook.Events)
		fmt.Fprintf(&text, "---\n%s%s\n%s\n", sourceComment, hook.Path, hook.Manifest)
	}
	objects, err := splitManifests([]byte(text.String()))
	return told.String() + toldObjects(objects, err)
}

func sortedHere(files map[string]string) string {
	sorted, err := sortManifests(files)
	if err != nil {
		return err.Error()
	}
	var told strings.Builder
	for _, manifest := range sorted.manifests {
		fmt.Fprintf(&told, "%s %q\n", manifest.file, manifest.text)
	}
	for _, hook := range sorted.hooks {
		fmt.Fprintf(&told, "%s %q %v\n", hook.file, hook.text, hook.events)
	}
	objects, err := sorted.objects(nil, helmInput{})
	return told.String() + toldObjects(objects, err)
}

func toldObjects(objects []renderedObject, err error) string {
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal(objects)
	return fmt.Sprint(string(text), err)
}

func TestManifestsAreSortedAsByHelm(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	lines := []string{
		"---\n", "---\n", "--- \t\n", "---apiVersion: v1\n", "------\n", "--- # c\n", "---\r\n", "...\n", "\n", "  \n", "# c\n", "%YAML 1.1\n",
		"kind: Job\n", "kind: Service\n", "kind: Secret\n", "kind: Widget\n", "kind: Aardvark\n", "Kind: Pod\n", "kind: 1\n", "kind: [a]\n", "kind: |\n  Job\n", "kind: true\n", "KIND: x\n", "\u212aind: Pod\n",
		"apiVersion: v1\n", "apiVersion: 1\n", "apiversion: {}\n", "metadata: {name: a}\n", "metadata:\n  name: a\n", "metadata:\n  name: 1\n", "metadata:\n", "metadata: text\n", "metadata: [a]\n",
		"metadata:\n  annotations:\n    helm.sh/hook: pre-install\n", "metadata:\n  annotations:\n    helm.sh/hook: test, Post-Install\n    helm.sh/hook-weight: \"5\"\n",
		"metadata:\n  annotations:\n    helm.sh/hook: test-success\n    helm.sh/hook-weight: 5\n", "metadata:\n  annotations:\n    helm.sh/hook: unknown\n", "metadata:\n  annotations:\n    helm.sh/hook: |\n      pre-install\n",
		"metadata:\n  annotations:\n    helm.sh/hook-delete-policy: a\n", "metadata:\n  annotations:\n    helm.sh/hook: \"\"\n", "metadata:\n  annotations:\n", "metadata:\n  annotations: {}\n", "metadata:\n  Annotations:\n    helm.sh/hook: test\n", "metadata:\n  annotations:\n    a: 1\n", "metadata:\n  annotations:\n    a: {}\n",
		"data:\n  a: |\n    ---\n    b\n", "data: |\n  a\n", "data: &a b\n", "a: *a\n", "a: b: c\n", "- a\n", "text\n", "null\n", "a: \"b\n  c\"\n", "\ta: b\n", "a: é\n", "  a: b\n", "data: |+\n  a\n\n\n", "x: 1", "kind: Pod",
	}
	short := 0
	for range 60_000 {
		files := map[string]string{}
		for _, name := range []string{"c/templates/a.yaml", "c/templates/_b.yaml", "c/charts/d/templates/b.yaml", "c/templates/é\u2028.yaml", "c/templates/x\ny.yaml"}[:1+random.Intn(5)] {
			var text strings.Builder
			for range random.Intn(7) {
				text.WriteString(lines[random.Intn(len(lines))])
			}
			files[name] = text.String()
		}
		here, byHelm := sortedHere(files), sortedByHelm(files)
		if here != byHelm {
			t.Fatalf("%q\nhere:\n%s\nHelm:\n%s", files, here, byHelm)
		}
		if strings.Contains(here, `[{"object"`) {
			short++
		}
	}
	if short < 3_000 {
		t.Fatalf("only %d were without errors", short)
	}
}

func TestDocumentsAreTakenApartAsByHelm(t *testing.T) {
	random := rand.New(rand.NewSource(4))
	parts := []string{"-", "--", "---", "----", "\n", "\n---", "\r", " ", "\t", "a", "\u00a0", "\f"}
	for range 200_000 {
		var text strings.Builder
		for range random.Intn(10) {
			text.WriteString(parts[random.Intn(len(parts))])
		}
		byKey := releaseutil.SplitManifests(text.String())
		keys := slices.Collect(maps.Keys(byKey))
		sort.Sort(releaseutil.BySplitManifestsOrder(keys))
		var byHelm []string
		for _, key := range keys {
			byHelm = append(byHelm, byKey[key])
		}
		if here := documentTexts(text.String()); !slices.Equal(here, byHelm) {
			t.Fatalf("%q: %q, Helm: %q", text.String(), here, byHelm)
		}
	}
}
