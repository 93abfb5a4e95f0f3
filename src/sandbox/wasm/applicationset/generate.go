// Package applicationset computes what Argo CD's ApplicationSet controller (3.x) makes of one ApplicationSet, with the
// libraries that it uses itself, because Go's value semantics decide the result: what fmt prints for a number, what mergo
// takes for empty, what a strategic merge does to a list.
package applicationset

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
)

// Host is what a generation may ask for beside its input.
type Host struct {
	Files Files
	// Template functions that replace sprig's, because their results are given or watched.
	Functions template.FuncMap
}

// Input is one ApplicationSet and the world it is expanded in.
type Input struct {
	ApplicationSet json.RawMessage `json:"applicationSet"`
	// Argo CD's own: where AppProjects and cluster Secrets count.
	Namespace      string          `json:"namespace"`
	ClusterSecrets []ClusterSecret `json:"clusterSecrets"`
	// Names of the AppProjects; null means that every project exists.
	Projects     []string     `json:"projects"`
	Repositories []Repository `json:"repositories"`
	Settings     Settings     `json:"settings"`
	// Live Applications of the set's namespace; null when nobody looked.
	Existing []json.RawMessage `json:"existing"`
	Limits   Limits            `json:"limits"`
}

// ClusterSecret is a Secret with the type label of clusters, in any namespace.
type ClusterSecret struct {
	Namespace   string            `json:"namespace"`
	SecretName  string            `json:"secretName"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Name        string            `json:"name"`
	Server      string            `json:"server"`
	Project     string            `json:"project"`
	// Its `config` cannot be read: generators see it, destinations do not.
	Broken bool `json:"broken"`
}

// Settings are those of argocd-cm and argocd-cmd-params-cm that change what is generated or applied.
type Settings struct {
	InClusterDisabled        bool     `json:"inClusterDisabled"`
	NewGitFileGlobbing       bool     `json:"newGitFileGlobbing"`
	IncludeHiddenDirectories bool     `json:"includeHiddenDirectories"`
	Policy                   string   `json:"policy"`
	PolicyOverrideDisabled   bool     `json:"policyOverrideDisabled"`
	PreservedAnnotations     []string `json:"preservedAnnotations"`
	PreservedLabels          []string `json:"preservedLabels"`
}

type Limits struct {
	Applications  int `json:"applications"`
	ParameterSets int `json:"parameterSets"`
	FileBytes     int `json:"fileBytes"`
}

// Output holds either needs alone, or a result.
type Output struct {
	// Repositories without which it cannot go on.
	Needs        []Need            `json:"needs,omitempty"`
	Applications []json.RawMessage `json:"applications"`
	// Name to reason: the controller creates none of these.
	Invalid map[string]string `json:"invalid"`
	// Those of them that lack a cluster, and which: its name or its server.
	UnknownClusters map[string]string `json:"unknownClusters"`
	// The set as a whole yields nothing.
	Error    *SetError `json:"error,omitempty"`
	Warnings []string  `json:"warnings"`
	Findings []Finding `json:"findings"`
	// Generators that ask the outside world, so that what they give is not known.
	NotComputable []string `json:"notComputable"`
	// The Applications that lie in the cluster after the controller acted; null without `existing`.
	Applied []json.RawMessage `json:"applied"`
}

// SetError's reasons are those of the ApplicationSet's condition, "Panic", and the exporter's own "Invalid" and "TooLarge".
type SetError struct {
	Code    string `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// Finding is what a person should know: why nothing came of something, and what was probably meant.
type Finding struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// The Application it is about; "" for the set.
	Application string `json:"application,omitempty"`
}

// Failure is a limit or a rule of the exporter, not of Argo CD.
type Failure struct {
	Code    string
	Message string
}

func (f *Failure) Error() string { return f.Message }

const (
	codeError         = "GDE_APPSET_ERROR"
	codeInvalid       = "GDE_APPSET_INVALID"
	codeApplication   = "GDE_APPSET_APPLICATION"
	codePlaceholder   = "GDE_APPSET_PLACEHOLDER"
	codeNotComputable = "GDE_APPSET_NOT_COMPUTABLE"
	codeGenerator     = "GDE_APPSET_GENERATOR"
	codeCluster       = "GDE_APPSET_CLUSTER"
	codeTooLarge      = "GDE_TOO_LARGE"
)

// Reasons of the ApplicationSet's condition.
const (
	reasonParameters = "ApplicationGenerationFromParamsError"
	reasonTemplate   = "RenderTemplateParamsError"
	reasonPanic      = "Panic"
	reasonInvalid    = "Invalid"
	reasonTooLarge   = "TooLarge"
)

// generation is the work on one set.
type generation struct {
	input    Input
	host     Host
	set      ApplicationSet
	replacer *replacer
	strict   *replacer
	clusters registry
	trees    map[int]*tree
	needs    map[Need]bool
	trace    *trace
	output   Output
	// What was generated, with the parameters it came from.
	generated []generatedApplication
	// Bytes of files read so far.
	readBytes int
}

type generatedApplication struct {
	application *Application
	given       params
}

