package main

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/kustomize/kyaml/yaml/merge2"
	"sigs.k8s.io/yaml"
)

// Ways of kustomize to put inline values and those of a file together.
const (
	overrideValues = "override"
	mergeValues    = "merge"
	replaceValues  = "replace"
)

const defaultHelmNamespace = "default"

// render gives a chart's resources as the output of `helm template` that kustomize reads, marked so that its namespace stays.
func (c *chartInflator) render(folder string, inflated inflatedChart) ([]byte, error) {
	if inflated.Name == "" {
		return nil, errors.New("chart name cannot be empty")
	}
	for _, given := range []string{inflated.Name, inflated.ReleaseName} {
		if strings.HasPrefix(given, "-") {
			return nil, fmt.Errorf("a name must not start with '-', got %q", given)
		}
	}
	place := path.Join(inflated.home(folder), inflated.Name)
	if !c.files.IsDir(place) {
		if err := c.pull(inflated, place, c.files.mounts.told(path.Join(folder, inflated.generator.file))); err != nil {
			return nil, err
		}
	}
	at, err := c.files.locate(place)
	if err != nil {
		return nil, err
	}
	loaded, err := loadChart(at.tree, at.name)
	if err != nil {
		return nil, err
	}
	if err := checkDependencies(loaded); err != nil {
		return nil, err
	}
	values, err := c.values(folder, inflated)
	if err != nil {
		return nil, err
	}
	rendered, err := c.template(loaded, values, inflated, c.files.mounts.told(place))
	if err != nil {
		return nil, err
	}
	factory := resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory())
	resources, err := factory.NewResMapFromBytes(rendered)
	if err != nil {
		return nil, err
	}
	for _, resource := range resources.Resources() {
		if err := resource.PipeE(kyaml.SetAnnotation(konfig.HelmGeneratedAnnotation, "true")); err != nil {
			return nil, err
		}
	}
	text, err := kio.StringAll(resources.ToRNodeSlice())
	return []byte(text), err
}

// home is where a chart lies, or where kustomize would put it.
func (i inflatedChart) home(folder string) string {
	home := i.ChartHome
	if home == "" {
		home = types.HelmDefaultHome
	}
	if !path.IsAbs(home) {
		home = path.Join(folder, home)
	}
	if i.Version != "" && i.Repo != "" {
		home = path.Join(home, i.Name+"-"+i.Version)
	}
	return home
}

// Kustomize passes it on to `helm pull`, which takes any version then.
const anyPrerelease = ">0.0.0-0"

// pull puts the chart where kustomize would have `helm pull` put it.
func (c *chartInflator) pull(inflated inflatedChart, place, file string) error {
	if inflated.Repo == "" {
		return fmt.Errorf("no repo specified for pull, no chart found at '%s'", c.files.mounts.told(place))
	}
	version := inflated.Version
	if version == "" && inflated.Devel {
		version = anyPrerelease
	}
	reference := remoteReference{Type: "helm", URL: inflated.Repo, Chart: inflated.Name, Version: version, File: file}
	told := withoutUserInfo(inflated.Repo) + "/" + inflated.Name
	if strings.HasPrefix(inflated.Repo, "oci://") {
		url := strings.TrimSuffix(inflated.Repo, "/") + "/" + inflated.Name
		reference = remoteReference{Type: "oci", URL: url, Version: version, File: file}
		told = withoutUserInfo(url)
	}
	index, err := remoteSource(reference)
	var failure *remoteFailure
	if errors.As(err, &failure) {
		return failure.coded(told, file)
	}
	if err == nil {
		c.files.mounts.put(c.files.mounts.canonical(place), sourceTree(index), told)
	}
	return err
}

// values are the texts of the files that kustomize gives to helm, in their order.
func (c *chartInflator) values(folder string, inflated inflatedChart) (helmValues, error) {
	file := inflated.ValuesFile
	if file == "" {
		file = path.Join(inflated.home(folder), inflated.Name, chartutil.ValuesfileName)
	}
	merge := inflated.ValuesMerge
	if merge == "" {
		merge = overrideValues
	}
	if !slices.Contains([]string{mergeValues, overrideValues, replaceValues}, merge) {
		return helmValues{}, fmt.Errorf("valuesMerge must be one of [%s %s %s]", mergeValues, overrideValues, replaceValues)
	}
	var text []byte
	var err error
	if len(inflated.ValuesInline) == 0 || merge != replaceValues {
		if text, err = c.load(folder, file); err != nil {
			return helmValues{}, err
		}
	}
	if len(inflated.ValuesInline) > 0 {
		if text, err = mergeInline(text, inflated.ValuesInline, merge); err != nil {
			return helmValues{}, err
		}
	}
	values := helmValues{Files: []helmFile{{Name: c.files.mounts.told(file), Text: string(text)}}}
	for _, additional := range inflated.AdditionalValuesFiles {
		text, err := c.load(folder, additional)
		if err != nil {
			return helmValues{}, fmt.Errorf("could not load additionalValuesFile: %w", err)
		}
		values.Files = append(values.Files, helmFile{Name: additional, Text: string(text)})
	}
	return values, nil
}

