package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	_ "unsafe" // For linkname.

	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/yaml"
)

// renderedRelease is what a chart gives: manifests in install order, and hooks.
type renderedRelease struct {
	manifests []releaseDocument
	hooks     []releaseHook
}

type releaseDocument struct {
	// The template, as Helm names it.
	file string
	text string
	// What the document says, where that was read already.
	object json.RawMessage
}

type releaseHook struct {
	releaseDocument
	events []release.HookEvent
}

//go:linkname sortManifestsByKind helm.sh/helm/v4/pkg/release/v1/util.sortManifestsByKind
func sortManifestsByKind(manifests []releaseutil.Manifest, order releaseutil.KindSortOrder) []releaseutil.Manifest

// sortManifests tells hooks from manifests and puts them into the order of installing, as Helm does by the heads of the documents.
// Only those that may be of hooks are given to Helm, which would read each document once more.
func sortManifests(files map[string]string) (renderedRelease, error) {
	var documents []releaseDocument
	var unsorted []releaseutil.Manifest
	heads, headsText := map[string]string{}, strings.Builder{}
	kinds := map[string]bool{}
	for index, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		var text strings.Builder
		for _, content := range documentTexts(files[name]) {
			document, head, err := readDocument(name, content)
			if err != nil {
				return renderedRelease{}, templateError(fmt.Errorf("YAML parse error on %s: %w", name, err))
			}
			number := "#" + strconv.Itoa(len(documents))
			if head.Metadata == nil {
				unsorted = append(unsorted, releaseutil.Manifest{Name: name, Content: number, Head: &head})
			} else {
				printed, err := json.Marshal(head)
				if err != nil {
					return renderedRelease{}, err
				}
				fmt.Fprintf(&text, "---\n%s\n%s\n", number, printed)
			}
			kinds[head.Kind] = true
			documents = append(documents, document)
		}
		heads[name] = text.String()
		fmt.Fprintf(&headsText, "file %d\n%s", index, heads[name])
	}
	// Helm makes a table of the order each time that it compares two documents.
	order := slices.DeleteFunc(slices.Clone(releaseutil.InstallOrder), func(kind string) bool { return !kinds[kind] })
	byHelm, err := sortHeads(heads, order, headsText.String())
	if err != nil {
		return renderedRelease{}, templateError(err)
	}
	unsorted, err = inDocumentOrder(append(unsorted, byHelm.manifests...))
	if err != nil {
		return renderedRelease{}, err
	}
	var sorted renderedRelease
	for _, manifest := range sortManifestsByKind(unsorted, order) {
		document, err := documentOf(documents, manifest.Content)
		if err != nil {
			return renderedRelease{}, err
		}
		sorted.manifests = append(sorted.manifests, document)
	}
	for _, hook := range byHelm.hooks {
		document, err := documentOf(documents, hook.Manifest)
		if err != nil {
			return renderedRelease{}, err
		}
		sorted.hooks = append(sorted.hooks, releaseHook{document, hook.Events})
	}
	return sorted, nil
}

// inDocumentOrder puts manifests into the order of their documents, in which Helm finds them.
func inDocumentOrder(manifests []releaseutil.Manifest) ([]releaseutil.Manifest, error) {
	numbers := make(map[string]int, len(manifests))
	for _, manifest := range manifests {
		number, err := numberOf(manifest.Content)
		if err != nil {
			return nil, err
		}
		numbers[manifest.Content] = number
	}
	slices.SortFunc(manifests, func(a, b releaseutil.Manifest) int { return numbers[a.Content] - numbers[b.Content] })
	return manifests, nil
}

// documentOf finds the document of a head by its number.
func documentOf(documents []releaseDocument, head string) (releaseDocument, error) {
	number, err := numberOf(head)
	if err != nil {
		return releaseDocument{}, err
	}
	return documents[number], nil
}

func numberOf(head string) (int, error) {
	number, _, _ := strings.Cut(strings.TrimPrefix(head, "#"), "\n")
	return strconv.Atoi(number)
}

