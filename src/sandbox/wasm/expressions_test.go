package main

import (
	"reflect"
	"testing"
)

func TestExpressionsOfNamespaces(t *testing.T) {
	output, err := matchExpressions(expressionsInput{
		Expressions: []string{"(?<broken", "^(?!kube-).*$", `^(\w)\1$`},
		Texts:       []string{"team-a", "kube-system", "aa", ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, false, true, true}; !reflect.DeepEqual(output.Matches, want) {
		t.Errorf("%v, not %v", output.Matches, want)
	}
	if len(output.Errors) != 1 {
		t.Errorf("one expression is broken: %v", output.Errors)
	}
}
