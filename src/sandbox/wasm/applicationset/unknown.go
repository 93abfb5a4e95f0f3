package applicationset

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// warnOfUnknownGenerators: the controller passes over an entry that holds no kind it knows.
func (g *generation) warnOfUnknownGenerators() {
	var named []string
	found := false
	entries := writtenGenerators(g.input.ApplicationSet)
	for index := range g.set.Spec.Generators {
		entry := &g.set.Spec.Generators[index]
		if slices.ContainsFunc(kinds, func(kind kind) bool { return kind.present(entry) }) {
			continue
		}
		if index < len(entries) {
			named = append(named, slices.Sorted(maps.Keys(entries[index]))...)
		}
		// To the controller an entry with a selector alone is a generator; it gives nothing all the same.
		found = found || entry.Selector == nil
		g.output.Findings = append(g.output.Findings, Finding{
			Code: codeGenerator, Message: fmt.Sprintf("generators[%d] holds no generator that Argo CD knows%s", index, suggestKind(named)),
		})
	}
	if !found {
		return
	}
	warning := fmt.Sprintf("ApplicationSet %s contains unrecognized generators", g.set.Name)
	if len(named) > 0 {
		warning += ": " + strings.Join(named, ", ")
	}
	g.output.Warnings = append(g.output.Warnings, warning)
}

// writtenGenerators are the entries as they were written, with keys that the CRD does not know. An API server has pruned
// those, but kubectl apply's annotation still has them.
func writtenGenerators(set json.RawMessage) []map[string]json.RawMessage {
	type written struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
		Spec struct {
			Generators []map[string]json.RawMessage `json:"generators"`
		} `json:"spec"`
	}
	var given, applied written
	if json.Unmarshal(set, &given) != nil {
		return nil
	}
	last := given.Metadata.Annotations["kubectl.kubernetes.io/last-applied-configuration"]
	if json.Unmarshal([]byte(last), &applied) == nil && len(applied.Spec.Generators) == len(given.Spec.Generators) {
		return applied.Spec.Generators
	}
	return given.Spec.Generators
}

func suggestKind(named []string) string {
	if len(named) == 0 {
		return ""
	}
	names := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		names = append(names, kind.name)
	}
	written := named[len(named)-1]
	if near := nearest(written, names); near != "" {
		return fmt.Sprintf(": %s; %s was probably meant", written, near)
	}
	return ": " + written
}
