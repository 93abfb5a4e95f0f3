package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
)

func init() { register("helm", runHelm) }

type helmInput struct {
	Source int `json:"source"`
	// The chart's folder, from the root of the source.
	Path        string     `json:"path"`
	ReleaseName string     `json:"releaseName"`
	Namespace   string     `json:"namespace"`
	KubeVersion string     `json:"kubeVersion"`
	APIVersions []string   `json:"apiVersions"`
	Values      helmValues `json:"values"`
	IncludeCRDs bool       `json:"includeCrds"`
	SkipTests   bool       `json:"skipTests"`
	SkipSchema  bool       `json:"skipSchemaValidation"`
	// URLs of Helm repositories by their names in Argo CD: dependencies may name them so.
	Repositories map[string]string `json:"repositories"`
}

type helmOutput struct {
	Objects []renderedObject `json:"objects"`
	// A template, or the chart itself, asked for the Kubernetes version or what the cluster serves.
	UsedDestination bool `json:"usedDestination"`
}

// runHelm does what `helm template` does (pkg/cmd/template.go and pkg/action there, which need more of a system than
// there is here): NOTES.txt is left out, hooks stay in.
func runHelm(input helmInput) (helmOutput, error) {
	if err := chartutil.ValidateReleaseName(input.ReleaseName); err != nil {
		return helmOutput{}, fmt.Errorf("release name %q: %w", input.ReleaseName, err)
	}
	values, err := input.Values.merge()
	if err != nil {
		return helmOutput{}, err
	}
	capabilities, err := givenCapabilities(input.KubeVersion, input.APIVersions)
	if err != nil {
		return helmOutput{}, err
	}
	loaded, err := loadChart(sourceTree(input.Source), input.Path)
	if err != nil {
		return helmOutput{}, err
	}
	build := dependencyBuild{
		source: sourceTree(input.Source), folder: input.Path, repositories: input.Repositories, origins: map[string]string{},
	}
	if loaded, err = build.withDependencies(loaded); err != nil {
		return helmOutput{}, err
	}
	options := common.ReleaseOptions{Name: input.ReleaseName, Namespace: input.Namespace, Revision: 1, IsInstall: true}
	rendered, err := renderRelease(loaded, values, options, capabilities, input.SkipSchema)
	if err != nil {
		var coded *codedError
		if errors.As(err, &coded) {
			coded.File = originOf(coded.File, build.origins)
		}
		return helmOutput{}, err
	}
	objects, err := rendered.objects(loaded, input)
	for index := range objects {
		objects[index].File = originOf(objects[index].File, build.origins)
	}
	return helmOutput{Objects: objects, UsedDestination: capabilities.used}, err
}

const notesSuffix = "NOTES.txt"

// renderRelease does what an installation or upgrade does up to the point where it would talk to the cluster.
func renderRelease(
	loaded *chart.Chart, given map[string]any, options common.ReleaseOptions, capabilities *observedCapabilities, skipSchema bool,
) (renderedRelease, error) {
	files, err := renderTemplates(loaded, given, options, capabilities, skipSchema)
	if err != nil {
		return renderedRelease{}, err
	}
	return sortManifests(files)
}

// renderTemplates gives the text of each template by its name, without the notes.
func renderTemplates(
	loaded *chart.Chart, given map[string]any, options common.ReleaseOptions, capabilities *observedCapabilities, skipSchema bool,
) (map[string]string, error) {
	if kind := loaded.Metadata.Type; kind != "" && kind != "application" {
		return nil, fmt.Errorf("%s charts are not installable", kind)
	}
	if err := chartutil.ProcessDependencies(loaded, given); err != nil {
		return nil, fmt.Errorf("chart dependencies processing failed: %w", err)
	}
	values, err := util.ToRenderValuesWithSchemaValidation(loaded, given, options, capabilities.known, skipSchema)
	if err != nil {
		return nil, err
	}
	if constraint := loaded.Metadata.KubeVersion; constraint != "" {
		version := capabilities.KubeVersion()
		if !chartutil.IsCompatibleRange(constraint, version.String()) {
			return nil, fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", constraint, version.Version)
		}
	}
	values["Capabilities"] = capabilities
	files, err := renderChart(loaded, values)
	if err != nil {
		return nil, templateError(err)
	}
	size := 0
	for name, text := range files {
		if size += len(text); strings.HasSuffix(name, notesSuffix) {
			delete(files, name)
		}
	}
	if size > maxOutputBytes {
		return nil, outputTooLarge()
	}
	return files, nil
}

// Where Helm's errors say that they come from: `chart/templates/x.yaml:12:3` in front, `execution error at (…:12:3)`,
// `parse error at (…:12)`, `YAML parse error on …:`.
var templatePosition = regexp.MustCompile(`(?:^|template: |error at \(|parse error on )([^:()\s]+/templates/[^:()\n]+):(\d+)?`)

func templateError(err error) error {
	match := templatePosition.FindStringSubmatch(err.Error())
	if match == nil {
		return err
	}
	// Without a number there is no line.
	line, _ := strconv.Atoi(match[2])
	return &codedError{Code: "GDE_RENDER_HELM", Message: err.Error(), File: match[1], Line: line}
}
