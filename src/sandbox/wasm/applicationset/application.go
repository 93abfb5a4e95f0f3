package applicationset

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The types here are the fields of Argo CD 3.x' Application CRD. They are Go types and not maps because its results hang on
// them: a field that is not here vanishes, a zero value with omitempty too, mergo fills fields that are zero in Go's sense,
// and a strategic merge goes by the tags.

// Application is what a set generates.
type Application struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              ApplicationSpec `json:"spec"`
	// The controller never copies a status, so its fields are of no use here.
	Status    struct{}   `json:"status,omitempty"`
	Operation *Operation `json:"operation,omitempty"`
}

type ApplicationSpec struct {
	Source               *Source             `json:"source,omitempty"`
	Destination          Destination         `json:"destination"`
	Project              string              `json:"project"`
	SyncPolicy           *SyncPolicy         `json:"syncPolicy,omitempty"`
	IgnoreDifferences    []IgnoreDifferences `json:"ignoreDifferences,omitempty"`
	Info                 []Info              `json:"info,omitempty"`
	RevisionHistoryLimit *int64              `json:"revisionHistoryLimit,omitempty"`
	Sources              []Source            `json:"sources,omitempty"`
	SourceHydrator       *SourceHydrator     `json:"sourceHydrator,omitempty"`
}

type Source struct {
	RepoURL        string     `json:"repoURL"`
	Path           string     `json:"path,omitempty"`
	TargetRevision string     `json:"targetRevision,omitempty"`
	Helm           *Helm      `json:"helm,omitempty"`
	Kustomize      *Kustomize `json:"kustomize,omitempty"`
	Directory      *Directory `json:"directory,omitempty"`
	Plugin         *Plugin    `json:"plugin,omitempty"`
	Chart          string     `json:"chart,omitempty"`
	Ref            string     `json:"ref,omitempty"`
	Name           string     `json:"name,omitempty"`
	TagPrefix      string     `json:"tagPrefix,omitempty"`
}

type Helm struct {
	ValueFiles              []string              `json:"valueFiles,omitempty"`
	Parameters              []HelmParameter       `json:"parameters,omitempty"`
	ReleaseName             string                `json:"releaseName,omitempty"`
	Values                  string                `json:"values,omitempty" patchStrategy:"replace"`
	FileParameters          []HelmFileParameter   `json:"fileParameters,omitempty"`
	Version                 string                `json:"version,omitempty"`
	PassCredentials         bool                  `json:"passCredentials,omitempty"`
	IgnoreMissingValueFiles bool                  `json:"ignoreMissingValueFiles,omitempty"`
	SkipCrds                bool                  `json:"skipCrds,omitempty"`
	ValuesObject            *runtime.RawExtension `json:"valuesObject,omitempty"`
	Namespace               string                `json:"namespace,omitempty"`
	KubeVersion             string                `json:"kubeVersion,omitempty"`
	APIVersions             []string              `json:"apiVersions,omitempty"`
	SkipTests               bool                  `json:"skipTests,omitempty"`
	SkipSchemaValidation    bool                  `json:"skipSchemaValidation,omitempty"`
}

type HelmParameter struct {
	Name        string `json:"name,omitempty"`
	Value       string `json:"value,omitempty"`
	ForceString bool   `json:"forceString,omitempty"`
}

type HelmFileParameter struct {
	Name string `json:"name,omitempty"`
	Path string `json:"path,omitempty"`
}

