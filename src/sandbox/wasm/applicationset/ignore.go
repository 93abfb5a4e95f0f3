package applicationset

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// withoutIgnored gives an Application without the fields that ignoreApplicationDifferences names. A path that is not there, or
// an expression that fails, removes nothing; an expression that is none fails.
func withoutIgnored(application *Application, rules []IgnoreDifferences) (*Application, error) {
	if len(rules) == 0 {
		return application, nil
	}
	var document any
	document, err := asMap(application)
	if err != nil {
		return nil, err
	}
	// A rule that cannot be read fails whomever it is for.
	for _, rule := range rules {
		deletions, err := compileDeletions(rule.JQPathExpressions)
		if err != nil {
			return nil, err
		}
		if rule.Name != "" && rule.Name != application.Name {
			continue
		}
		for _, pointer := range rule.JSONPointers {
			document = removePointer(document, pointer)
		}
		for _, deletion := range deletions {
			document = removeBy(document, deletion)
		}
	}
	encoded, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	left := &Application{}
	if err := json.Unmarshal(encoded, left); err != nil {
		return nil, fmt.Errorf("failed to apply ignore differences: %w", err)
	}
	normalizeSpec(&left.Spec)
	return left, nil
}

var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

func removePointer(document any, pointer string) any {
	if !strings.HasPrefix(pointer, "/") {
		return document
	}
	return removeAt(document, strings.Split(pointer[1:], "/"))
}

func removeAt(value any, path []string) any {
	key := unescapePointer.Replace(path[0])
	switch value := value.(type) {
	case map[string]any:
		inner, there := value[key]
		switch {
		case !there:
		case len(path) == 1:
			delete(value, key)
		default:
			value[key] = removeAt(inner, path[1:])
		}
	case []any:
		index, err := strconv.Atoi(key)
		switch {
		case err != nil || index < 0 || index >= len(value):
		case len(path) == 1:
			return slices.Delete(slices.Clone(value), index, index+1)
		default:
			value[index] = removeAt(value[index], path[1:])
		}
	}
	return value
}

func compileDeletions(expressions []string) ([]*gojq.Code, error) {
	deletions := make([]*gojq.Code, 0, len(expressions))
	for _, expression := range expressions {
		query, err := gojq.Parse("del(" + expression + ")")
		if err != nil {
			return nil, fmt.Errorf("failed to apply ignore differences: %q: %w", expression, err)
		}
		deletion, err := gojq.Compile(query)
		if err != nil {
			return nil, fmt.Errorf("failed to apply ignore differences: %q: %w", expression, err)
		}
		deletions = append(deletions, deletion)
	}
	return deletions, nil
}

func removeBy(document any, deletion *gojq.Code) any {
	results := deletion.Run(document)
	left, given := results.Next()
	if _, another := results.Next(); !given || another {
		return document
	}
	if _, isObject := left.(map[string]any); !isObject {
		return document
	}
	return left
}
