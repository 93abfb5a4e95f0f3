package main

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/kustomize/api/builtins"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// How hooks and templates get to the post-renderers (spec.postRenderStrategy, Helm's PostRenderStrategy).
const (
	// combinedStrategy is one stream of both; what a release without a strategy gets.
	combinedStrategy = "combined"
	// separateStrategy is a stream for each, so that an object may be in both.
	separateStrategy = "separate"
	// noHooksStrategy leaves hooks as they are.
	noHooksStrategy = "nohooks"
)

// templateAnnotation is how Helm finds the template of a document again, once the post-renderers are done.
const templateAnnotation = "postrenderer.helm.sh/postrender-filename"

// postRendered gives templates as Helm has them after helm-controller's post-renderers (renderResources in Helm's pkg/action).
// There always is one, so that every object goes through kustomize's reading and printing of YAML.
func (f fluxHelmInput) postRendered(files map[string]string) (map[string]string, error) {
	switch f.PostRenderStrategy {
	case "", combinedStrategy:
		return f.postRenderStream(files)
	case separateStrategy, noHooksStrategy:
		return f.postRenderApart(files)
	}
	return nil, fmt.Errorf("unknown post-render strategy: '%s'", f.PostRenderStrategy)
}

func (f fluxHelmInput) postRenderApart(files map[string]string) (map[string]string, error) {
	release, err := sortManifests(files)
	if err != nil {
		return nil, err
	}
	hooks, manifests := map[string]string{}, map[string]string{}
	for _, hook := range release.hooks {
		appendDocument(hooks, hook.file, hook.text)
	}
	for _, manifest := range release.manifests {
		appendDocument(manifests, manifest.file, manifest.text)
	}
	if len(hooks) > 0 && f.PostRenderStrategy == separateStrategy {
		if hooks, err = f.postRenderStream(hooks); err != nil {
			return nil, fmt.Errorf("hooks: %w", err)
		}
	}
	if len(manifests) > 0 {
		if manifests, err = f.postRenderStream(manifests); err != nil {
			return nil, err
		}
	}
	for name, text := range manifests {
		appendDocument(hooks, name, text)
	}
	return hooks, nil
}

func appendDocument(files map[string]string, name, document string) {
	if before, isThere := files[name]; isThere {
		document = before + "\n---\n" + document
	}
	files[name] = document
}

func (f fluxHelmInput) postRenderStream(files map[string]string) (map[string]string, error) {
	stream, err := mergeTemplates(files)
	if err != nil {
		return nil, err
	}
	if stream, err = f.runPostRenderers(stream); err != nil {
		return nil, fmt.Errorf("error while running post render on files: %w", err)
	}
	return splitTemplates(stream)
}

// mergeTemplates makes one stream of all documents, each annotated with its template.
func mergeTemplates(files map[string]string) ([]byte, error) {
	var nodes []*kyaml.RNode
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		documents := releaseutil.SplitManifests(files[name])
		keys := slices.Collect(maps.Keys(documents))
		sort.Sort(releaseutil.BySplitManifestsOrder(keys))
		for _, key := range keys {
			parsed, err := kio.ParseAll(documents[key])
			if err != nil {
				return nil, &codedError{Code: "GDE_RENDER_HELM", Message: fmt.Sprintf("parsing %s: %v", name, err), File: name}
			}
			for _, node := range parsed {
				if err := node.PipeE(kyaml.SetAnnotation(templateAnnotation, name)); err != nil {
					return nil, &codedError{Code: "GDE_RENDER_HELM", Message: fmt.Sprintf("annotating %s: %v", name, err), File: name}
				}
			}
			nodes = append(nodes, parsed...)
		}
	}
	text, err := kio.StringAll(nodes)
	return []byte(text), err
}

// splitTemplates is the way back. What a post-renderer made without saying where it is from gets a name of its own.
func splitTemplates(stream []byte) (map[string]string, error) {
	nodes, err := kio.ParseAll(string(stream))
	if err != nil {
		return nil, err
	}
	byName := map[string][]*kyaml.RNode{}
	for index, node := range nodes {
		name := node.GetAnnotations()[templateAnnotation]
		if name == "" {
			name = fmt.Sprintf("generated-by-postrender-%d.yaml", index)
		}
		if err := node.PipeE(kyaml.ClearAnnotation(templateAnnotation)); err != nil {
			return nil, err
		}
		byName[name] = append(byName[name], node)
	}
	files := map[string]string{}
	for name, nodes := range byName {
		if files[name], err = kio.StringAll(nodes); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// runPostRenderers runs those of the HelmRelease, then the controller's own: common metadata, and labels that name the release,
// which win over it.
func (f fluxHelmInput) runPostRenderers(stream []byte) ([]byte, error) {
	for _, renderer := range f.PostRenderers {
		changed, err := renderer.run(stream)
		if err != nil {
			return nil, err
		}
		stream = changed
	}
	metadata := []resmap.Transformer{labelTransformer(f.originLabels())}
	if common := f.CommonMetadata; common != nil {
		own := []resmap.Transformer{labelTransformer(common.Labels), annotationTransformer(common.Annotations)}
		metadata = append(own, metadata...)
	}
	factory := resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory())
	resources, err := factory.NewResMapFromBytes(stream)
	if err != nil {
		return nil, err
	}
	for _, transformer := range metadata {
		if err := transformer.Transform(resources); err != nil {
			return nil, err
		}
	}
	return resources.AsYaml()
}

func labelTransformer(labels map[string]string) resmap.Transformer {
	fields := []types.FieldSpec{{Path: "metadata/labels", CreateIfNotPresent: true}}
	return &builtins.LabelTransformerPlugin{Labels: labels, FieldSpecs: fields}
}

func annotationTransformer(annotations map[string]string) resmap.Transformer {
	fields := []types.FieldSpec{{Path: "metadata/annotations", CreateIfNotPresent: true}}
	return &builtins.AnnotationsTransformerPlugin{Annotations: annotations, FieldSpecs: fields}
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
