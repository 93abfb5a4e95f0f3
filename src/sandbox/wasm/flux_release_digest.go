package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"hash"
	"slices"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// observedRelease is what a HelmRelease's history says of the revision that the controller made last.
type observedRelease struct {
	// "ALGORITHM:HEX".
	Digest    string `json:"digest"`
	OCIDigest string `json:"ociDigest"`
	// The release in Helm's storage, of its chart the metadata alone.
	Stored json.RawMessage `json:"stored"`
}

// observation is what helm-controller makes a digest of (internal/release, Observation): the fields in this order, with these names.
type observation struct {
	Name          string         `json:"name"`
	Version       int            `json:"version"`
	Info          release.Info   `json:"info"`
	ChartMetadata chart.Metadata `json:"chartMetadata"`
	Config        map[string]any `json:"config"`
	Manifest      string         `json:"manifest"`
	Hooks         []release.Hook `json:"hooks"`
	Namespace     string         `json:"namespace"`
	OCIDigest     string         `json:"ociDigest,omitempty"`
}

var digestAlgorithms = map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

// verify tells whether the stored release is still the one that helm-controller recorded (VerifyReleaseObject): "same", "other", or
// "unknown" where the digest is of an algorithm that is not to be had here.
func (o observedRelease) verify() (string, error) {
	algorithm, sum, _ := strings.Cut(o.Digest, ":")
	if algorithm == "blake3" {
		return "unknown", nil
	}
	newHash, isKnown := digestAlgorithms[algorithm]
	if !isKnown {
		return "other", nil
	}
	var stored release.Release
	if err := json.Unmarshal(o.Stored, &stored); err != nil {
		return "", &codedError{Code: "GDE_HELM_STORAGE", Message: "the release is none that Helm could have stored"}
	}
	digest := newHash()
	if err := json.NewEncoder(digest).Encode(observe(&stored, o.OCIDigest)); err != nil {
		return "", err
	}
	if hex.EncodeToString(digest.Sum(nil)) != sum {
		return "other", nil
	}
	return "same", nil
}

// observe leaves out hooks of tests, which people may run at any time, as helm-controller does.
func observe(stored *release.Release, ociDigest string) observation {
	observed := observation{
		Name: stored.Name, Version: stored.Version, Manifest: stored.Manifest, Namespace: stored.Namespace, OCIDigest: ociDigest,
	}
	if stored.Info != nil {
		observed.Info = *stored.Info
	}
	if stored.Chart != nil && stored.Chart.Metadata != nil {
		observed.ChartMetadata = *stored.Chart.Metadata
	}
	if len(stored.Config) > 0 {
		observed.Config = stored.Config
	}
	for _, hook := range stored.Hooks {
		if hook != nil && !slices.Contains(hook.Events, release.HookTest) {
			observed.Hooks = append(observed.Hooks, *hook)
		}
	}
	return observed
}
