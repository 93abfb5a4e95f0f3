package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	chart "helm.sh/helm/v4/pkg/chart/v2"
)

// checkLock refuses a lock that was made for other dependencies, in Helm's words. declared: with URLs in the place of names.
func checkLock(loaded *chart.Chart, declared []*chart.Dependency) error {
	lock := loaded.Lock
	if digestOf([2][]*chart.Dependency{declared, lock.Dependencies}) == lock.Digest {
		return nil
	}
	if loaded.Metadata.APIVersion != chart.APIVersionV1 {
		return errors.New("the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). " +
			"Please update the dependencies with 'helm dependency update'")
	}
	// Helm 2 wrote the digest of what was declared alone.
	if digestOf(map[string][]*chart.Dependency{"dependencies": loaded.Metadata.Dependencies}) == lock.Digest {
		return nil
	}
	return errors.New("the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). " +
		"Please update the dependencies")
}

// digestOf is the digest that Helm writes into locks: of the dependencies as JSON. They cannot fail to be encoded.
func digestOf(dependencies any) string {
	text, err := json.Marshal(dependencies)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}
