package main

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/pkg/util"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// kustomizeEdits is what Argo CD's Kustomize options change with `kustomize edit` before it builds; the semantics are those
// of kustomize 5.8's edit commands.
type kustomizeEdits struct {
	NamePrefix              string            `json:"namePrefix"`
	NameSuffix              string            `json:"nameSuffix"`
	Namespace               string            `json:"namespace"`
	Images                  []string          `json:"images"`
	Replicas                []types.Replica   `json:"replicas"`
	Labels                  map[string]string `json:"labels"`
	ForceLabels             bool              `json:"forceLabels"`
	LabelsWithoutSelector   bool              `json:"labelsWithoutSelector"`
	LabelsIncludeTemplates  bool              `json:"labelsIncludeTemplates"`
	Annotations             map[string]string `json:"annotations"`
	ForceAnnotations        bool              `json:"forceAnnotations"`
	Patches                 []types.Patch     `json:"patches"`
	Components              []string          `json:"components"`
	IgnoreMissingComponents bool              `json:"ignoreMissingComponents"`
}

func (e *kustomizeEdits) empty() bool {
	return e.NamePrefix == "" && e.NameSuffix == "" && e.Namespace == "" && len(e.Images) == 0 && len(e.Replicas) == 0 &&
		len(e.Labels) == 0 && len(e.Annotations) == 0 && len(e.Patches) == 0 && len(e.Components) == 0
}

// apply writes the changed kustomization file into the file system's overlay.
func (e *kustomizeEdits) apply(files *treeFileSystem, root string) error {
	if e.empty() {
		return nil
	}
	file, err := kustomizationFile(files, root)
	if err != nil {
		return err
	}
	text, err := files.ReadFile(file)
	if err != nil {
		return err
	}
	var kustomization types.Kustomization
	if err := kustomization.Unmarshal(text); err != nil {
		return err
	}
	kustomization.FixKustomization()
	if err := e.change(&kustomization, files, root); err != nil {
		return err
	}
	changed, err := yaml.Marshal(kustomization)
	if err != nil {
		return err
	}
	return files.WriteFile(file, changed)
}

func kustomizationFile(files *treeFileSystem, root string) (string, error) {
	var found []string
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if files.Exists(path.Join(root, name)) {
			found = append(found, path.Join(root, name))
		}
	}
	switch len(found) {
	case 0:
		return "", errors.New("Missing kustomization file 'kustomization.yaml'")
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("Found multiple kustomization file: %v", found)
}

func (e *kustomizeEdits) change(kustomization *types.Kustomization, files *treeFileSystem, root string) error {
	if e.NamePrefix != "" {
		kustomization.NamePrefix = e.NamePrefix
	}
	if e.NameSuffix != "" {
		kustomization.NameSuffix = e.NameSuffix
	}
	if err := e.changeImages(kustomization); err != nil {
		return err
	}
	e.changeReplicas(kustomization)
	if err := e.addLabels(kustomization); err != nil {
		return err
	}
	if len(e.Annotations) > 0 {
		if kustomization.CommonAnnotations == nil {
			kustomization.CommonAnnotations = map[string]string{}
		}
		if err := addPairs(kustomization.CommonAnnotations, e.Annotations, e.ForceAnnotations, "annotation"); err != nil {
			return err
		}
	}
	if e.Namespace != "" {
		kustomization.Namespace = e.Namespace
	}
	kustomization.Patches = append(kustomization.Patches, e.Patches...)
	return e.addComponents(kustomization, files, root)
}

// An asterisk keeps what the kustomization file says.
const keepImagePart = "*"

func (e *kustomizeEdits) changeImages(kustomization *types.Kustomization) error {
	if len(e.Images) == 0 {
		return nil
	}
	images := map[string]types.Image{}
	for _, text := range e.Images {
		image, err := parseImage(text)
		if err != nil {
			return err
		}
		images[image.Name] = image
	}
	for _, existing := range kustomization.Images {
		image, edited := images[existing.Name]
		if !edited {
			image = existing
		}
		images[existing.Name] = keepParts(image, existing)
	}
	kustomization.Images = nil
	for _, image := range images {
		kustomization.Images = append(kustomization.Images, keepParts(image, types.Image{}))
	}
	sort.Slice(kustomization.Images, func(i, j int) bool { return kustomization.Images[i].Name < kustomization.Images[j].Name })
	return nil
}

