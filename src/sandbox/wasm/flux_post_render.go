package main

import (
	"bytes"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// postRender runs the kustomize post-renderers of a HelmRelease over the release's manifest, one after the other.
func postRender(manifest []byte, renderers []fluxPostRenderer) ([]byte, error) {
	for _, renderer := range renderers {
		// kustomize refuses what has no resources.
		if len(bytes.TrimSpace(manifest)) == 0 {
			return manifest, nil
		}
		changed, err := renderer.run(manifest)
		if err != nil {
			return nil, err
		}
		manifest = changed
	}
	return manifest, nil
}

func (r fluxPostRenderer) run(manifest []byte) ([]byte, error) {
	const input = "helm-output.yaml"
	kustomization := types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Resources: []string{input},
	}
	for _, image := range r.Images {
		kustomization.Images = append(kustomization.Images, image.image())
	}
	for _, patch := range r.Patches {
		kustomization.Patches = append(kustomization.Patches, patch.patch())
	}
	text, err := yaml.Marshal(kustomization)
	if err != nil {
		return nil, err
	}
	files := filesys.MakeFsInMemory()
	if err := files.WriteFile(input, manifest); err != nil {
		return nil, err
	}
	if err := files.WriteFile("kustomization.yaml", text); err != nil {
		return nil, err
	}
	options := &krusty.Options{LoadRestrictions: types.LoadRestrictionsNone, PluginConfig: types.DisabledPluginConfig()}
	resources, err := krusty.MakeKustomizer(options).Run(files, ".")
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}
