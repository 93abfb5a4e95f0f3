package main

import (
	"strings"
	"testing"
)

func TestLabelsOfVolumeClaimTemplates(t *testing.T) {
	for given, isLabelled := range map[string]bool{
		"labels: [{pairs: {a: b}, includeTemplates: true}]":                                                  true,
		"labels: [{pairs: {a: b}, includeTemplates: true, includeSelectors: true}]":                          false,
		"labels: [{pairs: {a: b}}]":                                                                          false,
		"labels: [{pairs: {a: b}, includeTemplates: true, fields: [{path: spec/x}]}]":                        true,
		"labels: [{pairs: {a: b}, includeTemplates: true, fields: [{path: '" + claimTemplateLabels + "'}]}]": true,
		"labels: {includeTemplates: true}":                                                                   false,
		"includeTemplates: [":                                                                                false,
	} {
		labelled := string(labelClaimTemplates([]byte(given)))
		if got := strings.Count(labelled, claimTemplateLabels) == 1; got != isLabelled {
			t.Errorf("%s became %s", given, labelled)
		}
	}
}

func TestTheLastValueOfAVariableCounts(t *testing.T) {
	values, secret := fluxPostBuild{Variables: []fluxVariables{
		{Values: map[string]string{"a": "1", "b": "of a Secret"}, Secret: true},
		{Values: map[string]string{"a": "two\nlines"}},
	}}.merged()
	if values["a"] != "twolines" || secret["a"] {
		t.Errorf("a is %q, of a Secret: %v", values["a"], secret["a"])
	}
	if values["b"] != "of a Secret" || !secret["b"] {
		t.Errorf("b is %q, of a Secret: %v", values["b"], secret["b"])
	}
}
