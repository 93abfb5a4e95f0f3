package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/fluxcd/pkg/ssa/utils"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/strvals"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func init() { register("fluxHelm", runFluxHelm) }

// fluxHelmInput is a HelmRelease of Flux whose chart lies in an artifact.
type fluxHelmInput struct {
	Artifact artifactInput `json:"artifact"`
	// The chart's folder or archive, from the root of the artifact.
	Chart string `json:"chart"`
	// From the root of the artifact; they replace the chart's values.yaml.
	ValuesFiles              []string `json:"valuesFiles"`
	IgnoreMissingValuesFiles bool     `json:"ignoreMissingValuesFiles"`
	// Put behind the chart's version; empty leaves it as it is.
	VersionMetadata string `json:"versionMetadata"`
	ReleaseName     string `json:"releaseName"`
	Namespace       string `json:"namespace"`
	// Of the release, from 1; what is above was upgraded to.
	Revision      int                `json:"revision"`
	KubeVersion   string             `json:"kubeVersion"`
	APIVersions   []string           `json:"apiVersions"`
	ValuesFrom    []fluxValues       `json:"valuesFrom"`
	Values        map[string]any     `json:"values"`
	SkipSchema    bool               `json:"skipSchemaValidation"`
	PostRenderers []fluxPostRenderer `json:"postRenderers"`
	// "combined", "separate" or "nohooks".
	PostRenderStrategy string `json:"postRenderStrategy"`
	// "Skip", "Create" or "CreateReplace".
	CRDs           string          `json:"crds"`
	CommonMetadata *commonMetadata `json:"commonMetadata"`
	// The HelmRelease.
	Name           string `json:"name"`
	OwnerNamespace string `json:"ownerNamespace"`
}

// fluxValues is one entry of spec.valuesFrom with what it refers to.
type fluxValues struct {
	// For messages: `Secret credentials`.
	Origin     string `json:"origin"`
	Text       string `json:"text"`
	TargetPath string `json:"targetPath"`
	Literal    bool   `json:"literal"`
}

type fluxPostRenderer struct {
	Patches []fluxPatch `json:"patches"`
	Images  []fluxImage `json:"images"`
}

type fluxHelmOutput struct {
	Objects         []fluxObject `json:"objects"`
	UsedDestination bool         `json:"usedDestination"`
}

const helmGroup = "helm.toolkit.fluxcd.io"

// runFluxHelm does what source-controller and helm-controller do from the artifact to what is installed: hooks are left out.
func runFluxHelm(input fluxHelmInput) (fluxHelmOutput, error) {
	if err := chartutil.ValidateReleaseName(input.ReleaseName); err != nil {
		return fluxHelmOutput{}, fmt.Errorf("release name %q: %w", input.ReleaseName, err)
	}
	source, err := input.Artifact.artifact()
	if err != nil {
		return fluxHelmOutput{}, err
	}
	loaded, err := input.loadChart(source)
	if err != nil {
		return fluxHelmOutput{}, err
	}
	values, err := input.mergeValues()
	if err != nil {
		return fluxHelmOutput{}, err
	}
	capabilities, err := clusterCapabilities(input.KubeVersion, input.APIVersions)
	if err != nil {
		return fluxHelmOutput{}, err
	}
	options := common.ReleaseOptions{
		Name: input.ReleaseName, Namespace: input.Namespace,
		Revision: input.Revision, IsInstall: input.Revision <= 1, IsUpgrade: input.Revision > 1,
	}
	files, err := renderTemplates(loaded, values, options, capabilities, input.SkipSchema)
	if err != nil {
		return fluxHelmOutput{}, err
	}
	objects, err := input.releasedObjects(files)
	if err != nil {
		return fluxHelmOutput{}, err
	}
	definitions, err := input.customResourceDefinitions(loaded)
	if err != nil {
		return fluxHelmOutput{}, err
	}
	return fluxHelmOutput{Objects: append(definitions, objects...), UsedDestination: capabilities.used}, nil
}

func (f fluxHelmInput) loadChart(source tree) (*chart.Chart, error) {
	name := rooted(f.Chart)
	place, err := source.resolve(name)
	if err != nil {
		return nil, &codedError{Code: "GDE_GIT_PATH", Message: fmt.Sprintf("there is no chart at %s", f.Chart)}
	}
	loaded, err := f.readChart(source, name, place.Type == "directory")
	if err != nil {
		return nil, err
	}
	if err := f.setVersion(loaded); err != nil {
		return nil, err
	}
	return loaded, f.replaceDefaults(source, loaded)
}

// setVersion tells a chart of one commit from that of another, for labels name the version.
func (f fluxHelmInput) setVersion(loaded *chart.Chart) error {
	if f.VersionMetadata == "" {
		return nil
	}
	version, err := semver.NewVersion(loaded.Metadata.Version)
	if err != nil {
		return fmt.Errorf("failed to parse version from chart metadata as SemVer: %w", err)
	}
	changed, err := version.SetMetadata(f.VersionMetadata)
	if err != nil {
		return err
	}
	loaded.Metadata.Version = changed.String()
	return nil
}