func keepParts(image, existing types.Image) types.Image {
	if image.NewName == keepImagePart {
		image.NewName = existing.NewName
	}
	if image.NewTag == keepImagePart {
		image.NewTag = existing.NewTag
	}
	if image.Digest == keepImagePart {
		image.Digest = existing.Digest
	}
	return image
}

// parseImage reads `[name=]newName[:tag][@digest]`.
func parseImage(text string) (types.Image, error) {
	key, value, named := strings.Cut(text, "=")
	if !named {
		value = text
	}
	name, tag, digest := util.SplitImageName(value)
	if name == text {
		return types.Image{}, fmt.Errorf("invalid format of image %q: want [name=]newName[:tag][@digest]", text)
	}
	if key == "" || !named {
		return types.Image{Name: name, NewTag: tag, Digest: digest}, nil
	}
	return types.Image{Name: key, NewName: name, NewTag: tag, Digest: digest}, nil
}

func (e *kustomizeEdits) changeReplicas(kustomization *types.Kustomization) {
	if len(e.Replicas) == 0 {
		return
	}
	replicas := map[string]types.Replica{}
	for _, replica := range append(slices.Clone(kustomization.Replicas), e.Replicas...) {
		replicas[replica.Name] = replica
	}
	kustomization.Replicas = nil
	for _, replica := range replicas {
		kustomization.Replicas = append(kustomization.Replicas, replica)
	}
	sort.Slice(kustomization.Replicas, func(i, j int) bool { return kustomization.Replicas[i].Name < kustomization.Replicas[j].Name })
}

func (e *kustomizeEdits) addLabels(kustomization *types.Kustomization) error {
	if len(e.Labels) == 0 {
		return nil
	}
	if !e.LabelsWithoutSelector {
		if e.LabelsIncludeTemplates {
			return errors.New("--without-selector flag must be specified for --include-templates to work")
		}
		if kustomization.CommonLabels == nil {
			kustomization.CommonLabels = map[string]string{}
		}
		return addPairs(kustomization.CommonLabels, e.Labels, e.ForceLabels, "label")
	}
	for index, label := range kustomization.Labels {
		if !label.IncludeSelectors && label.IncludeTemplates == e.LabelsIncludeTemplates {
			if label.Pairs == nil {
				kustomization.Labels[index].Pairs = map[string]string{}
			}
			return addPairs(kustomization.Labels[index].Pairs, e.Labels, e.ForceLabels, "label")
		}
	}
	label := types.Label{Pairs: map[string]string{}, IncludeTemplates: e.LabelsIncludeTemplates}
	kustomization.Labels = append(kustomization.Labels, label)
	return addPairs(label.Pairs, e.Labels, e.ForceLabels, "label")
}

func addPairs(existing, added map[string]string, force bool, kind string) error {
	for key, value := range added {
		if _, present := existing[key]; present && !force {
			return fmt.Errorf("%s %s already in kustomization file. Use --force to override.", kind, key)
		}
		// The command line takes `key:"value"` as well as `key:value`.
		if len(value) >= 2 && strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) {
			value = value[1 : len(value)-1]
		}
		existing[key] = value
	}
	return nil
}

func (e *kustomizeEdits) addComponents(kustomization *types.Kustomization, files *treeFileSystem, root string) error {
	for _, component := range e.Components {
		// Argo CD looks for a component that may be missing below the app's folder only, whatever '..' it has.
		if e.IgnoreMissingComponents && !files.Exists(path.Join(root, path.Clean("/"+component))) {
			continue
		}
		pattern := path.Join(root, component)
		matches, err := files.Glob(pattern)
		if err != nil {
			return err
		}
		if len(matches) == 0 {
			return fmt.Errorf("component %s has no match", component)
		}
		if !strings.ContainsAny(component, `*?[\`) {
			matches = []string{pattern}
		}
		for _, match := range matches {
			name := relativeTo(root, match)
			if !slices.Contains(kustomization.Components, name) {
				kustomization.Components = append(kustomization.Components, name)
			}
		}
	}
	return nil
}

func relativeTo(root, name string) string {
	up := ""
	for root != name && !strings.HasPrefix(name, root+"/") {
		root = path.Dir(root)
		up += "../"
	}
	return up + strings.TrimPrefix(strings.TrimPrefix(name, root), "/")
}
