package applicationset

// normalizeSpec removes what means nothing, as the controller does before it writes.
func normalizeSpec(spec *ApplicationSpec) {
	if spec.Project == "" {
		spec.Project = "default"
	}
	if policy := spec.SyncPolicy; policy != nil && policy.Automated == nil && len(policy.SyncOptions) == 0 && policy.Retry == nil &&
		policy.ManagedNamespaceMetadata == nil {
		spec.SyncPolicy = nil
	}
	if len(spec.Sources) > 0 {
		for index := range spec.Sources {
			normalizeSource(&spec.Sources[index])
		}
	} else if spec.Source != nil {
		normalizeSource(spec.Source)
	}
}

func normalizeSource(source *Source) {
	if source.Helm != nil && isZeroHelm(source.Helm) {
		source.Helm = nil
	}
	if source.Kustomize != nil && isZeroKustomize(source.Kustomize) {
		source.Kustomize = nil
	}
	if directory := source.Directory; directory != nil && !directory.Recurse && directory.Jsonnet.IsZero() {
		source.Directory = nil
		if directory.Include != "" || directory.Exclude != "" {
			source.Directory = &Directory{Include: directory.Include, Exclude: directory.Exclude}
		}
	}
}

func isZeroHelm(helm *Helm) bool {
	hasValues := helm.Values != "" || helm.ValuesObject != nil && helm.ValuesObject.Raw != nil
	return helm.Version == "" && helm.ReleaseName == "" && len(helm.ValueFiles) == 0 && len(helm.Parameters) == 0 &&
		len(helm.FileParameters) == 0 && !hasValues && !helm.PassCredentials && !helm.IgnoreMissingValueFiles &&
		!helm.SkipCrds && !helm.SkipTests && !helm.SkipSchemaValidation && helm.KubeVersion == "" &&
		len(helm.APIVersions) == 0 && helm.Namespace == ""
}

// Switches that change only how others work (forceCommonLabels, labelWithoutSelector, …) do not count.
func isZeroKustomize(kustomize *Kustomize) bool {
	return kustomize.NamePrefix == "" && kustomize.NameSuffix == "" && kustomize.Version == "" && kustomize.Namespace == "" &&
		len(kustomize.Images) == 0 && len(kustomize.Replicas) == 0 && len(kustomize.CommonLabels) == 0 &&
		len(kustomize.CommonAnnotations) == 0 && len(kustomize.Patches) == 0 && len(kustomize.Components) == 0 &&
		kustomize.KubeVersion == "" && len(kustomize.APIVersions) == 0 && !kustomize.IgnoreMissingComponents
}
