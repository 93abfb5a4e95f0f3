package main

import (
	"errors"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
)

func init() { register("kustomize", runKustomize) }

type kustomizeInput struct {
	Source int `json:"source"`
	// The kustomization's folder, from the root of the source.
	Path string `json:"path"`
	// Changes that are made to the kustomization file before it is built, as `kustomize edit` makes them.
	Edits kustomizeEdits `json:"edits"`
	// "none" lets a kustomization load files from outside its folder.
	LoadRestrictor string `json:"loadRestrictor"`
	// "legacy", "none", or "" for what the kustomization says.
	Reorder        string        `json:"reorder"`
	ManagedByLabel bool          `json:"managedByLabel"`
	Helm           kustomizeHelm `json:"helm"`
}

type kustomizeOutput struct {
	Objects []renderedObject `json:"objects"`
	// A chart asked for the Kubernetes version or what the cluster serves.
	UsedDestination bool `json:"usedDestination"`
}

// runKustomize does what `kustomize build` does. There is no program to run, so plugins are errors; what is remote comes from the host.
func runKustomize(input kustomizeInput) (kustomizeOutput, error) {
	files := newTreeFileSystem(sourceTree(input.Source))
	root := path.Join(mountPoint, input.Path)
	if err := input.Edits.apply(files, root); err != nil {
		return kustomizeOutput{}, files.explain(err)
	}
	charts := chartInflator{
		files: files, helm: input.Helm, restricted: input.LoadRestrictor != "none",
		seen: map[string]inheritance{}, made: map[string]generator{},
	}
	needsRemotes := files.needsRemotes(root)
	if _, err := charts.inflate(root, ""); err != nil {
		return kustomizeOutput{}, files.explain(err)
	}
	if needsRemotes || charts.needsRemotes {
		return kustomizeOutput{}, errRemoteNeeded
	}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	if input.Reorder != "" {
		options.Reorder = krusty.ReorderOption(input.Reorder)
	}
	if input.LoadRestrictor == "none" {
		options.LoadRestrictions = types.LoadRestrictionsNone
	}
	options.AddManagedbyLabel = input.ManagedByLabel
	resources, err := buildKustomization(files, root, options)
	if err != nil {
		return kustomizeOutput{}, files.explain(err)
	}
	if err := charts.correctOrigins(resources); err != nil {
		return kustomizeOutput{}, err
	}
	output := kustomizeOutput{Objects: make([]renderedObject, 0, resources.Size()), UsedDestination: charts.usedDestination}
	for _, resource := range resources.Resources() {
		object, err := resourceJSON(resource)
		if err != nil {
			return kustomizeOutput{}, err
		}
		output.Objects = append(output.Objects, renderedObject{Object: object})
	}
	return output, nil
}

// Kustomize's words for a URL that gives no file.
const (
	noRemoteFile        = "HTTP Error"
	noFileButRepository = "URL is a git repository"
)

// noHelm is kustomize's word for helmCharts that were not allowed.
const noHelm = "must specify --enable-helm"

// explain turns an error of kustomize into the coded one that tells its cause.
func (t *treeFileSystem) explain(err error) error {
	// Before what wraps it: kustomize keeps some errors and only quotes others.
	if t.remotes.refusal != nil {
		return t.remotes.refusal
	}
	var coded *codedError
	if errors.As(err, &coded) {
		return err
	}
	message := t.mounts.retell(err.Error())
	if t.outside != "" {
		return outsideError(t.outside)
	}
	if strings.Contains(message, noRemoteFile) || strings.HasSuffix(message, noFileButRepository) {
		for name, failure := range t.remotes.failures {
			if strings.Contains(message, name) {
				return failure.codedBase(withoutUserInfo(name), "")
			}
		}
	}
	// kustomize's own message quotes the values of the chart.
	if strings.Contains(message, noHelm) {
		return &codedError{Code: "GDE_RENDER_KUSTOMIZE", Message: "helmCharts: " + noHelm}
	}
	if strings.Contains(message, "external plugins disabled") || strings.Contains(message, "alpha-plugins") {
		return &codedError{Code: "GDE_UNSUPPORTED_PLUGIN", Message: message}
	}
	return errors.New(message)
}

// filesOf are the files that kustomize loads, which may be URLs: those of generators of ConfigMaps, patches, configurations and replacements.
func filesOf(kustomization types.Kustomization) []string {
	files := slices.Concat(kustomization.Configurations, kustomization.Crds)
	if path, isThere := kustomization.OpenAPI["path"]; isThere {
		files = append(files, path)
	}
	sources := make([]types.KvPairSources, 0, len(kustomization.ConfigMapGenerator)+len(kustomization.SecretGenerator))
	for _, generator := range kustomization.ConfigMapGenerator {
		sources = append(sources, generator.KvPairSources)
	}
	for _, generator := range kustomization.SecretGenerator {
		sources = append(sources, generator.KvPairSources)
	}
	for _, source := range sources {
		files = slices.Concat(files, source.EnvSources, []string{source.EnvSource})
		for _, file := range source.FileSources {
			// `key=file`; a URL has its own signs of equality behind the scheme.
			if key, value, isNamed := strings.Cut(file, "="); isNamed && !strings.Contains(key, "://") {
				file = value
			}
			files = append(files, file)
		}
	}
	//nolint:staticcheck // Old kustomizations name their patches here.
	for _, patch := range slices.Concat(kustomization.Patches, kustomization.PatchesJson6902) {
		files = append(files, patch.Path)
	}
	for _, patch := range kustomization.PatchesStrategicMerge { //nolint:staticcheck // The same.
		files = append(files, string(patch))
	}
	for _, replacement := range kustomization.Replacements {
		files = append(files, replacement.Path)
	}
	return files
}

func withoutUserInfo(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	if !found {
		return url
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		authority = authority[at+1:]
	}
	return scheme + "://" + authority + "/" + path
}
