package main

import (
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/fluxcd/pkg/ssa/normalize"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

func init() { register("flux", runFlux) }

// fluxInput is a Kustomization of Flux, its source and its variables.
type fluxInput struct {
	Artifact  artifactInput `json:"artifact"`
	Path      string        `json:"path"`
	Name      string        `json:"name"`
	Namespace string        `json:"namespace"`
	Spec      fluxSpec      `json:"spec"`
	// Absent without spec.postBuild.
	PostBuild *fluxPostBuild `json:"postBuild"`
	// Keys that may decrypt what SOPS encrypted.
	Keys []fluxKey `json:"keys"`
}

type commonMetadata struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

type fluxOutput struct {
	Objects []fluxObject `json:"objects"`
}

type fluxObject struct {
	// "apply", "skip" or "ifNotPresent".
	Action string         `json:"action"`
	Object map[string]any `json:"object"`
	// Its values are encrypted, and what the controller decrypts them to is not known here.
	Encrypted bool `json:"encrypted,omitempty"`
	// JSON pointers of values that do not look it.
	Unknown []string `json:"unknown,omitempty"`
	// JSON pointers of values that were decrypted.
	Decrypted []string `json:"decrypted,omitempty"`
	// Values of a Secret may be in it.
	Confidential bool `json:"confidential,omitempty"`
}

// kubernetesTypes are those that the controller spells objects by. Other packages add theirs to client-go's own scheme, where it
// knows no CustomResourceDefinitions, for one.
var kubernetesTypes = sync.OnceValue(func() *runtime.Scheme {
	types := runtime.NewScheme()
	utilruntime.Must(scheme.AddToScheme(types))
	return types
})

const kustomizeGroup = "kustomize.toolkit.fluxcd.io"

// runFlux does what kustomize-controller does from the artifact to the objects that it applies.
func runFlux(input fluxInput) (fluxOutput, error) {
	decryptor, err := newFluxDecryptor(input.Keys)
	if err != nil {
		return fluxOutput{}, err
	}
	var output fluxOutput
	err = decryptor.guard(func() error {
		output, err = input.run(decryptor)
		return err
	})
	return output, err
}

func (f fluxInput) run(decryptor *fluxDecryptor) (fluxOutput, error) {
	source, err := f.Artifact.artifact()
	if err != nil {
		return fluxOutput{}, err
	}
	folder := rooted(f.Path)
	if _, err := source.resolve(folder); err != nil {
		return fluxOutput{}, &codedError{Code: "GDE_GIT_PATH", Message: fmt.Sprintf("kustomization path not found: %s", f.Path)}
	}
	files := newTreeFileSystem(source)
	files.adapt = labelClaimTemplates
	if allowed := f.Spec.RemoteBases; allowed != nil && !*allowed {
		files.remotes.forbidden = "kustomize-controller runs with --no-remote-bases"
	}
	root := path.Join(mountPoint, folder)
	if err := f.Spec.writeKustomization(files, root); err != nil {
		return fluxOutput{}, files.explain(err)
	}
	if f.Spec.Decrypts {
		decrypting := sopsFiles{files: files, decryptor: decryptor, seen: map[string]bool{}}
		if err := decrypting.decrypt(root); err != nil {
			return fluxOutput{}, files.explain(err)
		}
	}
	if files.needsRemotes(root) {
		return fluxOutput{}, errRemoteNeeded
	}
	resources, err := buildFlux(files, root)
	if err != nil {
		return fluxOutput{}, files.explain(err)
	}
	known, err := f.finishResources(resources, decryptor)
	if err != nil {
		return fluxOutput{}, err
	}
	objects, err := f.readObjects(resources)
	if err != nil {
		return fluxOutput{}, err
	}
	output := fluxOutput{Objects: make([]fluxObject, 0, len(objects))}
	for _, object := range objects {
		traits := known[objectID(object.GetKind(), object.GetNamespace(), object.GetName())]
		output.Objects = append(output.Objects, fluxObject{
			Action:       fluxAction(object),
			Object:       object.Object,
			Encrypted:    traits.encrypted,
			Unknown:      traits.unknown,
			Decrypted:    append(traits.decrypted, decryptor.spread.pointersIn(object.Object)...),
			Confidential: traits.confidential,
		})
	}
	return output, nil
}

// buildFlux builds as the controller does: files from anywhere in the artifact, no plugins, and schemas of the kustomization's
// own added to the built-in ones for this build alone.
func buildFlux(files *treeFileSystem, root string) (resmap.ResMap, error) {
	openapi.Schema()
	defer func() {
		for _, file := range files.kustomizationsRead {
			var kustomization types.Kustomization
			if kustomization.Unmarshal(files.changed[file]) != nil || len(kustomization.OpenAPI) > 0 {
				openapi.ResetOpenAPI()
				return
			}
		}
	}()
	options := &krusty.Options{LoadRestrictions: types.LoadRestrictionsNone, PluginConfig: types.DisabledPluginConfig()}
	return buildKustomization(files, root, options)
}

// traits is what is known of a resource that its content does not show.
type traits struct {
	decryptionOf
	confidential bool
}

func objectID(kind, namespace, name string) string { return kind + "/" + namespace + "/" + name }

// finishResources checks the resources and substitutes variables in them.
func (f fluxInput) finishResources(resources resmap.ResMap, decryptor *fluxDecryptor) (map[string]traits, error) {
	known := map[string]traits{}
	for _, resource := range resources.Resources() {
		if resource.GetName() == "" || resource.GetKind() == "" || resource.GetApiVersion() == "" {
			return nil, fmt.Errorf("failed to decode Kubernetes apiVersion, kind and name from: %s", resource.OrgId())
		}
		var its traits
		var err error
		if f.Spec.Decrypts {
			if its.decryptionOf, err = decryptor.decryptResource(resources, resource); err != nil {
				return nil, err
			}
		}
		subject := fmt.Sprintf("%s/%s", resource.GetGvk(), resource.GetName())
		if f.PostBuild != nil {
			if its.confidential, err = f.PostBuild.replaceIn(resources, resource); err != nil {
				return nil, fmt.Errorf("post build failed for '%s': %w", subject, err)
			}
		}
		known[objectID(resource.GetKind(), resource.GetNamespace(), resource.GetName())] = its
	}
	return known, nil
}

// readObjects gives the objects as they are applied: lists taken apart, with the owner's labels, in the spelling of
// Kubernetes' own types, with the common metadata.
func (f fluxInput) readObjects(resources resmap.ResMap) ([]*unstructured.Unstructured, error) {
	objects, err := readResources(resources)
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		labels := object.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[kustomizeGroup+"/name"] = f.Name
		labels[kustomizeGroup+"/namespace"] = f.Namespace
		object.SetLabels(labels)
	}
	if err := normalize.UnstructuredListWithScheme(objects, kubernetesTypes()); err != nil {
		return nil, err
	}
	if common := f.Spec.CommonMetadata; common != nil {
		utils.SetCommonMetadata(objects, common.Labels, common.Annotations)
	}
	for _, object := range objects {
		if isRefusedAsEncrypted(object) {
			return nil, &codedError{
				Code:    "GDE_RENDER_KUSTOMIZE",
				Message: fmt.Sprintf("Secret %s is SOPS encrypted, configuring decryption is required", object.GetName()),
			}
		}
		// A CustomResourceDefinition is applied without a caBundle that is no certificate, as API servers refuse it.
		utils.RemoveCABundleFromCRD(object)
		dropCreationTime(object)
	}
	return objects, nil
}

