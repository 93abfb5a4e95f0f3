package applicationset

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

const resourcesFinalizer = "resources-finalizer.argocd.argoproj.io"

// makeApplication fills the template and applies the templatePatch. Its namespace is the set's, whatever they say.
func (g *generation) makeApplication(template *Template, given params) (*Application, error) {
	filled := template
	// Without any parameter Argo CD leaves the template as it is, and adds no finalizer.
	if len(given) > 0 {
		var err error
		if filled, err = fill(&filler{replacer: g.replacer, given: given}, template); err != nil {
			return nil, err
		}
		policy := g.set.Spec.SyncPolicy
		if len(filled.Finalizers) == 0 && (policy == nil || !policy.PreserveResourcesOnDeletion) {
			filled.Finalizers = []string{resourcesFinalizer}
		}
	}
	application := &Application{Spec: filled.Spec}
	application.Name, application.Namespace = filled.Name, filled.Namespace
	application.Labels, application.Annotations = filled.Labels, filled.Annotations
	application.Finalizers = filled.Finalizers
	if g.set.Spec.TemplatePatch != nil {
		patch, err := g.replacer.replace(*g.set.Spec.TemplatePatch, given)
		if err != nil {
			return nil, fmt.Errorf("error replacing values in templatePatch: %w", err)
		}
		if application, err = applyPatch(application, patch); err != nil {
			return nil, err
		}
	}
	application.Namespace = g.set.Namespace
	return application, nil
}

// applyPatch is a strategic merge that cannot change the project. What the types do not know vanishes.
func applyPatch(application *Application, patch string) (*Application, error) {
	original, err := json.Marshal(application)
	if err != nil {
		return nil, fmt.Errorf("error while marshalling Application: %w", err)
	}
	asJSON, err := yamlToJSON(patch)
	if err != nil {
		return nil, fmt.Errorf("error while converting template to json %q: %w", patch, err)
	}
	if err := json.Unmarshal([]byte(asJSON), &Application{}); err != nil {
		return nil, fmt.Errorf("invalid templatePatch %q: %w", asJSON, err)
	}
	merged, err := strategicpatch.StrategicMergePatch(original, []byte(asJSON), Application{})
	if err != nil {
		return nil, fmt.Errorf("error while applying templatePatch template to json %q: %w", asJSON, err)
	}
	patched := &Application{}
	if err := json.Unmarshal(merged, patched); err != nil {
		return nil, fmt.Errorf("error while unmarshalling patched Application: %w", err)
	}
	patched.Spec.Project = application.Spec.Project
	return patched, nil
}
