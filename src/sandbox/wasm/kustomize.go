package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
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
	Reorder        string `json:"reorder"`
	ManagedByLabel bool   `json:"managedByLabel"`
}

type kustomizeOutput struct {
	Objects []renderedObject `json:"objects"`
}

// runKustomize does what `kustomize build` does. There is no network and no program to run, so remote bases, Helm charts and
// plugins are errors.
func runKustomize(input kustomizeInput) (kustomizeOutput, error) {
	files := newTreeFileSystem(sourceTree(input.Source))
	root := path.Join(mountPoint, input.Path)
	if err := input.Edits.apply(files, root); err != nil {
		return kustomizeOutput{}, files.explain(err)
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
	resources, err := krusty.MakeKustomizer(options).Run(files, root)
	if err != nil {
		return kustomizeOutput{}, files.explain(err)
	}
	output := kustomizeOutput{Objects: make([]renderedObject, 0, resources.Size())}
	for _, resource := range resources.Resources() {
		// By way of YAML, as the controllers read what the program prints.
		text, err := resource.AsYAML()
		if err != nil {
			return kustomizeOutput{}, err
		}
		object, err := yaml.YAMLToJSON(text)
		if err != nil {
			return kustomizeOutput{}, err
		}
		output.Objects = append(output.Objects, renderedObject{Object: object})
	}
	return output, nil
}

// explain turns an error of kustomize into the coded one that tells its cause.
func (t *treeFileSystem) explain(err error) error {
	var coded *codedError
	if errors.As(err, &coded) {
		return err
	}
	message := strings.ReplaceAll(err.Error(), mountPoint+"/", "")
	if t.outside != "" {
		return outsideError(t.outside)
	}
	for _, file := range t.kustomizationsRead {
		var kustomization types.Kustomization
		if yaml.Unmarshal(t.changed[file], &kustomization) != nil {
			continue
		}
		if remote := remoteBase(kustomization); remote != "" {
			return &codedError{Code: "GDE_RENDER_REMOTE_BASE", Message: fmt.Sprintf("%s is remote", remote), File: inTree(file)}
		}
		//nolint:staticcheck // The deprecated fields count as well.
		if len(kustomization.HelmCharts) > 0 || len(kustomization.HelmChartInflationGenerator) > 0 {
			return &codedError{Code: "GDE_UNSUPPORTED_PLUGIN", Message: "helmCharts run the helm program", File: inTree(file)}
		}
	}
	if strings.Contains(message, "external plugins disabled") || strings.Contains(message, "alpha-plugins") {
		return &codedError{Code: "GDE_UNSUPPORTED_PLUGIN", Message: message}
	}
	return errors.New(message)
}

// remoteBase is the first entry that names a URL or a repository, without user info; "" if none does.
func remoteBase(kustomization types.Kustomization) string {
	entries := append([]string{}, kustomization.Resources...)
	entries = append(entries, kustomization.Components...)
	//nolint:staticcheck // Old kustomizations name their bases here.
	entries = append(entries, kustomization.Bases...)
	for _, entry := range append(entries, kustomization.Crds...) {
		for _, mark := range []string{"://", "git@", "github.com/", "github.com:", "git::"} {
			if strings.Contains(entry, mark) {
				return withoutUserInfo(entry)
			}
		}
	}
	return ""
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
