package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"
)

// fluxSpec is what a Kustomization's spec says about building.
type fluxSpec struct {
	TargetNamespace         string          `json:"targetNamespace"`
	NamePrefix              string          `json:"namePrefix"`
	NameSuffix              string          `json:"nameSuffix"`
	Patches                 []fluxPatch     `json:"patches"`
	Images                  []fluxImage     `json:"images"`
	Components              []string        `json:"components"`
	IgnoreMissingComponents bool            `json:"ignoreMissingComponents"`
	BuildMetadata           []string        `json:"buildMetadata"`
	CommonMetadata          *commonMetadata `json:"commonMetadata"`
	// The controller runs without --no-remote-bases; absent is the same.
	RemoteBases *bool `json:"remoteBases"`
	// spec.decryption says that SOPS encrypted something.
	Decrypts bool `json:"decrypts"`
}

type fluxPatch struct {
	Patch  string        `json:"patch"`
	Target *fluxSelector `json:"target"`
}

type fluxSelector struct {
	Group              string `json:"group"`
	Version            string `json:"version"`
	Kind               string `json:"kind"`
	Namespace          string `json:"namespace"`
	Name               string `json:"name"`
	AnnotationSelector string `json:"annotationSelector"`
	LabelSelector      string `json:"labelSelector"`
}

type fluxImage struct {
	Name    string `json:"name"`
	NewName string `json:"newName"`
	NewTag  string `json:"newTag"`
	Digest  string `json:"digest"`
}

func (p fluxPatch) patch() types.Patch {
	patch := types.Patch{Patch: p.Patch}
	if target := p.Target; target != nil {
		patch.Target = &types.Selector{
			ResId: resid.ResId{
				Gvk:       resid.Gvk{Group: target.Group, Version: target.Version, Kind: target.Kind},
				Name:      target.Name,
				Namespace: target.Namespace,
			},
			AnnotationSelector: target.AnnotationSelector,
			LabelSelector:      target.LabelSelector,
		}
	}
	return patch
}

func (i fluxImage) image() types.Image {
	return types.Image{Name: i.Name, NewName: i.NewName, NewTag: i.NewTag, Digest: i.Digest}
}

// writeKustomization writes the kustomization file of the folder, changed as the spec says, or one made for what lies there.
func (s fluxSpec) writeKustomization(files *treeFileSystem, root string) error {
	kustomization := types.Kustomization{
		TypeMeta: types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
	}
	file, found := findKustomization(files, root)
	if found {
		text, err := files.ReadFile(file)
		if err != nil {
			return err
		}
		if err := yaml.Unmarshal(text, &kustomization); err != nil {
			return err
		}
		// A kustomization that only says how to build would be refused as empty.
		if len(kustomization.Resources) == 0 {
			kustomization.BuildMetadata = []string{types.OriginAnnotations}
		}
	} else {
		if !files.IsDir(root) {
			return fmt.Errorf("%s is a file, not a folder", files.mounts.told(root))
		}
		if files.IsDir(file) {
			return fmt.Errorf("%s is a folder", files.mounts.told(file))
		}
		resources, err := findResources(files, root)
		if err != nil {
			return err
		}
		kustomization.Resources = resources
		if len(resources) == 0 {
			// The same, for a folder with nothing in it.
			kustomization.Namespace = "_placeholder"
		}
	}
	if err := s.change(&kustomization, files, root); err != nil {
		return err
	}
	text, err := yaml.Marshal(kustomization)
	if err != nil {
		return err
	}
	return files.WriteFile(file, text)
}

// findKustomization gives the file that is there, or the one to be made.
func findKustomization(files *treeFileSystem, folder string) (string, bool) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		file := path.Join(folder, name)
		if files.Exists(file) && !files.IsDir(file) {
			return file, true
		}
	}
	return path.Join(folder, konfig.DefaultKustomizationFileName()), false
}

// findResources takes every YAML file below a folder, hidden ones too, and folders with a kustomization file as a whole. What
// is no Kubernetes YAML is an error.
func findResources(files *treeFileSystem, root string) ([]string, error) {
	factory := provider.NewDefaultDepProvider().GetResourceFactory()
	var resources []string
	err := files.Walk(root, func(name string, info fs.FileInfo, err error) error {
		if err != nil || name == root {
			return err
		}
		if info.IsDir() {
			if _, found := findKustomization(files, name); found {
				resources = append(resources, "."+strings.TrimPrefix(name, root))
				return fs.SkipDir
			}
			return nil
		}
		if extension := path.Ext(name); extension != ".yaml" && extension != ".yml" {
			return nil
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if err := parses(func() error { _, err := factory.SliceFromBytes(text); return err }); err != nil {
			return &codedError{
				Code:    "GDE_RENDER_KUSTOMIZE",
				Message: fmt.Sprintf("failed to decode Kubernetes YAML: %v", err),
				File:    files.mounts.told(name),
			}
		}
		resources = append(resources, "."+strings.TrimPrefix(name, root))
		return nil
	})
	return resources, err
}

// parses makes an error of kustomize's panics over objects that it does not expect.
func parses(parse func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return parse()
}

func (s fluxSpec) change(kustomization *types.Kustomization, files *treeFileSystem, root string) error {
	if s.TargetNamespace != "" {
		kustomization.Namespace = s.TargetNamespace
	}
	if s.NamePrefix != "" {
		kustomization.NamePrefix = s.NamePrefix
	}
	if s.NameSuffix != "" {
		kustomization.NameSuffix = s.NameSuffix
	}
	for _, patch := range s.Patches {
		kustomization.Patches = append(kustomization.Patches, patch.patch())
	}
	for _, component := range s.Components {
		if isRemoteOrAbsolute(component) {
			return fmt.Errorf("component path '%s' must be local and relative", component)
		}
		if !s.IgnoreMissingComponents || files.Exists(path.Join(root, component)) {
			kustomization.Components = append(kustomization.Components, component)
		}
	}
	for _, image := range s.Images {
		changeImage(kustomization, image)
	}
	if len(s.BuildMetadata) > 0 {
		kustomization.BuildMetadata = s.BuildMetadata
	}
	return nil
}

// changeImage overrides an entry of the same name, field by field; tag and digest are one choice of version.
func changeImage(kustomization *types.Kustomization, image fluxImage) {
	for index := range kustomization.Images {
		known := &kustomization.Images[index]
		if known.Name != image.Name {
			continue
		}
		if image.NewName != "" {
			known.NewName = image.NewName
		}
		if image.NewTag != "" || image.Digest != "" {
			known.NewTag, known.Digest = image.NewTag, image.Digest
		}
		return
	}
	kustomization.Images = append(kustomization.Images, image.image())
}

// What kustomize would fetch. A text that is nothing but such a prefix is a path.
var remotePrefixes = []string{"git::", "gh:", "ssh://", "https://", "http://", "git@", "github.com:", "github.com/"}

func isRemoteOrAbsolute(component string) bool {
	lower := strings.ToLower(component)
	for _, prefix := range remotePrefixes {
		if len(lower) > len(prefix) && strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	return path.IsAbs(component) || path.IsAbs(strings.TrimPrefix(lower, "file://"))
}

// readResources reads what kustomize prints as the controllers do: what is no object is dropped, lists are taken apart.
func readResources(resources resmap.ResMap) ([]*unstructured.Unstructured, error) {
	text, err := resources.AsYaml()
	if err != nil {
		return nil, err
	}
	objects, err := utils.ReadObjects(bytes.NewReader(text))
	if err != nil {
		return nil, errors.Join(errors.New("what was built is no YAML"), err)
	}
	return objects, nil
}
