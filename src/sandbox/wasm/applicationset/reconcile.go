package applicationset

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Annotations and finalizers of Argo CD itself, which the controller leaves on Applications.
var (
	keptAnnotations = []string{"notified.notifications.argoproj.io", "argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate"}
	keptFinalizers  = []string{"pre-delete-finalizer.argocd.argoproj.io", "post-delete-finalizer.argocd.argoproj.io"}
)

// reconcile computes what lies in the cluster after the controller has created, changed and deleted Applications.
func (g *generation) reconcile(failed bool) {
	if g.input.Existing == nil {
		return
	}
	live := map[string]*Application{}
	for _, written := range g.input.Existing {
		application := &Application{}
		if err := json.Unmarshal(written, application); err != nil {
			g.output.Findings = append(g.output.Findings, Finding{
				Code: codeApplication, Message: "a live Application cannot be understood: " + err.Error(), Application: application.Name,
			})
			continue
		}
		if application.Namespace == g.set.Namespace {
			live[application.Name] = application
		}
	}
	if !failed {
		g.write(live)
	}
	g.output.Applied = []json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(live)) {
		g.output.Applied = append(g.output.Applied, manifest(live[name]))
	}
}

func (g *generation) write(live map[string]*Application) {
	mayUpdate, mayDelete := g.policy()
	allWritten := true
	wanted := map[string]bool{}
	owned := maps.Clone(live)
	maps.DeleteFunc(owned, func(_ string, application *Application) bool { return !g.owns(application) })
	for _, made := range g.generated {
		name := made.application.Name
		wanted[name] = true
		if _, invalid := g.output.Invalid[name]; invalid || owned[name] != nil && !mayUpdate {
			continue
		}
		written, err := g.writeOne(live[name], made.application)
		if err != nil {
			g.output.Findings = append(g.output.Findings, Finding{Code: codeApplication, Message: err.Error(), Application: name})
			allWritten = false
			continue
		}
		live[name] = written
	}
	// An Application that cannot be written ends the reconciliation before it deletes.
	if !mayDelete || !allWritten {
		return
	}
	for name, application := range owned {
		if wanted[name] {
			continue
		}
		// Deleting waits for finalizers; that of a cluster which is gone would wait forever, so it is removed.
		if _, err := g.clusters.resolve(application.Spec.Destination); err != nil {
			application.Finalizers = slices.DeleteFunc(application.Finalizers, func(finalizer string) bool { return finalizer == resourcesFinalizer })
		}
		if len(application.Finalizers) == 0 {
			delete(live, name)
		}
	}
}

func (g *generation) policy() (mayUpdate, mayDelete bool) {
	policy := g.input.Settings.Policy
	if own := g.set.Spec.SyncPolicy; own != nil && own.ApplicationsSync != nil && !g.input.Settings.PolicyOverrideDisabled {
		policy = *own.ApplicationsSync
	}
	if policy == "" {
		policy = "sync"
	}
	return policy == "sync" || policy == "create-update", policy == "sync" || policy == "create-delete"
}

func (g *generation) owns(application *Application) bool {
	owner := metav1.GetControllerOf(application)
	return owner != nil && owner.Kind == "ApplicationSet" && owner.Name == g.set.Name &&
		strings.HasPrefix(owner.APIVersion, "argoproj.io/")
}

// writeOne creates an Application, or changes the live one by a merge patch that leaves what is ignored alone.
func (g *generation) writeOne(live, generated *Application) (*Application, error) {
	desired := &Application{Spec: generated.Spec, Operation: generated.Operation}
	desired.ObjectMeta = metav1.ObjectMeta{Name: generated.Name, Namespace: generated.Namespace, Finalizers: slices.Clone(generated.Finalizers)}
	desired.Labels, desired.Annotations = maps.Clone(generated.Labels), maps.Clone(generated.Annotations)
	copied, err := copyApplication(desired)
	if err != nil {
		return nil, err
	}
	desired = copied
	normalizeSpec(&desired.Spec)
	if live == nil {
		return desired, nil
	}
	if owner := metav1.GetControllerOf(live); owner != nil && !g.owns(live) {
		return nil, fmt.Errorf("the Application %s belongs to %s %s", live.Name, owner.Kind, owner.Name)
	}
	g.preserve(live, desired)
	return patchLive(live, desired, g.set.Spec.IgnoreApplicationDifferences)
}

