// Prints what OpenAPI does not tell about Kubernetes' built-in types: which fields keep an explicit zero value.
//
// Go's encoding drops the zero value of a field with omitempty that is no pointer, and always writes one without omitempty: in both
// cases a declared zero cannot be told from an absent one. Only behind a pointer the two differ. Empty maps and slices are
// lost in protobuf storage in any case.
//
// Run in the folder of the kube-apiserver module, whose go.mod pins the versions: `go run ../builtin-schemas/main.go`.
// Output: {"<OpenAPI model name>": ["<field that keeps zero>", …]}, one entry for every type that can be reached from a
// registered kind.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane"
)

type named interface{ OpenAPIModelName() string }

func modelName(t reflect.Type) string {
	if model, ok := reflect.New(t).Interface().(named); ok {
		return model.OpenAPIModelName()
	}
	return ""
}

// Types that write themselves: what lies inside is no matter of fields.
func writesItself(t reflect.Type) bool {
	marshaler := reflect.TypeFor[json.Marshaler]()
	return t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler)
}

func visit(t reflect.Type, seen map[reflect.Type]bool, keeping map[string][]string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		visit(t.Elem(), seen, keeping)
		return
	case reflect.Struct:
	default:
		return
	}
	if seen[t] {
		return
	}
	seen[t] = true
	name := modelName(t)
	// JSONSchemaProps writes itself, but only to add its x- fields, which are fields like the others.
	if writesItself(t) && t != reflect.TypeFor[apiextensions.JSONSchemaProps]() {
		return
	}
	fields := []string{}
	collect(t, &fields, seen, keeping)
	if name != "" {
		sort.Strings(fields)
		keeping[name] = fields
	}
}

func collect(t reflect.Type, fields *[]string, seen map[reflect.Type]bool, keeping map[string][]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		tag := strings.Split(field.Tag.Get("json"), ",")
		if tag[0] == "-" || (!field.IsExported() && !field.Anonymous) {
			continue
		}
		if tag[0] == "" && field.Anonymous {
			embedded := field.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			collect(embedded, fields, seen, keeping)
			continue
		}
		if field.Type.Kind() == reflect.Pointer || field.Type == reflect.TypeFor[runtime.RawExtension]() {
			*fields = append(*fields, tag[0])
		}
		visit(field.Type, seen, keeping)
	}
}

func main() {
	seen, keeping := map[reflect.Type]bool{}, map[string][]string{}
	for kind, t := range legacyscheme.Scheme.AllKnownTypes() {
		if kind.Version != runtime.APIVersionInternal {
			visit(t, seen, keeping)
		}
	}
	visit(reflect.TypeFor[apiextensions.CustomResourceDefinition](), seen, keeping)
	visit(reflect.TypeFor[apiregistration.APIService](), seen, keeping)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(keeping); err != nil {
		panic(err)
	}
}
