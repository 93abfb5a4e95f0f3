package main

import (
	"encoding/json"
	"reflect"
	"testing"
)

const jqObject = `{"spec":{"containers":[{"name":"a","image":"x"},{"name":"b","env":{"a/b":1,"c~d":2}}],"replicas":3}}`

func TestPathsThatAnExpressionDeletes(t *testing.T) {
	for expression, want := range map[string][]string{
		".spec.replicas":                                {"/spec/replicas"},
		".spec.absent":                                  {},
		".spec.containers[].image":                      {"/spec/containers/0/image"},
		".spec.containers[-1].name":                     {"/spec/containers/1/name"},
		".spec.containers[1:]":                          {"/spec/containers/1"},
		".spec.containers[:-1]":                         {"/spec/containers/0"},
		".spec.containers[5]":                           {},
		`.spec.containers[] | select(.name == "b").env`: {"/spec/containers/1/env"},
		`.spec.containers[1].env["a/b","c~d"]`:          {"/spec/containers/1/env/a~1b", "/spec/containers/1/env/c~0d"},
		".spec.replicas, .spec.replicas":                {"/spec/replicas"},
	} {
		output, err := runJq(jqInput{Object: json.RawMessage(jqObject), Expressions: []string{expression}})
		if err != nil {
			t.Fatal(err)
		}
		if result := output.Results[0]; result.Error != "" || !reflect.DeepEqual(result.Pointers, want) {
			t.Errorf("%s: %v %s, not %v", expression, result.Pointers, result.Error, want)
		}
	}
}

func TestAnExpressionThatCannotBeUsed(t *testing.T) {
	for _, expression := range []string{".spec[", ".spec) | (.", ".spec.replicas[]", "1", ".spec.replicas | tostring"} {
		output, err := runJq(jqInput{Object: json.RawMessage(jqObject), Expressions: []string{expression, ".spec.replicas"}})
		if err != nil {
			t.Fatal(err)
		}
		if output.Results[0].Error == "" || len(output.Results[0].Pointers) > 0 {
			t.Errorf("%s was used: %v", expression, output.Results[0].Pointers)
		}
		if len(output.Results[1].Pointers) != 1 {
			t.Errorf("%s hid the next", expression)
		}
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	object := json.RawMessage(`{"large":9007199254740993,"list":[18446744073709551617,1.5]}`)
	output, err := runJq(jqInput{Object: object, Expressions: []string{
		"select(.large == 9007199254740993).large", "select(.list[0] == 18446744073709551617).list[1]",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for index, want := range []string{"/large", "/list/1"} {
		if pointers := output.Results[index].Pointers; !reflect.DeepEqual(pointers, []string{want}) {
			t.Errorf("%v, not %s", pointers, want)
		}
	}
}
