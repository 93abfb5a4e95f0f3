package main

import (
	"bytes"

	"sigs.k8s.io/yaml"
)

// Where labels of volume claim templates are.
const claimTemplateLabels = "spec/volumeClaimTemplates[]/metadata/labels"

// labelClaimTemplates changes a kustomization file that labels templates so that it labels the volume claim templates of
// StatefulSets, too: kustomize 5.8.1, which Flux has, does so, and later ones do not. What cannot be read is left to kustomize.
func labelClaimTemplates(text []byte) []byte {
	if !bytes.Contains(text, []byte("includeTemplates")) {
		return text
	}
	var kustomization map[string]any
	if yaml.Unmarshal(text, &kustomization) != nil {
		return text
	}
	labels, _ := kustomization["labels"].([]any)
	changed := false
	for _, entry := range labels {
		label, isMap := entry.(map[string]any)
		if !isMap || label["includeTemplates"] != true || label["includeSelectors"] == true {
			continue
		}
		fields, isList := label["fields"].([]any)
		if isList && namesClaimTemplates(fields) || !isList && label["fields"] != nil {
			continue
		}
		label["fields"] = append(fields, map[string]any{
			"path": claimTemplateLabels, "create": true, "group": "apps", "kind": "StatefulSet",
		})
		changed = true
	}
	if !changed {
		return text
	}
	if adapted, err := yaml.Marshal(kustomization); err == nil {
		return adapted
	}
	return text
}

func namesClaimTemplates(fields []any) bool {
	for _, entry := range fields {
		if field, isMap := entry.(map[string]any); isMap && field["path"] == claimTemplateLabels {
			return true
		}
	}
	return false
}
