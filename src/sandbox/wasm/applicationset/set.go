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

// Terminals are the kinds of generators that hold no others. An entry may hold several kinds; each is a generator then.
type Terminals struct {
	List                    *ListGenerator        `json:"list,omitempty"`
	Clusters                *ClusterGenerator     `json:"clusters,omitempty"`
	Git                     *GitGenerator         `json:"git,omitempty"`
	SCMProvider             *OutsideGenerator     `json:"scmProvider,omitempty"`
	ClusterDecisionResource *OutsideGenerator     `json:"clusterDecisionResource,omitempty"`
	PullRequest             *OutsideGenerator     `json:"pullRequest,omitempty"`
	Plugin                  *OutsideGenerator     `json:"plugin,omitempty"`
	Selector                *metav1.LabelSelector `json:"selector,omitempty"`
}

// Generator is one entry of `generators`.
type Generator struct {
	Terminals
	Matrix *MatrixGenerator `json:"matrix,omitempty"`
	Merge  *MergeGenerator  `json:"merge,omitempty"`
}

// NestedGenerator is a child of a matrix or merge. A matrix or merge in it is JSON in the CRD, which allows one level more,
// whose children are terminal.
type NestedGenerator struct {
	Terminals
	Matrix *RawJSON `json:"matrix,omitempty"`
	Merge  *RawJSON `json:"merge,omitempty"`
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

// readInnermost reads a matrix or merge inside a matrix or merge: its children have no children, and it has no template.
func readInnermost(raw *RawJSON) (generators []NestedGenerator, mergeKeys []string, err error) {
	var read struct {
		Generators []Terminals `json:"generators"`
		MergeKeys  []string    `json:"mergeKeys"`
	}
	if err := json.Unmarshal(raw.Raw, &read); err != nil {
		return nil, nil, err
	}
	for _, child := range read.Generators {
		generators = append(generators, NestedGenerator{Terminals: child})
	}
	return generators, read.MergeKeys, nil
}

// asGenerator makes a child an entry like those at the top.
func (nested NestedGenerator) asGenerator() (Generator, error) {
	generator := Generator{Terminals: nested.Terminals}
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
