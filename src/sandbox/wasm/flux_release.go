package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

func init() { register("fluxRelease", runFluxRelease) }

// fluxReleaseInput is what a HelmRelease declares and what Helm installed of it.
type fluxReleaseInput struct {
	ValuesFrom []fluxValues   `json:"valuesFrom"`
	Values     map[string]any `json:"values"`
	// The values that the release was installed with.
	Installed map[string]any `json:"installed"`
	// A version or a range of versions; nothing is compared where it is empty.
	Version string `json:"version"`
	// Of the chart that is installed.
	InstalledVersion string `json:"installedVersion"`
	// What follows the plus sign of the installed version was put there by a controller, so that it is not the chart's.
	IgnoreMetadata bool `json:"ignoreMetadata"`
	// Absent where the history has no digest that counts.
	Observed *observedRelease `json:"observed"`
}

type fluxReleaseOutput struct {
	// "same", "inRange", "other", or "unknown" where it is not compared.
	Version string `json:"version"`
	// JSON pointers of declared values that are not those installed, and of installed ones that are not declared.
	Values []valueDifference `json:"values"`
	// "same", "other" or "unknown": whether what is stored is what the controller recorded. Empty where it recorded nothing.
	Release string `json:"release"`
}

type valueDifference struct {
	Path  string `json:"path"`
	Class string `json:"class"`
}

// mostValueDifferences keeps the answer small: one that replaced all of its values has no use for a list of them.
const mostValueDifferences = 100

// runFluxRelease does what helm-controller does to tell whether a release is what is declared (VerifyRelease): it compares version
// and values, not what they make of a chart.
func runFluxRelease(input fluxReleaseInput) (fluxReleaseOutput, error) {
	declared, err := fluxHelmInput{ValuesFrom: input.ValuesFrom, Values: input.Values}.mergeValues()
	if err != nil {
		return fluxReleaseOutput{}, err
	}
	// Numbers of YAML and of JSON have types of their own.
	plain, err := plainValues(declared)
	if err != nil {
		return fluxReleaseOutput{}, err
	}
	output := fluxReleaseOutput{Version: input.compareVersion(), Values: []valueDifference{}}
	output.compareValues("", plain, input.Installed)
	if input.Observed != nil {
		output.Release, err = input.Observed.verify()
	}
	return output, err
}

func plainValues(values map[string]any) (map[string]any, error) {
	text, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("the values cannot be written as JSON")
	}
	plain := map[string]any{}
	return plain, json.Unmarshal(text, &plain)
}

func (f *fluxReleaseOutput) compareValues(path string, declared, installed map[string]any) {
	all := map[string]any{}
	maps.Copy(all, installed)
	maps.Copy(all, declared)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if len(f.Values) >= mostValueDifferences {
			return
		}
		place := path + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
		want, isDeclared := declared[key]
		has, isInstalled := installed[key]
		switch {
		case !isInstalled:
			f.Values = append(f.Values, valueDifference{place, "missing"})
		case !isDeclared:
			f.Values = append(f.Values, valueDifference{place, "removed"})
		default:
			wantMap, isMap := want.(map[string]any)
			hasMap, wasMap := has.(map[string]any)
			if isMap && wasMap {
				f.compareValues(place, wantMap, hasMap)
			} else if !reflect.DeepEqual(want, has) {
				f.Values = append(f.Values, valueDifference{place, "changed"})
			}
		}
	}
}

// compareVersion takes a text without a range for that version alone, as a repository's index does before it looks for ranges.
func (f fluxReleaseInput) compareVersion() string {
	installed, err := semver.NewVersion(f.InstalledVersion)
	if f.Version == "" || err != nil {
		return "unknown"
	}
	if exact, err := semver.StrictNewVersion(strings.TrimPrefix(f.Version, "v")); err == nil {
		// A version with metadata names one of several that are equal by SemVer.
		isOther := exact.Metadata() != "" && !f.IgnoreMetadata && exact.Metadata() != installed.Metadata()
		if isOther || !exact.Equal(installed) {
			return "other"
		}
		return "same"
	}
	constraint, err := semver.NewConstraint(f.Version)
	if err != nil {
		return "unknown"
	}
	if constraint.Check(installed) {
		return "inRange"
	}
	return "other"
}
