package applicationset

import (
	"bytes"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ApplicationSet is the part of the CRD that decides what is generated.
type ApplicationSet struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              SetSpec `json:"spec"`
}

type SetSpec struct {
	GoTemplate                   bool                `json:"goTemplate,omitempty"`
	GoTemplateOptions            []string            `json:"goTemplateOptions,omitempty"`
	Generators                   []Generator         `json:"generators"`
	Template                     Template            `json:"template"`
	TemplatePatch                *string             `json:"templatePatch,omitempty"`
	SyncPolicy                   *SetSyncPolicy      `json:"syncPolicy,omitempty"`
	PreservedFields              PreservedFields     `json:"preservedFields,omitempty"`
	IgnoreApplicationDifferences []IgnoreDifferences `json:"ignoreApplicationDifferences,omitempty"`
}

type SetSyncPolicy struct {
	PreserveResourcesOnDeletion bool    `json:"preserveResourcesOnDeletion,omitempty"`
	ApplicationsSync            *string `json:"applicationsSync,omitempty"`
}

type PreservedFields struct {
	Annotations []string `json:"annotations,omitempty"`
	Labels      []string `json:"labels,omitempty"`
}

// Template is what an Application is made from: the set's, or a generator's own.
type Template struct {
	TemplateMeta `json:"metadata"`
	Spec         ApplicationSpec `json:"spec"`
}