// Generate computes one set. It asks for repositories in rounds: a matrix may name them by what other repositories hold.
func Generate(input Input, host Host) Output {
	g := &generation{input: input, host: host, trees: map[int]*tree{}, needs: map[Need]bool{}}
	g.output = Output{
		Applications: []json.RawMessage{}, Invalid: map[string]string{}, UnknownClusters: map[string]string{}, Warnings: []string{},
		Findings: []Finding{}, NotComputable: []string{},
	}
	if err := json.Unmarshal(input.ApplicationSet, &g.set); err != nil {
		g.fail(reasonInvalid, &Failure{Code: codeInvalid, Message: "the ApplicationSet cannot be understood: " + err.Error()})
		return g.output
	}
	if g.set.Namespace == "" {
		// A file need not say it; where the set is applied, it is Argo CD's.
		g.set.Namespace = input.Namespace
	}
	g.trace = newTrace(g.set.Spec.GoTemplate)
	g.clusters = newRegistry(input)
	g.warnOfUnknownGenerators()
	g.noteClusters()
	reason, err := g.generate()
	if len(g.needs) > 0 {
		return Output{Needs: sortedNeeds(g.needs)}
	}
	if err != nil {
		g.fail(reason, err)
	} else {
		g.validate()
		g.list()
	}
	g.output.Findings = append(g.output.Findings, g.trace.findings()...)
	g.reconcile(err != nil)
	return g.output
}

// generate fills g.generated. Like Argo CD's, the first error is the set's, and then nothing of it counts.
func (g *generation) generate() (reason string, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			reason, err = reasonPanic, fmt.Errorf("panic: %v", thrown)
		}
	}()
	g.makeReplacers()
	var waiting error
	for index := range g.set.Spec.Generators {
		entry := &g.set.Spec.Generators[index]
		expansions, err := g.expand(entry, &g.set.Spec.Template, nil)
		switch {
		case errors.Is(err, errWaiting):
			waiting = err
			continue
		case g.isNotComputable(err):
			continue
		case err != nil:
			return reasonParameters, err
		}
		for _, expansion := range expansions {
			if err := g.makeApplications(expansion); err != nil {
				return reasonTemplate, err
			}
		}
	}
	return reasonParameters, waiting
}

func (g *generation) makeReplacers() {
	var functions template.FuncMap
	if g.set.Spec.GoTemplate {
		functions = templateFunctions(g.host.Functions)
	}
	g.replacer = newReplacer(functions, g.set.Spec.GoTemplateOptions)
	g.strict = g.replacer
	if g.set.Spec.GoTemplate {
		g.strict = newReplacer(functions, strictOptions(g.set.Spec.GoTemplateOptions))
	}
}

func (g *generation) makeApplications(expansion expansion) error {
	if count := len(g.generated) + len(expansion.sets); count > g.input.Limits.Applications {
		return tooMany("Applications", count, g.input.Limits.Applications)
	}
	// What parameters are made from may hold placeholders for others to fill; an Application may not.
	g.replacer.trace = g.trace
	defer func() { g.replacer.trace = nil }()
	for _, given := range expansion.sets {
		application, err := g.makeApplication(expansion.template, given)
		if err != nil {
			return err
		}
		g.generated = append(g.generated, generatedApplication{application, given})
	}
	return nil
}

func tooMany(what string, count, limit int) error {
	return &Failure{Code: codeTooLarge, Message: fmt.Sprintf("the generators give %d %s, more than the limit of %d", count, what, limit)}
}

func (g *generation) fail(reason string, err error) {
	told := SetError{Code: codeError, Reason: reason, Message: err.Error()}
	var failure *Failure
	if errors.As(err, &failure) {
		told.Code, told.Message = failure.Code, failure.Message
		if failure.Code == codeTooLarge {
			told.Reason = reasonTooLarge
		}
	}
	g.output.Error = &told
	g.output.Findings = append(g.output.Findings, Finding{Code: told.Code, Message: told.Message})
	g.generated = nil
}

// list writes what was generated, sorted by name.
func (g *generation) list() {
	slices.SortStableFunc(g.generated, func(a, b generatedApplication) int {
		return strings.Compare(a.application.Name, b.application.Name)
	})
	for _, made := range g.generated {
		g.output.Applications = append(g.output.Applications, manifest(made.application))
	}
}

// manifest is an Application as it would be written down: without status and creation time.
func manifest(application *Application) json.RawMessage {
	metadata := map[string]any{"name": application.Name, "namespace": application.Namespace}
	if len(application.Labels) > 0 {
		metadata["labels"] = application.Labels
	}
	if len(application.Annotations) > 0 {
		metadata["annotations"] = application.Annotations
	}
	if len(application.Finalizers) > 0 {
		metadata["finalizers"] = application.Finalizers
	}
	written := map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": application.Spec,
	}
	if application.Operation != nil {
		written["operation"] = application.Operation
	}
	encoded, err := json.Marshal(written)
	if err != nil {
		panic(fmt.Errorf("an Application that cannot be written: %w", err))
	}
	return encoded
}

func sortedNeeds(needs map[Need]bool) []Need {
	return slices.SortedFunc(maps.Keys(needs), func(a, b Need) int {
		if order := strings.Compare(a.URL, b.URL); order != 0 {
			return order
		}
		return strings.Compare(a.Revision, b.Revision)
	})
}