// replaceDefaults lets the files of valuesFiles take the place of the chart's own values.yaml.
func (f fluxHelmInput) replaceDefaults(source tree, loaded *chart.Chart) error {
	if len(f.ValuesFiles) == 0 {
		return nil
	}
	merged := map[string]any{}
	for _, name := range f.ValuesFiles {
		text, err := source.read(rooted(name))
		if errors.Is(err, fs.ErrNotExist) {
			if f.IgnoreMissingValuesFiles {
				continue
			}
			return &codedError{Code: "GDE_RENDER_HELM", Message: fmt.Sprintf("the values file %s is not there", name), File: rooted(name)}
		}
		if err != nil {
			return err
		}
		values, err := loader.LoadValues(bytes.NewReader(text))
		if err != nil {
			return &codedError{Code: "GDE_RENDER_HELM", Message: fmt.Sprintf("failed to parse %s: %v", name, err), File: rooted(name)}
		}
		merged = loader.MergeMaps(merged, values)
	}
	for _, file := range loaded.Raw {
		if file.Name == chartutil.ValuesfileName {
			loaded.Values = merged
			return nil
		}
	}
	return fmt.Errorf("failed to locate values file: %s", chartutil.ValuesfileName)
}

// mergeValues merges what valuesFrom refers to in its order, and the release's own values over it. An entry with a target path
// is set over all that came before it, the release's own values included, which then win again.
func (f fluxHelmInput) mergeValues() (map[string]any, error) {
	merged := map[string]any{}
	for _, from := range f.ValuesFrom {
		if from.TargetPath != "" {
			merged = loader.MergeMaps(merged, f.Values)
			if err := setValue(merged, from); err != nil {
				return nil, fmt.Errorf("%s cannot be set at %s", from.Origin, from.TargetPath)
			}
			continue
		}
		values, err := common.ReadValues([]byte(from.Text))
		if err != nil {
			// The error quotes the text.
			return nil, fmt.Errorf("%s holds no YAML of values", from.Origin)
		}
		merged = loader.MergeMaps(merged, values)
	}
	return loader.MergeMaps(merged, f.Values), nil
}

// literalEscapes keep what --set takes for syntax.
var literalEscapes = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`)

// setValue does what `helm --set` does, or --set-string for a value in quotes, or --set-literal.
func setValue(values map[string]any, from fluxValues) error {
	if from.Literal {
		return strvals.ParseIntoString(from.TargetPath+"="+literalEscapes.Replace(from.Text), values)
	}
	for _, quote := range []string{"'", `"`} {
		if strings.HasPrefix(from.Text, quote) && strings.HasSuffix(from.Text, quote) {
			return strvals.ParseIntoString(from.TargetPath+"="+strings.Trim(from.Text, `'"`), values)
		}
	}
	return strvals.ParseInto(from.TargetPath+"="+from.Text, values)
}

// releasedObjects are those of the release's manifest, after the post-renderers.
func (f fluxHelmInput) releasedObjects(files map[string]string) ([]fluxObject, error) {
	changed, err := f.postRendered(files)
	if err != nil {
		return nil, err
	}
	release, err := sortManifests(changed)
	if err != nil {
		return nil, err
	}
	documents, err := objectsOf(release.manifests, true)
	if err != nil {
		return nil, err
	}
	objects, err := readManifest(documents)
	if err != nil {
		return nil, err
	}
	released := make([]fluxObject, 0, len(objects))
	for _, object := range objects {
		markAsReleased(object, f.ReleaseName, f.Namespace)
		released = append(released, fluxObject{Action: "apply", Object: object.Object})
	}
	return released, nil
}

// readManifest reads a manifest as Helm does before it talks to the cluster: lists are taken apart.
func readManifest(documents []renderedObject) ([]*unstructured.Unstructured, error) {
	objects := make([]*unstructured.Unstructured, 0, len(documents))
	for _, document := range documents {
		object, err := readObject(document)
		if err != nil {
			return nil, err
		}
		items := []*unstructured.Unstructured{object}
		if object.IsList() {
			if items, err = listItems(object); err != nil {
				return nil, err
			}
		}
		objects = append(objects, items...)
	}
	return objects, nil
}

func readObject(document renderedObject) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(document.Object); err != nil {
		return nil, &codedError{Code: "GDE_RENDER_OBJECT", Message: err.Error(), File: document.File}
	}
	return object, nil
}

func listItems(list *unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	text, err := json.Marshal(list.Object)
	if err != nil {
		return nil, err
	}
	return utils.ReadObjects(bytes.NewReader(text))
}

// markAsReleased adds what Helm marks the objects of a release with.
func markAsReleased(object *unstructured.Unstructured, release, namespace string) {
	labels := map[string]string{"app.kubernetes.io/managed-by": "Helm"}
	annotations := map[string]string{"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}
	utils.SetCommonMetadata([]*unstructured.Unstructured{object}, labels, annotations)
}
