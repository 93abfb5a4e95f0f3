package main

import (
	"fmt"
	"reflect"
	"unsafe" // For go:linkname.

	"sigs.k8s.io/kustomize/api/builtins" //nolint:staticcheck // What kustomize itself labels with.
	"sigs.k8s.io/kustomize/api/ifc"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provenance"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// Kustomize clones remote bases by running git, and its loader's cloner cannot be given from outside. So what `Kustomizer.Run` does is done
// here, by kustomize's own parts: a linker error tells of one that is no longer there.

//go:linkname newKustomizeLoader sigs.k8s.io/kustomize/api/internal/loader.NewLoader
func newKustomizeLoader(restrictor loadRestrictor, target string, files filesys.FileSystem) (ifc.Loader, error)

//go:linkname restrictToRoot sigs.k8s.io/kustomize/api/internal/loader.RestrictionRootOnly
func restrictToRoot(filesys.FileSystem, filesys.ConfirmedDir, string) (string, error)

//go:linkname restrictNothing sigs.k8s.io/kustomize/api/internal/loader.RestrictionNone
func restrictNothing(filesys.FileSystem, filesys.ConfirmedDir, string) (string, error)

//go:linkname newPluginLoader sigs.k8s.io/kustomize/api/internal/plugins/loader.NewLoader
func newPluginLoader(*types.PluginConfig, *resmap.Factory, filesys.FileSystem) unsafe.Pointer

//go:linkname newTarget sigs.k8s.io/kustomize/api/internal/target.NewKustTarget
func newTarget(ifc.Loader, ifc.Validator, *resmap.Factory, unsafe.Pointer) unsafe.Pointer

//go:linkname loadTarget sigs.k8s.io/kustomize/api/internal/target.(*KustTarget).Load
func loadTarget(target unsafe.Pointer) error

//go:linkname kustomizationOf sigs.k8s.io/kustomize/api/internal/target.(*KustTarget).Kustomization
func kustomizationOf(target unsafe.Pointer) types.Kustomization

//go:linkname accumulateTarget sigs.k8s.io/kustomize/api/internal/target.(*KustTarget).MakeCustomizedResMap
func accumulateTarget(target unsafe.Pointer) (resmap.ResMap, error)

//go:linkname sortResources sigs.k8s.io/kustomize/api/krusty.(*Kustomizer).applySortOrder
func sortResources(*krusty.Kustomizer, resmap.ResMap, unsafe.Pointer) error

type loadRestrictor func(filesys.FileSystem, filesys.ConfirmedDir, string) (string, error)

// buildKustomization does what `Kustomizer.Run` does, with remote bases from where the host has them.
func buildKustomization(files *treeFileSystem, root string, options *krusty.Options) (resmap.ResMap, error) {
	restrictor := loadRestrictor(restrictNothing)
	if options.LoadRestrictions == types.LoadRestrictionsRootOnly {
		restrictor = restrictToRoot
	}
	loader, err := newKustomizeLoader(restrictor, root, files)
	if err != nil {
		return nil, err
	}
	if err := setCloner(loader, files.clone); err != nil {
		return nil, err
	}
	defer serveRemoteFiles(files)()
	depProvider := provider.NewDepProvider()
	factory := resmap.NewFactory(depProvider.GetResourceFactory())
	plugins := newPluginLoader(options.PluginConfig, factory, filesys.MakeFsOnDisk())
	target := newTarget(loader, depProvider.GetFieldValidator(), factory, plugins)
	if err := loadTarget(target); err != nil {
		return nil, err
	}
	kustomization := kustomizationOf(target)
	if err := setSchema(loader, kustomization); err != nil {
		return nil, err
	}
	resources, err := accumulateTarget(target)
	if err != nil {
		return nil, err
	}
	if err := sortResources(krusty.MakeKustomizer(options), resources, target); err != nil {
		return nil, err
	}
	return resources, finishBuild(resources, kustomization.BuildMetadata, options.AddManagedbyLabel)
}

func setSchema(loader ifc.Loader, kustomization types.Kustomization) error {
	var schema []byte
	if path, isThere := kustomization.OpenAPI["path"]; isThere {
		text, err := loader.Load(path)
		if err != nil {
			return err
		}
		schema = text
	}
	return openapi.SetSchema(kustomization.OpenAPI, schema, true)
}

// finishBuild leaves only the annotations and labels that the kustomization asks for.
func finishBuild(resources resmap.ResMap, buildMetadata []string, managedByLabel bool) error {
	wants := map[string]bool{types.ManagedByLabelOption: managedByLabel}
	for _, option := range buildMetadata {
		wants[option] = true
	}
	if wants[types.ManagedByLabelOption] {
		label := builtins.LabelTransformerPlugin{
			Labels:     map[string]string{konfig.ManagedbyLabelKey: "kustomize-" + provenance.GetProvenance().Semver()},
			FieldSpecs: []types.FieldSpec{{Path: "metadata/labels", CreateIfNotPresent: true}},
		}
		if err := label.Transform(resources); err != nil {
			return err
		}
	}
	resources.RemoveBuildAnnotations()
	if !wants[types.OriginAnnotations] {
		if err := resources.RemoveOriginAnnotations(); err != nil {
			return err
		}
	}
	if !wants[types.TransformerAnnotations] {
		return resources.RemoveTransformerAnnotations()
	}
	return nil
}

// setCloner makes the loader, and all that it makes, ask clone for the folder of a repository. Their types are kustomize's own.
func setCloner(loader ifc.Loader, clone func(entry, url, revision string) (folder string, err error)) error {
	field := reflect.ValueOf(loader).Elem().FieldByName("cloner")
	if !field.IsValid() || field.Kind() != reflect.Func {
		return fmt.Errorf("kustomize's loader has no cloner: %T", loader)
	}
	cloner := reflect.MakeFunc(field.Type(), func(arguments []reflect.Value) []reflect.Value {
		spec := arguments[0]
		text := func(method string) string { return spec.MethodByName(method).Call(nil)[0].String() }
		folder, err := clone(text("Raw"), text("CloneSpec"), spec.Elem().FieldByName("Ref").String())
		spec.Elem().FieldByName("Dir").SetString(folder)
		result := reflect.New(field.Type().Out(0)).Elem()
		if err != nil {
			result.Set(reflect.ValueOf(err))
		}
		return []reflect.Value{result}
	})
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(cloner)
	return nil
}