type Kustomize struct {
	NamePrefix                string             `json:"namePrefix,omitempty"`
	NameSuffix                string             `json:"nameSuffix,omitempty"`
	Images                    []string           `json:"images,omitempty"`
	CommonLabels              map[string]string  `json:"commonLabels,omitempty"`
	Version                   string             `json:"version,omitempty"`
	CommonAnnotations         map[string]string  `json:"commonAnnotations,omitempty"`
	ForceCommonLabels         bool               `json:"forceCommonLabels,omitempty"`
	ForceCommonAnnotations    bool               `json:"forceCommonAnnotations,omitempty"`
	Namespace                 string             `json:"namespace,omitempty"`
	CommonAnnotationsEnvsubst bool               `json:"commonAnnotationsEnvsubst,omitempty"`
	Replicas                  []KustomizeReplica `json:"replicas,omitempty"`
	Patches                   []KustomizePatch   `json:"patches,omitempty"`
	Components                []string           `json:"components,omitempty"`
	IgnoreMissingComponents   bool               `json:"ignoreMissingComponents,omitempty"`
	LabelWithoutSelector      bool               `json:"labelWithoutSelector,omitempty"`
	KubeVersion               string             `json:"kubeVersion,omitempty"`
	APIVersions               []string           `json:"apiVersions,omitempty"`
	LabelIncludeTemplates     bool               `json:"labelIncludeTemplates,omitempty"`
}

type KustomizeReplica struct {
	Name  string             `json:"name"`
	Count intstr.IntOrString `json:"count"`
}

type KustomizePatch struct {
	Path    string             `json:"path,omitempty"`
	Patch   string             `json:"patch,omitempty"`
	Target  *KustomizeSelector `json:"target,omitempty"`
	Options map[string]bool    `json:"options,omitempty"`
}

type KustomizeSelector struct {
	Group              string `json:"group,omitempty"`
	Version            string `json:"version,omitempty"`
	Kind               string `json:"kind,omitempty"`
	Name               string `json:"name,omitempty"`
	Namespace          string `json:"namespace,omitempty"`
	AnnotationSelector string `json:"annotationSelector,omitempty"`
	LabelSelector      string `json:"labelSelector,omitempty"`
}

type Directory struct {
	Recurse bool    `json:"recurse,omitempty"`
	Jsonnet Jsonnet `json:"jsonnet,omitempty,omitzero"`
	Exclude string  `json:"exclude,omitempty"`
	Include string  `json:"include,omitempty"`
}

type Jsonnet struct {
	ExtVars []JsonnetVar `json:"extVars,omitempty"`
	TLAs    []JsonnetVar `json:"tlas,omitempty"`
	Libs    []string     `json:"libs,omitempty"`
}

// IsZero is what `omitzero` asks: lists that templating left empty are not nil.
func (j *Jsonnet) IsZero() bool {
	return j == nil || len(j.ExtVars) == 0 && len(j.TLAs) == 0 && len(j.Libs) == 0
}

type JsonnetVar struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Code  bool   `json:"code,omitempty"`
}

type Plugin struct {
	Name       string            `json:"name,omitempty"`
	Env        []*EnvEntry       `json:"env,omitempty"`
	Parameters []PluginParameter `json:"parameters,omitempty"`
}

type EnvEntry struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type PluginParameter struct {
	Name           string  `json:"name,omitempty"`
	String         *string `json:"string,omitempty"`
	*OptionalMap   `json:",omitempty"`
	*OptionalArray `json:",omitempty"`
}

type OptionalMap struct {
	Map map[string]string `json:"map"`
}

type OptionalArray struct {
	Array []string `json:"array"`
}

// MarshalJSON tells a map or list that was given empty from one that was not given.
func (p PluginParameter) MarshalJSON() ([]byte, error) {
	given := map[string]any{"name": p.Name}
	if p.String != nil {
		given["string"] = *p.String
	}
	if p.OptionalMap != nil {
		given["map"] = orEmpty(p.Map, map[string]string{})
	}
	if p.OptionalArray != nil {
		given["array"] = append([]string{}, p.Array...)
	}
	return json.Marshal(given)
}

func orEmpty(given, empty map[string]string) map[string]string {
	if given == nil {
		return empty
	}
	return given
}

