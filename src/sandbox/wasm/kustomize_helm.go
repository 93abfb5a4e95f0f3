package main

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// kustomizeHelm is what `kustomize build` is told of Helm.
type kustomizeHelm struct {
	// --enable-helm
	Enabled     bool     `json:"enabled"`
	KubeVersion string   `json:"kubeVersion"`
	APIVersions []string `json:"apiVersions"`
}

// inflatedChart is an entry of helmCharts, or a HelmChartInflationGenerator.
type inflatedChart struct {
	types.HelmGlobals
	types.HelmChart
	generator generator
}

// inheritance is the namespace that a kustomization got from the one that refers to it, and whether a chart took it.
type inheritance struct {
	namespace string
	inherits  bool
}

// generator is who made a resource, as kustomize's origin annotation tells it.
type generator struct {
	// From the folder of the kustomization.
	file     string
	identity kyaml.ResourceIdentifier
}

// chartInflator does what kustomize's HelmChartInflationGenerator does by running `helm template`: charts that lie in the
// repository are rendered here, and what they give becomes a resource of the kustomization. That is the same, for resources and
// what generators make are put together before anything else is done with either.
type chartInflator struct {
	files      *treeFileSystem
	helm       kustomizeHelm
	restricted bool
	// By the folder of a kustomization that was looked at.
	seen map[string]inheritance
	// Generators by the files that stand for what they gave.
	made map[string]generator
	// A chart asked for the versions of the destination.
	usedDestination bool
	// A chart is not there yet.
	needsRemotes bool
}

const (
	inflatedFile       = "gde-helm-chart-%d.yaml"
	builtinVersion     = "builtin"
	inflationGenerator = "HelmChartInflationGenerator"
)

// inflate replaces the charts of a kustomization and of all that it refers to. A namespace is passed on to charts that name none;
// whether there were any is the answer.
func (c *chartInflator) inflate(root, inherited string) (bool, error) {
	folder, file, err := c.files.CleanedAbs(root)
	if err != nil || file != "" {
		// Not a folder of the repository: what it is instead, kustomize will say.
		return false, nil
	}
	if before, isKnown := c.seen[folder.String()]; isKnown {
		if before.inherits && before.namespace != inherited {
			return false, &codedError{
				Code:    "GDE_UNSUPPORTED_PLUGIN",
				Message: fmt.Sprintf("helmCharts inherit two namespaces, %q and %q", before.namespace, inherited),
				File:    c.files.mounts.told(folder.String()),
			}
		}
		return before.inherits, nil
	}
	kustomization, name, ok := c.files.readKustomization(folder.String())
	if !ok {
		return false, nil
	}
	// Before what is below: a circle ends here, and kustomize tells of it.
	c.seen[folder.String()] = inheritance{namespace: inherited}
	namespace := inherited
	if kustomization.Namespace != "" {
		namespace = kustomization.Namespace
	}
	inherits := slices.ContainsFunc(kustomization.HelmCharts, func(chart types.HelmChart) bool { return chart.Namespace == "" })
	for _, below := range slices.Concat(kustomization.Resources, kustomization.Components) {
		inheritsBelow, err := c.inflate(c.files.baseOf(folder.String(), below), namespace)
		if err != nil {
			return false, err
		}
		inherits = inherits || inheritsBelow
	}
	inherits = inherits && kustomization.Namespace == ""
	c.seen[folder.String()] = inheritance{namespace: inherited, inherits: inherits}
	return inherits, c.replaceCharts(folder.String(), name, kustomization, namespace)
}

