package main

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"gitops-drift-exporter/sandbox/sops"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// The controller refuses to look into a file that is larger.
const maxEncryptedBytes = 5 << 20

// What tells the controller that a file in a format is encrypted. A binary file lies in JSON.
var sopsMarks = map[sops.Format]string{
	sops.Binary: `"mac": "ENC[`,
	sops.Dotenv: "sops_mac=ENC[",
	sops.INI:    "[sops]",
	sops.JSON:   `"mac": "ENC[`,
	sops.YAML:   "mac: ENC[",
}

// sopsFormatOf gives the format by the end of a name.
func sopsFormatOf(name string) sops.Format {
	for ending, format := range map[string]sops.Format{
		".dockerconfigjson": sops.JSON,
		".json":             sops.JSON,
		".yaml":             sops.YAML,
		".yml":              sops.YAML,
		".env":              sops.Dotenv,
		".ini":              sops.INI,
	} {
		if strings.HasSuffix(name, ending) {
			return format
		}
	}
	return sops.Binary
}

// detectSOPS gives the format of a value that SOPS encrypted.
func detectSOPS(value []byte) (sops.Format, bool) {
	for _, format := range []sops.Format{sops.JSON, sops.Dotenv, sops.INI, sops.YAML} {
		if bytes.Contains(value, []byte(sopsMarks[format])) {
			return format, true
		}
	}
	return 0, false
}

// sopsFiles are the files of a build that kustomize-controller decrypts before it: those that secretGenerators read, and patches, of
// the kustomization and of all that it refers to. A configMapGenerator's stay as they are.
type sopsFiles struct {
	files     *treeFileSystem
	decryptor *fluxDecryptor
	// Folders and files that were looked at.
	seen map[string]bool
}

// decrypt is called before the build, as the controller does.
func (s *sopsFiles) decrypt(folder string) error {
	if s.seen[folder] || !s.files.IsDir(folder) {
		// What is no folder is a file, or lies elsewhere: nothing to walk into.
		return nil
	}
	s.seen[folder] = true
	file, found := findKustomization(s.files, folder)
	if !found {
		return nil
	}
	text, err := s.files.ReadFile(file)
	if err != nil {
		return err
	}
	var kustomization types.Kustomization
	if err := yaml.Unmarshal(text, &kustomization); err != nil {
		return err
	}
	if err := s.decryptReferred(folder, &kustomization); err != nil {
		return err
	}
	for _, below := range append(slices.Clone(kustomization.Resources), kustomization.Components...) {
		if err := s.decrypt(path.Join(folder, below)); err != nil {
			return err
		}
	}
	return nil
}

func (s *sopsFiles) decryptReferred(folder string, kustomization *types.Kustomization) error {
	for _, generator := range kustomization.SecretGenerator {
		for _, file := range generator.FileSources {
			key, name, isNamed := strings.Cut(file, "=")
			if !isNamed {
				name = key
			}
			if err := s.decryptFile(path.Join(folder, name), sopsFormatOf(key)); err != nil {
				return err
			}
		}
		for _, name := range generator.EnvSources {
			format := sopsFormatOf(name)
			if format == sops.Binary {
				format = sops.Dotenv
			}
			if err := s.decryptFile(path.Join(folder, name), format); err != nil {
				return err
			}
		}
	}
	for _, patch := range kustomization.Patches {
		if target, err := url.Parse(patch.Path); patch.Path == "" || err == nil && target.Scheme != "" && target.Host != "" {
			continue
		}
		if err := s.decryptFile(path.Join(folder, patch.Path), sopsFormatOf(patch.Path)); err != nil {
			return err
		}
	}
	return nil
}

// decryptFile decrypts a file where it lies, if it is encrypted in that format.
func (s *sopsFiles) decryptFile(name string, format sops.Format) error {
	if s.seen[name] {
		return nil
	}
	text, err := s.files.ReadFile(name)
	if err != nil {
		return err
	}
	told := s.files.mounts.told(name)
	if len(text) > maxEncryptedBytes {
		return &codedError{
			Code:    "GDE_TOO_LARGE",
			Message: fmt.Sprintf("a file that may be encrypted is larger than the %d MiB that kustomize-controller reads", maxEncryptedBytes>>20),
			File:    told,
		}
	}
	if !bytes.Contains(text, []byte(sopsMarks[format])) {
		return nil
	}
	s.seen[name] = true
	plain, values, err := s.decryptor.open(text, format, format)
	if err != nil {
		return codedDecryption(err, "what is made of this file cannot be known: ", told)
	}
	s.decryptor.spread.add(values, plain)
	return s.files.WriteFile(name, plain)
}

// isSOPSEncrypted asks for what the controller asks for: `sops`, and `mac` in it.
func isSOPSEncrypted(res *resource.Resource) bool {
	field := res.Field("sops")
	return !field.IsNilOrEmpty() && !field.Value.Field("mac").IsNilOrEmpty()
}