// isRefusedAsEncrypted tells of a Secret that still has SOPS' field: normalizing drops it, unless the Secret is none that Kubernetes
// would take.
func isRefusedAsEncrypted(object *unstructured.Unstructured) bool {
	_, hasField := object.Object["sops"]
	isDisabled := strings.EqualFold(object.GetAnnotations()[kustomizeGroup+"/decrypt"], disabledValue)
	return hasField && object.GetKind() == "Secret" && object.GetAPIVersion() == "v1" && !isDisabled
}

// dropCreationTime removes what normalizing puts there: null.
func dropCreationTime(object *unstructured.Unstructured) {
	if metadata, isMap := object.Object["metadata"].(map[string]any); isMap && metadata["creationTimestamp"] == nil {
		delete(metadata, "creationTimestamp")
	}
}

// fluxAction tells what the controller does with the object, by its labels or annotations.
func fluxAction(object *unstructured.Unstructured) string {
	skips := map[string]string{kustomizeGroup + "/reconcile": "disabled", kustomizeGroup + "/ssa": "Ignore"}
	makesOnce := map[string]string{kustomizeGroup + "/ssa": "IfNotPresent"}
	switch {
	case utils.AnyInMetadata(object, skips):
		return "skip"
	case utils.AnyInMetadata(object, makesOnce):
		return "ifNotPresent"
	}
	return "apply"
}
