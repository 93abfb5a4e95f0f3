package applicationset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// postSelector is a generator entry's `selector`, which chooses parameter sets. It is a label selector whose values may be
// any text (URLs, for one); keys are held to Kubernetes' rules. Nil chooses all.
func postSelector(selector *metav1.LabelSelector) (func(flat map[string]string) bool, error) {
	if selector == nil {
		return nil, nil
	}
	var requirements []metav1.LabelSelectorRequirement
	for key, value := range selector.MatchLabels {
		requirements = append(requirements, metav1.LabelSelectorRequirement{
			Key: key, Operator: metav1.LabelSelectorOpIn, Values: []string{value},
		})
	}
	requirements = append(requirements, selector.MatchExpressions...)
	for _, requirement := range requirements {
		if err := checkRequirement(requirement); err != nil {
			return nil, err
		}
	}
	return func(flat map[string]string) bool {
		return !slices.ContainsFunc(requirements, func(requirement metav1.LabelSelectorRequirement) bool {
			value, has := flat[requirement.Key]
			return !satisfies(requirement, value, has)
		})
	}, nil
}

func checkRequirement(requirement metav1.LabelSelectorRequirement) error {
	switch requirement.Operator {
	case metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn:
		if len(requirement.Values) == 0 {
			return fmt.Errorf("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")
		}
	case metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist:
		if len(requirement.Values) > 0 {
			return fmt.Errorf("values: Invalid value: %q: values set must be empty for exists and does not exist", requirement.Values)
		}
	default:
		return fmt.Errorf("%q is not a valid pod selector operator", requirement.Operator)
	}
	if problems := validation.IsQualifiedName(requirement.Key); len(problems) > 0 {
		return fmt.Errorf("key: Invalid value: %q: %s", requirement.Key, strings.Join(problems, "; "))
	}
	return nil
}

func satisfies(requirement metav1.LabelSelectorRequirement, value string, has bool) bool {
	switch requirement.Operator {
	case metav1.LabelSelectorOpIn:
		return has && slices.Contains(requirement.Values, value)
	case metav1.LabelSelectorOpNotIn:
		return !has || !slices.Contains(requirement.Values, value)
	case metav1.LabelSelectorOpExists:
		return has
	default:
		return !has
	}
}

// flatten names what lies deeper by its path, `a.b.0.c`, and prints every value as fmt does. It goes into what JSON gives, and
// into maps of texts; other lists (the segments of a path, a flatList) are values. Empty maps and lists vanish.
func flatten(given params) map[string]string {
	flat := map[string]string{}
	for key, value := range given {
		flattenInto(flat, key, value, true)
	}
	return flat
}

func flattenInto(flat map[string]string, name string, value any, mapsOfTexts bool) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			flattenInto(flat, name+"."+key, inner, mapsOfTexts)
		}
	case []any:
		for index, inner := range value {
			// What lies in a list is not looked at for maps of texts.
			flattenInto(flat, name+"."+strconv.Itoa(index), inner, false)
		}
	case map[string]string:
		if !mapsOfTexts {
			flat[name] = fmt.Sprintf("%v", value)
			return
		}
		for key, inner := range value {
			flat[name+"."+key] = inner
		}
	default:
		flat[name] = fmt.Sprintf("%v", value)
	}
}
