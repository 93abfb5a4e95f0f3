package main

import (
	"reflect"
	"testing"
)

func TestVersionOfARelease(t *testing.T) {
	for _, one := range []struct {
		declared, installed string
		ignoreMetadata      bool
		want                string
	}{
		{"1.2.3", "1.2.3", false, "same"},
		{"v1.2.3", "1.2.3", false, "same"},
		{"1.2.3", "1.2.4", false, "other"},
		{"1.2.3", "1.2.3+abc", false, "same"},
		{"1.2.3+abc", "1.2.3+abc", false, "same"},
		{"1.2.3+abc", "1.2.3+def", false, "other"},
		{"1.2.3+abc", "1.2.3+def", true, "same"},
		{"1.2.x", "1.2.9", false, "inRange"},
		{">=1.0.0 <2.0.0", "2.0.0", false, "other"},
		{"*", "1.0.0-rc.1", false, "other"},
		{">=1.0.0-0", "1.0.0-rc.1", false, "inRange"},
		{"", "1.0.0", false, "unknown"},
		{"no version", "1.0.0", false, "unknown"},
		{"1.0.0", "no version", false, "unknown"},
	} {
		input := fluxReleaseInput{Version: one.declared, InstalledVersion: one.installed, IgnoreMetadata: one.ignoreMetadata}
		if got := input.compareVersion(); got != one.want {
			t.Errorf("%q installed as %q: %s, not %s", one.declared, one.installed, got, one.want)
		}
	}
}

func TestValuesOfARelease(t *testing.T) {
	output, err := runFluxRelease(fluxReleaseInput{
		Values:    map[string]any{"same": 1, "changed": "new", "added": true, "deep": map[string]any{"a/b": 2, "list": []any{1}}},
		Installed: map[string]any{"same": 1.0, "changed": "old", "gone": nil, "deep": map[string]any{"a/b": 3.0, "list": []any{1.0}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []valueDifference{{"/added", "missing"}, {"/changed", "changed"}, {"/deep/a~1b", "changed"}, {"/gone", "removed"}}
	if !reflect.DeepEqual(output.Values, want) {
		t.Errorf("%v, not %v", output.Values, want)
	}
}

func TestValuesOfAReleaseAreNotListedWithoutEnd(t *testing.T) {
	installed := map[string]any{}
	for index := range 1000 {
		installed[string(rune('a'+index%26))+string(rune('a'+index/26))] = index
	}
	output, err := runFluxRelease(fluxReleaseInput{Installed: installed})
	if err != nil || len(output.Values) != mostValueDifferences {
		t.Errorf("%d differences, %v", len(output.Values), err)
	}
}