func (c *chartInflator) replaceCharts(folder, file string, kustomization types.Kustomization, namespace string) error {
	charts, generators, err := c.generatedCharts(folder, path.Base(file), kustomization.Generators)
	if err != nil {
		return err
	}
	for _, declared := range kustomization.HelmCharts {
		inflated := inflatedChart{HelmChart: declared, generator: generator{file: path.Base(file)}}
		inflated.generator.identity.TypeMeta = kyaml.TypeMeta{APIVersion: builtinVersion, Kind: inflationGenerator}
		if kustomization.HelmGlobals != nil {
			inflated.HelmGlobals = *kustomization.HelmGlobals
		}
		if inflated.Namespace == "" {
			inflated.Namespace = namespace
		}
		charts = append(charts, inflated)
	}
	if len(charts) == 0 {
		return nil
	}
	if !c.helm.Enabled {
		return &codedError{
			Code:    "GDE_RENDER_KUSTOMIZE",
			Message: "helmCharts: " + noHelm + " in kustomize.buildOptions",
			File:    c.files.mounts.told(file),
		}
	}
	for _, inflated := range charts {
		resources, err := c.render(folder, inflated)
		if errors.Is(err, errRemoteNeeded) {
			c.needsRemotes = true
			continue
		}
		if err != nil {
			return c.chartError(err, inflated.Name, file)
		}
		if len(resources) == 0 {
			continue
		}
		name := fmt.Sprintf(inflatedFile, len(c.made))
		c.made[name] = inflated.generator
		if err := c.files.WriteFile(path.Join(folder, name), resources); err != nil {
			return err
		}
		kustomization.Resources = append(kustomization.Resources, name)
	}
	kustomization.HelmCharts, kustomization.HelmGlobals, kustomization.Generators = nil, nil, generators
	if kustomization.CheckEmpty() != nil {
		// A kustomization whose charts give nothing would be refused as empty; one that only says how to build is not.
		kustomization.BuildMetadata = []string{types.OriginAnnotations}
	}
	text, err := yaml.Marshal(kustomization)
	if err != nil {
		return err
	}
	return c.files.WriteFile(file, text)
}

// generatedCharts takes the charts out of `generators`, which names files or holds them.
func (c *chartInflator) generatedCharts(folder, ownFile string, generators []string) (charts []inflatedChart, others []string, err error) {
	for _, entry := range generators {
		text, file := []byte(entry), ownFile
		if !strings.Contains(entry, "\n") {
			file = entry
			// What is no file is left to kustomize.
			if text, err = c.load(folder, entry); err != nil {
				others = append(others, entry)
				continue
			}
		}
		var head kyaml.ResourceMeta
		if yaml.Unmarshal(text, &head) != nil || head.Kind != inflationGenerator || head.APIVersion != builtinVersion {
			others = append(others, entry)
			continue
		}
		inflated := inflatedChart{generator: generator{file: file, identity: head.GetIdentifier()}}
		if err := yaml.Unmarshal(text, &inflated); err != nil {
			return nil, nil, err
		}
		charts = append(charts, inflated)
	}
	return charts, others, nil
}

// load reads a file as a kustomization may: below its folder, unless restrictions are off.
func (c *chartInflator) load(folder, name string) ([]byte, error) {
	if isRemoteFile(name) {
		return c.files.remoteFile(name, c.files.mounts.told(folder))
	}
	if !path.IsAbs(name) {
		name = path.Join(folder, name)
	}
	where, file, err := c.files.CleanedAbs(name)
	if err != nil {
		return nil, err
	}
	full := path.Join(where.String(), file)
	// Clones are restricted whatever the flags say.
	if (c.restricted || c.files.mounts.isRemote(folder)) && full != folder && !strings.HasPrefix(full, folder+"/") {
		return nil, fmt.Errorf("security; file '%s' is not in or below '%s'", c.files.mounts.told(full), c.files.mounts.told(folder))
	}
	return c.files.ReadFile(full)
}

// correctOrigins lets kustomize's origin annotations say which generator made a resource, instead of the file that stands for it.
func (c *chartInflator) correctOrigins(resources resmap.ResMap) error {
	for _, resource := range resources.Resources() {
		origin, err := resource.GetOrigin()
		if err != nil {
			return err
		}
		if origin == nil {
			continue
		}
		generator, isMade := c.made[path.Base(origin.Path)]
		if !isMade {
			continue
		}
		origin.ConfiguredIn = path.Join(path.Dir(origin.Path), generator.file)
		origin.ConfiguredBy = generator.identity
		origin.Path = ""
		if err := resource.SetOrigin(origin); err != nil {
			return err
		}
	}
	return nil
}