type Destination struct {
	Server    string `json:"server,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

type IgnoreDifferences struct {
	Group                 string   `json:"group,omitempty"`
	Kind                  string   `json:"kind"`
	Name                  string   `json:"name,omitempty"`
	Namespace             string   `json:"namespace,omitempty"`
	JSONPointers          []string `json:"jsonPointers,omitempty"`
	JQPathExpressions     []string `json:"jqPathExpressions,omitempty"`
	ManagedFieldsManagers []string `json:"managedFieldsManagers,omitempty"`
}

type Info struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type SyncPolicy struct {
	Automated                *Automated         `json:"automated,omitempty"`
	SyncOptions              []string           `json:"syncOptions,omitempty"`
	Retry                    *Retry             `json:"retry,omitempty"`
	ManagedNamespaceMetadata *NamespaceMetadata `json:"managedNamespaceMetadata,omitempty"`
}

type Automated struct {
	Prune      *bool `json:"prune,omitempty"`
	SelfHeal   *bool `json:"selfHeal,omitempty"`
	AllowEmpty *bool `json:"allowEmpty,omitempty"`
	Enabled    *bool `json:"enabled,omitempty"`
}

type Retry struct {
	Limit   int64    `json:"limit,omitempty"`
	Backoff *Backoff `json:"backoff,omitempty"`
	Refresh bool     `json:"refresh,omitempty"`
}

type Backoff struct {
	Duration    string `json:"duration,omitempty"`
	Factor      *int64 `json:"factor,omitempty"`
	MaxDuration string `json:"maxDuration,omitempty"`
}

type NamespaceMetadata struct {
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type SourceHydrator struct {
	DrySource  DrySource  `json:"drySource"`
	SyncSource SyncSource `json:"syncSource"`
	HydrateTo  *HydrateTo `json:"hydrateTo,omitempty"`
}

type DrySource struct {
	RepoURL        string     `json:"repoURL"`
	TargetRevision string     `json:"targetRevision"`
	Path           string     `json:"path"`
	Helm           *Helm      `json:"helm,omitempty"`
	Kustomize      *Kustomize `json:"kustomize,omitempty"`
	Directory      *Directory `json:"directory,omitempty"`
	Plugin         *Plugin    `json:"plugin,omitempty"`
}

type SyncSource struct {
	TargetBranch string `json:"targetBranch"`
	Path         string `json:"path"`
	RepoURL      string `json:"repoURL,omitempty"`
}

type HydrateTo struct {
	TargetBranch string `json:"targetBranch"`
}

// Operation starts a sync; only a templatePatch can give one.
type Operation struct {
	Sync        *SyncOperation `json:"sync,omitempty"`
	InitiatedBy Initiator      `json:"initiatedBy,omitempty"`
	Info        []*Info        `json:"info,omitempty"`
	Retry       Retry          `json:"retry,omitempty"`
}

type Initiator struct {
	Username  string `json:"username,omitempty"`
	Automated bool   `json:"automated,omitempty"`
}

type SyncOperation struct {
	Revision     string              `json:"revision,omitempty"`
	Prune        bool                `json:"prune,omitempty"`
	DryRun       bool                `json:"dryRun,omitempty"`
	SyncStrategy *SyncStrategy       `json:"syncStrategy,omitempty"`
	Resources    []OperationResource `json:"resources,omitempty"`
	Source       *Source             `json:"source,omitempty"`
	Manifests    []string            `json:"manifests,omitempty"`
	SyncOptions  []string            `json:"syncOptions,omitempty"`
	Sources      []Source            `json:"sources,omitempty"`
	Revisions    []string            `json:"revisions,omitempty"`
	HealAttempts int64               `json:"autoHealAttemptsCount,omitempty"`
}

type SyncStrategy struct {
	Apply *SyncForce `json:"apply,omitempty"`
	Hook  *SyncForce `json:"hook,omitempty"`
}

type SyncForce struct {
	Force bool `json:"force,omitempty"`
}

type OperationResource struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}
