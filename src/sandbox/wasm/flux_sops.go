package main

import (
	"encoding/base64"
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// How SOPS marks what it encrypted.
const sopsMark = "ENC[AES256_GCM,"

// stripSOPS tells whether the controller decrypts the resource, and removes SOPS' own field as it does. There are no keys here.
func stripSOPS(res *resource.Resource) (bool, error) {
	content, err := res.Map()
	if err != nil {
		return false, err
	}
	if _, encrypted := content["sops"]; encrypted {
		return true, res.PipeE(kyaml.Clear("sops"))
	}
	// Files that generators read are decrypted before the build: their hash, and so the name, is that of the plain text.
	if kind := res.GetKind(); (kind == "Secret" || kind == "ConfigMap") && hasEncryptedData(content) {
		return false, &codedError{
			Code:    "GDE_UNSUPPORTED_ENCRYPTION",
			Message: fmt.Sprintf("%s %s is generated from files that are encrypted", kind, res.GetName()),
		}
	}
	return false, nil
}

func hasEncryptedData(content map[string]any) bool {
	for _, field := range []string{"data", "stringData", "binaryData"} {
		values, isMap := content[field].(map[string]any)
		if !isMap {
			continue
		}
		for _, value := range values {
			text, isText := value.(string)
			if !isText {
				continue
			}
			plain, err := base64.StdEncoding.DecodeString(text)
			if strings.Contains(text, sopsMark) || err == nil && strings.Contains(string(plain), sopsMark) {
				return true
			}
		}
	}
	return false
}
