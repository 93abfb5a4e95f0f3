package applicationset

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// filler copies a value and fills the placeholders in every string of it, keys of maps included.
type filler struct {
	replacer *replacer
	given    params
	// For the `values` of generators, while a matrix fills its second child with the parameters of its first; else nil.
	strict *replacer
}

var (
	rawExtensionType = reflect.TypeFor[runtime.RawExtension]()
	rawJSONType      = reflect.TypeFor[RawJSON]()
	// Kinds of generators whose `values` are filled again when they run, from parameters of their own.
	generatorsWithValues = []reflect.Type{
		reflect.TypeFor[ClusterGenerator](), reflect.TypeFor[GitGenerator](), reflect.TypeFor[OutsideGenerator](),
	}
)

func fill[T any](f *filler, original *T) (*T, error) {
	copied := new(T)
	if err := f.fill(reflect.ValueOf(copied).Elem(), reflect.ValueOf(original).Elem()); err != nil {
		return nil, err
	}
	return copied, nil
}

func (f *filler) fill(target, original reflect.Value) error {
	switch original.Kind() {
	case reflect.String:
		filled, err := f.replacer.replace(original.String(), f.given)
		target.SetString(filled)
		return err
	case reflect.Pointer:
		if original.IsNil() {
			return nil
		}
		target.Set(reflect.New(original.Type().Elem()))
		return f.fill(target.Elem(), original.Elem())
	case reflect.Struct:
		return f.fillStruct(target, original)
	case reflect.Slice:
		target.Set(reflect.MakeSlice(original.Type(), original.Len(), original.Len()))
		for index := range original.Len() {
			if err := f.fill(target.Index(index), original.Index(index)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		return f.fillMap(target, original)
	default:
		target.Set(original)
		return nil
	}
}

func (f *filler) fillStruct(target, original reflect.Value) error {
	switch original.Type() {
	case rawExtensionType, rawJSONType:
		filled, err := f.fillJSON(original.FieldByName("Raw").Bytes())
		if err == nil {
			target.FieldByName("Raw").SetBytes(filled)
		}
		return err
	}
	hasValues := f.strict != nil && slices.Contains(generatorsWithValues, original.Type())
	for index := range original.NumField() {
		if hasValues && original.Type().Field(index).Name == "Values" {
			filled, err := f.fillValues(original.Field(index).Interface().(map[string]string))
			if err != nil {
				return err
			}
			target.Field(index).Set(reflect.ValueOf(filled))
			continue
		}
		if err := f.fill(target.Field(index), original.Field(index)); err != nil {
			return err
		}
	}
	return nil
}

// fillValues leaves a value that needs parameters that are not there yet as it is: they may be the generator's own.
func (f *filler) fillValues(values map[string]string) (map[string]string, error) {
	if values == nil {
		return nil, nil
	}
	filled := make(map[string]string, len(values))
	for key, value := range values {
		text, err := f.strict.replace(value, f.given)
		switch {
		case err == nil:
			filled[key] = text
		case isMissingKey(err):
			filled[key] = value
		default:
			return nil, fmt.Errorf("failed to pre-resolve Values key %q: %w", key, err)
		}
	}
	return filled, nil
}

func (f *filler) fillMap(target, original reflect.Value) error {
	target.Set(reflect.MakeMap(original.Type()))
	for _, name := range slices.Sorted(maps.Keys(stringKeys(original))) {
		key := reflect.ValueOf(name)
		value := reflect.New(original.Type().Elem()).Elem()
		if err := f.fill(value, original.MapIndex(key)); err != nil {
			return err
		}
		filledKey, err := f.replacer.replace(name, f.given)
		if err != nil {
			return err
		}
		if target.MapIndex(reflect.ValueOf(filledKey)).IsValid() {
			f.replacer.trace.collision(filledKey)
		}
		target.SetMapIndex(reflect.ValueOf(filledKey), value)
	}
	return nil
}

func stringKeys(of reflect.Value) map[string]bool {
	keys := make(map[string]bool, of.Len())
	for _, key := range of.MapKeys() {
		keys[key.String()] = true
	}
	return keys
}

// fillJSON fills JSON of any form. Numbers become float64 on the way, and keys whose value is null vanish.
func (f *filler) fillJSON(raw []byte) ([]byte, error) {
	text, err := yamlToJSON(string(raw))
	if err != nil {
		return nil, fmt.Errorf("error while converting template to json %q: %w", raw, err)
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, fmt.Errorf("failed to unmarshal JSON field: %w", err)
	}
	filled, err := f.fillAny(value)
	if err != nil {
		return nil, err
	}
	return json.Marshal(filled)
}

func (f *filler) fillAny(value any) (any, error) {
	switch value := value.(type) {
	case string:
		return f.replacer.replace(value, f.given)
	case []any:
		filled := make([]any, len(value))
		for index, item := range value {
			var err error
			if filled[index], err = f.fillAny(item); err != nil {
				return nil, err
			}
		}
		return filled, nil
	case map[string]any:
		filled := make(map[string]any, len(value))
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if value[key] == nil {
				continue
			}
			item, err := f.fillAny(value[key])
			if err != nil {
				return nil, err
			}
			filledKey, err := f.replacer.replace(key, f.given)
			if err != nil {
				return nil, err
			}
			if _, taken := filled[filledKey]; taken {
				f.replacer.trace.collision(filledKey)
			}
			filled[filledKey] = item
		}
		return filled, nil
	default:
		return value, nil
	}
}

// yamlToJSON leaves what begins like a JSON object as it is, which is then held to JSON's rules.
func yamlToJSON(text string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return text, nil
	}
	converted, err := yaml.YAMLToJSON([]byte(text))
	return string(converted), err
}
