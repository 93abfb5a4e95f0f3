package main

import (
	"github.com/fluxcd/pkg/ssa/utils"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// customResourceDefinitions are those of the crds/ folder, which are no part of the release: made at the installation, and
// replaced by an upgrade only where that is asked for.
func (f fluxHelmInput) customResourceDefinitions(loaded *chart.Chart) ([]fluxObject, error) {
	if f.CRDs == "Skip" {
		return nil, nil
	}
	documents, err := definitionsOf(loaded)
	if err != nil {
		return nil, err
	}
	objects, err := readManifest(documents)
	if err != nil {
		return nil, err
	}
	action := "ifNotPresent"
	if f.CRDs == "CreateReplace" {
		action = "apply"
	}
	definitions := make([]fluxObject, 0, len(objects))
	for _, object := range objects {
		// The controller warns of anything else that lies there, and leaves it out.
		if kind := object.GroupVersionKind().GroupKind(); kind != definitionKind {
			continue
		}
		utils.SetCommonMetadata([]*unstructured.Unstructured{object}, f.originLabels(), nil)
		definitions = append(definitions, fluxObject{Action: action, Object: object.Object})
	}
	return definitions, nil
}

var definitionKind = schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}

// originLabels name the HelmRelease on what it installs.
func (f fluxHelmInput) originLabels() map[string]string {
	return map[string]string{helmGroup + "/name": f.Name, helmGroup + "/namespace": f.OwnerNamespace}
}
