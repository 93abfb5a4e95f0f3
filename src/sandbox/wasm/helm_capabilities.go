package main

import (
	"encoding/json"
	"fmt"

	"helm.sh/helm/v4/pkg/chart/common"
)

// observedCapabilities is what templates get as `.Capabilities`. Methods instead of fields look the same to a template and
// tell whether it looked.
type observedCapabilities struct {
	known *common.Capabilities
	used  bool
}

// givenCapabilities is what `helm template --kube-version --api-versions` makes: Helm's own list of API versions, and those
// of the cluster.
func givenCapabilities(kubeVersion string, apiVersions []string) (*observedCapabilities, error) {
	known := common.DefaultCapabilities.Copy()
	if kubeVersion != "" {
		parsed, err := common.ParseKubeVersion(kubeVersion)
		if err != nil {
			return nil, fmt.Errorf("invalid kube version '%s': %w", kubeVersion, err)
		}
		known.KubeVersion = *parsed
	}
	known.APIVersions = append(append(common.VersionSet{}, known.APIVersions...), apiVersions...)
	return &observedCapabilities{known: known}, nil
}

// clusterCapabilities is what an installation finds: the API versions of the cluster, and no others.
func clusterCapabilities(kubeVersion string, apiVersions []string) (*observedCapabilities, error) {
	capabilities, err := givenCapabilities(kubeVersion, nil)
	if err != nil {
		return nil, err
	}
	capabilities.known.APIVersions = apiVersions
	return capabilities, nil
}

// KubeVersion is a pointer, so that templates find its methods as they do in the field of Helm's struct.
func (c *observedCapabilities) KubeVersion() *common.KubeVersion {
	c.used = true
	return &c.known.KubeVersion
}

func (c *observedCapabilities) APIVersions() common.VersionSet {
	c.used = true
	return c.known.APIVersions
}

func (c *observedCapabilities) HelmVersion() any { return c.known.HelmVersion }

// MarshalJSON serves `toYaml .Capabilities`.
func (c *observedCapabilities) MarshalJSON() ([]byte, error) {
	c.used = true
	return json.Marshal(c.known)
}