func (g *generation) preserve(live, desired *Application) {
	preserved, settings := g.set.Spec.PreservedFields, g.input.Settings
	desired.Annotations = keep(desired.Annotations, live.Annotations,
		slices.Concat(preserved.Annotations, settings.PreservedAnnotations, keptAnnotations))
	desired.Labels = keep(desired.Labels, live.Labels, slices.Concat(preserved.Labels, settings.PreservedLabels))
	for _, kept := range keptFinalizers {
		for _, finalizer := range live.Finalizers {
			if strings.HasPrefix(finalizer, kept) {
				desired.Finalizers = append(desired.Finalizers, finalizer)
			}
		}
	}
	// What the controller does not touch.
	desired.OwnerReferences = live.OwnerReferences
	if desired.Operation == nil {
		desired.Operation = live.Operation
	}
}

func keep(desired, live map[string]string, keys []string) map[string]string {
	for _, key := range keys {
		if value, there := live[key]; there {
			if desired == nil {
				desired = map[string]string{}
			}
			desired[key] = value
		}
	}
	return desired
}

// patchLive compares both without what is ignored, so that a list which differs elsewhere is replaced as a whole.
func patchLive(live, desired *Application, ignore []IgnoreDifferences) (*Application, error) {
	original, err := asMap(live)
	if err != nil {
		return nil, err
	}
	before, err := copyApplication(live)
	if err != nil {
		return nil, err
	}
	normalizeSpec(&before.Spec)
	if before, err = withoutIgnored(before, ignore); err != nil {
		return nil, err
	}
	after, err := withoutIgnored(desired, ignore)
	if err != nil {
		return nil, err
	}
	// No expression may rename what is written.
	after.Name, after.Namespace, after.Operation = desired.Name, desired.Namespace, desired.Operation
	beforeMap, err := asMap(before)
	if err != nil {
		return nil, err
	}
	afterMap, err := asMap(after)
	if err != nil {
		return nil, err
	}
	mergeChanges(original, beforeMap, afterMap)
	encoded, err := json.Marshal(original)
	if err != nil {
		return nil, err
	}
	written := &Application{}
	return written, json.Unmarshal(encoded, written)
}

// mergeChanges does to target what a JSON merge patch from before to after does.
func mergeChanges(target, before, after map[string]any) {
	for key := range before {
		if _, stays := after[key]; !stays {
			delete(target, key)
		}
	}
	for key, value := range after {
		was, wasThere := before[key]
		if wasThere && reflect.DeepEqual(was, value) {
			continue
		}
		// A map in a patch is merged into what is there, even where `before` had nothing because it was ignored.
		valueMap, isMap := value.(map[string]any)
		if !isMap {
			target[key] = value
			continue
		}
		inner, innerIsMap := target[key].(map[string]any)
		if !innerIsMap {
			inner = map[string]any{}
			target[key] = inner
		}
		wasMap, _ := was.(map[string]any)
		mergeChanges(inner, wasMap, valueMap)
	}
}

func copyApplication(original *Application) (*Application, error) {
	encoded, err := json.Marshal(original)
	if err != nil {
		return nil, err
	}
	copied := &Application{}
	return copied, json.Unmarshal(encoded, copied)
}

func asMap(application *Application) (map[string]any, error) {
	encoded, err := json.Marshal(application)
	if err != nil {
		return nil, err
	}
	read := map[string]any{}
	return read, json.Unmarshal(encoded, &read)
}
