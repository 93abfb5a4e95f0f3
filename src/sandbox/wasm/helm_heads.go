package main

import (
	"maps"
	"strings"

	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// sortedHeads are heads as Helm sorts them.
type sortedHeads struct {
	hooks     []*release.Hook
	manifests []releaseutil.Manifest
}

// Bytes of heads whose order is kept: most charts have the same hooks, if any.
const maxKeptHeadBytes = 64 << 10

var keptHeads = newKeptValues[string, sortedHeads](maxKeptHeadBytes)

// sortHeads has Helm sort heads. Of the names of files it uses the order, which the numbers in text tell, and that of the one with an error.
func sortHeads(heads map[string]string, order releaseutil.KindSortOrder, text string) (sortedHeads, error) {
	key := strings.Join(order, " ") + "\n" + text
	if kept, isKept := keptHeads.get(key); isKept {
		return kept, nil
	}
	hooks, manifests, err := releaseutil.SortManifests(heads, nil, order)
	sorted := sortedHeads{hooks, manifests}
	if err == nil && keptHeads.isAskedAgain(key) {
		keptHeads.put(key, sorted, len(key))
	}
	return sorted, err
}

// plainHead reads the head of a document that has all of it in letters as Helm names it.
func plainHead(node plainNode) (head releaseutil.SimpleHead, isKnown bool) {
	metadata, annotations := node.get("metadata"), node.get("metadata").get("annotations")
	isKnown = node.kind == plainMap && namesExactly(node, "apiVersion", "kind", "metadata") && namesExactly(metadata, "name", "annotations") &&
		isTextOrAbsent(node.get("apiVersion")) && isTextOrAbsent(node.get("kind")) && isTextOrAbsent(metadata.get("name")) &&
		isMapOrAbsent(metadata) && isMapOrAbsent(annotations)
	if !isKnown {
		return head, false
	}
	values := map[string]string{}
	for _, annotation := range annotations.fields {
		if annotation.value.kind != plainText {
			return head, false
		}
		if strings.HasPrefix(annotation.key, release.HookAnnotation) {
			values[annotation.key] = annotation.value.text
		}
	}
	head.Kind = node.get("kind").text
	if len(values) > 0 {
		head.Metadata = newMetadata(values)
	}
	return head, true
}

func isTextOrAbsent(node plainNode) bool { return node.kind == plainText || node.isAbsent() }
func isMapOrAbsent(node plainNode) bool  { return node.kind == plainMap || node.isAbsent() }

// namesExactly is false where a key differs from a name in case alone: readers of JSON take it for that.
func namesExactly(node plainNode, names ...string) bool {
	for _, field := range node.fields {
		for _, name := range names {
			if field.key != name && strings.EqualFold(field.key, name) {
				return false
			}
		}
	}
	return true
}

// withoutUnsorted leaves out what Helm does not sort by.
func withoutUnsorted(head releaseutil.SimpleHead) releaseutil.SimpleHead {
	kept := releaseutil.SimpleHead{Kind: head.Kind}
	if head.Metadata == nil {
		return kept
	}
	annotations := maps.Clone(head.Metadata.Annotations)
	maps.DeleteFunc(annotations, func(name, _ string) bool { return !strings.HasPrefix(name, release.HookAnnotation) })
	if len(annotations) > 0 {
		kept.Metadata = newMetadata(annotations)
	}
	return kept
}

func newMetadata(annotations map[string]string) *struct {
	Name        string            `json:"name"`
	Annotations map[string]string `json:"annotations"`
} {
	return &struct {
		Name        string            `json:"name"`
		Annotations map[string]string `json:"annotations"`
	}{Annotations: annotations}
}