// documentTexts are the documents of a file as Helm's SplitManifests takes them apart: at whatever begins like a separator.
func documentTexts(file string) []string {
	var texts []string
	rest := "\n" + strings.TrimLeftFunc(file, unicode.IsSpace)
	for isLast := false; !isLast; {
		text, after, isFound := strings.Cut(rest, "\n---")
		if isFound {
			text += "\n"
		}
		if text = strings.TrimLeftFunc(text, unicode.IsSpace); text != "" {
			texts = append(texts, text)
		}
		rest, isLast = strings.TrimLeft(after, " \t"), !isFound
	}
	return texts
}

// readDocument gives a document with what Helm sorts it by.
func readDocument(name, content string) (releaseDocument, releaseutil.SimpleHead, error) {
	document := releaseDocument{file: name, text: content}
	var head releaseutil.SimpleHead
	// It is printed with its name in front and a line's end behind.
	node, isPlain := plainYAML([]byte(content + "\n"))
	isKnown := false
	if isPlain {
		document.object = node.json(len(content))
		head, isKnown = plainHead(node)
	}
	if !isKnown || !strings.HasSuffix(content, "\n") {
		head = releaseutil.SimpleHead{}
		if err := yaml.Unmarshal([]byte(content), &head); err != nil {
			return releaseDocument{}, head, err
		}
	}
	if isPlainName := hasPlainLetters([]byte(name)) && !strings.Contains(name, "\n"); !isPlainName {
		document.object = nil
	}
	return document, withoutUnsorted(head), nil
}

// objects are those of what `helm template` prints: CRDs, manifests, hooks.
func (r renderedRelease) objects(loaded *chart.Chart, input helmInput) ([]renderedObject, error) {
	if !input.IncludeCRDs || len(loaded.CRDObjects()) == 0 {
		return objectsOf(r.documents(input), true)
	}
	definitions, err := definitionsOf(loaded)
	if err != nil {
		return nil, err
	}
	objects, err := objectsOf(r.documents(input), false)
	return append(definitions, objects...), err
}

// objectsOf gives the objects that documents say when they are printed one after another; isStart: there is nothing before.
func objectsOf(documents []releaseDocument, isStart bool) ([]renderedObject, error) {
	objects := []renderedObject{}
	for index, document := range documents {
		switch {
		case document.object == nil:
			var text bytes.Buffer
			document.print(&text)
			printed := text.Bytes()
			if index > 0 || !isStart {
				// Only at the start of a stream a separator counts as a line of the document.
				printed = bytes.TrimPrefix(printed, documentStart)
			}
			more, err := splitManifests(printed)
			if err != nil {
				return nil, err
			}
			objects = append(objects, more...)
		case string(document.object) != "null":
			objects = append(objects, renderedObject{Object: document.object, File: document.file})
		}
	}
	return objects, nil
}

// definitionsOf are the objects of the crds/ folder.
func definitionsOf(loaded *chart.Chart) ([]renderedObject, error) {
	var text bytes.Buffer
	printCRDs(&text, loaded)
	return splitManifests(text.Bytes())
}

// documents are those that are wanted.
func (r renderedRelease) documents(input helmInput) []releaseDocument {
	documents := slices.Clone(r.manifests)
	for _, hook := range r.hooks {
		if !input.SkipTests || !slices.Contains(hook.events, release.HookTest) {
			documents = append(documents, hook.releaseDocument)
		}
	}
	return documents
}

// print gives what `helm template` prints.
func (r renderedRelease) print(loaded *chart.Chart, input helmInput) []byte {
	var text bytes.Buffer
	if input.IncludeCRDs {
		printCRDs(&text, loaded)
	}
	for _, document := range r.documents(input) {
		document.print(&text)
	}
	return text.Bytes()
}

func (d releaseDocument) print(text *bytes.Buffer) {
	fmt.Fprintf(text, "---\n%s%s\n%s\n", sourceComment, d.file, d.text)
}

func printCRDs(text *bytes.Buffer, loaded *chart.Chart) {
	for _, crd := range loaded.CRDObjects() {
		fmt.Fprintf(text, "---\n%s%s\n%s\n", sourceComment, crd.Filename, crd.File.Data)
	}
}