type TemplateMeta struct {
	Name        string            `json:"name,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Finalizers  []string          `json:"finalizers,omitempty"`
}

// Generator is one entry of `generators`. An entry may hold several kinds; each is a generator then.
type Generator struct {
	List                    *ListGenerator        `json:"list,omitempty"`
	Clusters                *ClusterGenerator     `json:"clusters,omitempty"`
	Git                     *GitGenerator         `json:"git,omitempty"`
	SCMProvider             *OutsideGenerator     `json:"scmProvider,omitempty"`
	ClusterDecisionResource *OutsideGenerator     `json:"clusterDecisionResource,omitempty"`
	PullRequest             *OutsideGenerator     `json:"pullRequest,omitempty"`
	Matrix                  *MatrixGenerator      `json:"matrix,omitempty"`
	Merge                   *MergeGenerator       `json:"merge,omitempty"`
	Selector                *metav1.LabelSelector `json:"selector,omitempty"`
	Plugin                  *OutsideGenerator     `json:"plugin,omitempty"`
}

// NestedGenerator is a child of a matrix or merge. A matrix or merge in it is JSON in the CRD, which allows one level more,
// whose children are terminal.
type NestedGenerator struct {
	List                    *ListGenerator        `json:"list,omitempty"`
	Clusters                *ClusterGenerator     `json:"clusters,omitempty"`
	Git                     *GitGenerator         `json:"git,omitempty"`
	SCMProvider             *OutsideGenerator     `json:"scmProvider,omitempty"`
	ClusterDecisionResource *OutsideGenerator     `json:"clusterDecisionResource,omitempty"`
	PullRequest             *OutsideGenerator     `json:"pullRequest,omitempty"`
	Matrix                  *RawJSON              `json:"matrix,omitempty"`
	Merge                   *RawJSON              `json:"merge,omitempty"`
	Selector                *metav1.LabelSelector `json:"selector,omitempty"`
	Plugin                  *OutsideGenerator     `json:"plugin,omitempty"`
}

type ListGenerator struct {
	Elements     []RawJSON `json:"elements"`
	Template     Template  `json:"template,omitempty"`
	ElementsYaml string    `json:"elementsYaml,omitempty"`
}

type ClusterGenerator struct {
	Selector metav1.LabelSelector `json:"selector,omitempty"`
	Template Template             `json:"template,omitempty"`
	Values   map[string]string    `json:"values,omitempty"`
	FlatList bool                 `json:"flatList,omitempty"`
}

type GitGenerator struct {
	RepoURL         string            `json:"repoURL"`
	Directories     []GitPath         `json:"directories,omitempty"`
	Files           []GitPath         `json:"files,omitempty"`
	Revision        string            `json:"revision"`
	Template        Template          `json:"template,omitempty"`
	PathParamPrefix string            `json:"pathParamPrefix,omitempty"`
	Values          map[string]string `json:"values,omitempty"`
}

type GitPath struct {
	Path    string `json:"path"`
	Exclude bool   `json:"exclude,omitempty"`
}

// OutsideGenerator asks something that is neither Git nor a cluster's Secrets.
type OutsideGenerator struct {
	Template Template          `json:"template,omitempty"`
	Values   map[string]string `json:"values,omitempty"`
}

type MatrixGenerator struct {
	Generators []NestedGenerator `json:"generators"`
	Template   Template          `json:"template,omitempty"`
}

type MergeGenerator struct {
	Generators []NestedGenerator `json:"generators"`
	MergeKeys  []string          `json:"mergeKeys"`
	Template   Template          `json:"template,omitempty"`
}

// innermost is a matrix or merge inside a matrix or merge: its children have no children, and it has no template.
type innermost struct {
	Generators []struct {
		List                    *ListGenerator        `json:"list,omitempty"`
		Clusters                *ClusterGenerator     `json:"clusters,omitempty"`
		Git                     *GitGenerator         `json:"git,omitempty"`
		SCMProvider             *OutsideGenerator     `json:"scmProvider,omitempty"`
		ClusterDecisionResource *OutsideGenerator     `json:"clusterDecisionResource,omitempty"`
		PullRequest             *OutsideGenerator     `json:"pullRequest,omitempty"`
		Plugin                  *OutsideGenerator     `json:"plugin,omitempty"`
		Selector                *metav1.LabelSelector `json:"selector,omitempty"`
	} `json:"generators"`
	MergeKeys []string `json:"mergeKeys"`
}

func readInnermost(raw *RawJSON) (generators []NestedGenerator, mergeKeys []string, err error) {
	var read innermost
	if err := json.Unmarshal(raw.Raw, &read); err != nil {
		return nil, nil, err
	}
	for _, child := range read.Generators {
		generators = append(generators, NestedGenerator{
			List: child.List, Clusters: child.Clusters, Git: child.Git, SCMProvider: child.SCMProvider,
			ClusterDecisionResource: child.ClusterDecisionResource, PullRequest: child.PullRequest,
			Plugin: child.Plugin, Selector: child.Selector,
		})
	}
	return generators, read.MergeKeys, nil
}

// asGenerator makes a child an entry like those at the top.
func (nested NestedGenerator) asGenerator() (Generator, error) {
	generator := Generator{
		List: nested.List, Clusters: nested.Clusters, Git: nested.Git, SCMProvider: nested.SCMProvider,
		ClusterDecisionResource: nested.ClusterDecisionResource, PullRequest: nested.PullRequest,
		Plugin: nested.Plugin, Selector: nested.Selector,
	}
	if nested.Matrix != nil {
		children, _, err := readInnermost(nested.Matrix)
		if err != nil {
			return Generator{}, err
		}
		generator.Matrix = &MatrixGenerator{Generators: children}
	}
	if nested.Merge != nil {
		children, mergeKeys, err := readInnermost(nested.Merge)
		if err != nil {
			return Generator{}, err
		}
		generator.Merge = &MergeGenerator{Generators: children, MergeKeys: mergeKeys}
	}
	return generator, nil
}

// RawJSON is JSON of any form, kept as text; null is no text.
type RawJSON struct {
	Raw []byte
}

func (j *RawJSON) UnmarshalJSON(data []byte) error {
	if !bytes.Equal(data, []byte("null")) {
		j.Raw = bytes.Clone(data)
	}
	return nil
}

func (j RawJSON) MarshalJSON() ([]byte, error) {
	if len(j.Raw) == 0 {
		return []byte("null"), nil
	}
	return j.Raw, nil
}