// mergeInline puts inline values and those of a file together: `override` lets the inline ones win, `merge` those of the file.
func mergeInline(text []byte, inline map[string]any, merge string) ([]byte, error) {
	if merge == replaceValues {
		return yaml.Marshal(inline)
	}
	ofFile, err := kyaml.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("could not parse values file into rnode: %w", err)
	}
	given, err := kyaml.FromMap(inline)
	if err != nil {
		return nil, err
	}
	winner, other := given, ofFile
	if merge == mergeValues {
		winner, other = ofFile, given
	}
	merged, err := merge2.Merge(winner, other, kyaml.MergeOptions{})
	if err != nil {
		return nil, fmt.Errorf("could not merge values: %w", err)
	}
	values, err := merged.Map()
	if err != nil {
		return nil, err
	}
	return yaml.Marshal(values)
}

func (c *chartInflator) template(loaded *chart.Chart, given helmValues, inflated inflatedChart, place string) ([]byte, error) {
	name, err := inflated.release()
	if err != nil {
		return nil, err
	}
	values, err := given.merge()
	if err != nil {
		return nil, err
	}
	kubeVersion, apiVersions := inflated.KubeVersion, inflated.ApiVersions
	if kubeVersion == "" {
		kubeVersion = c.helm.KubeVersion
	}
	if len(apiVersions) == 0 {
		apiVersions = c.helm.APIVersions
	}
	capabilities, err := givenCapabilities(kubeVersion, apiVersions)
	if err != nil {
		return nil, err
	}
	namespace := inflated.Namespace
	if namespace == "" {
		namespace = defaultHelmNamespace
	}
	options := common.ReleaseOptions{Name: name, Namespace: namespace, Revision: 1, IsInstall: true}
	rendered, err := renderRelease(loaded, values, options, capabilities, false)
	if err != nil {
		return nil, inChart(err, place)
	}
	c.usedDestination = c.usedDestination || capabilities.used
	if inflated.SkipHooks {
		rendered.hooks = nil
	}
	return rendered.print(loaded, helmInput{IncludeCRDs: inflated.IncludeCRDs, SkipTests: inflated.SkipTests}), nil
}

// release is the name that `helm template` takes: given, made by a template, or made of the time.
func (i inflatedChart) release() (string, error) {
	name := i.ReleaseName
	switch {
	case name != "" && i.NameTemplate != "":
		return "", errors.New("cannot set --name-template and also specify a name")
	case i.NameTemplate != "":
		parsed, err := template.New("name-template").Funcs(sprig.TxtFuncMap()).Funcs(worldFunctions()).Parse(i.NameTemplate)
		if err != nil {
			return "", err
		}
		var text bytes.Buffer
		if err := parsed.Execute(&text, nil); err != nil {
			return "", err
		}
		name = text.String()
	case name == "":
		useWorld()
		base, _, _ := strings.Cut(path.Base(i.Name), ".")
		name = fmt.Sprintf("%s-%d", base, time.Now().Unix())
	}
	if err := chartutil.ValidateReleaseName(name); err != nil {
		return "", fmt.Errorf("release name %q: %w", name, err)
	}
	return name, nil
}

// checkDependencies refuses a chart whose charts are not all vendored: helm template builds none.
func checkDependencies(loaded *chart.Chart) error {
	var missing []string
	for _, required := range loaded.Metadata.Dependencies {
		if !hasDependency(loaded, required.Name) {
			missing = append(missing, required.Name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("found in Chart.yaml, but missing in charts/ directory: %s", strings.Join(missing, ", "))
	}
	return nil
}

// inChart turns Helm's name of a template into a path: Helm puts the chart's name in front.
func inChart(err error, place string) error {
	var coded *codedError
	if !errors.As(err, &coded) || coded.File == "" {
		return err
	}
	_, below, _ := strings.Cut(coded.File, "/")
	located := *coded
	located.File = path.Join(place, below)
	return &located
}

// chartError says of which chart of which kustomization an error is.
func (c *chartInflator) chartError(err error, name, file string) error {
	located := codedError{Code: "GDE_RENDER_HELM", Message: err.Error()}
	var coded *codedError
	if errors.As(err, &coded) {
		located = *coded
	}
	located.Message = fmt.Sprintf("helmCharts %s: %s", name, c.files.mounts.retell(located.Message))
	if located.File == "" {
		located.File = c.files.mounts.told(file)
	}
	return &located
}
