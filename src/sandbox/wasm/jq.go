package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

func init() { register("jq", runJq) }

type jqInput struct {
	Object json.RawMessage `json:"object"`
	// Path expressions as Argo CD's jqPathExpressions take them.
	Expressions []string `json:"expressions"`
}

type jqResult struct {
	// JSON pointers to what `del(expression)` would delete from the object, sorted.
	Pointers []string `json:"pointers"`
	// Why the expression cannot be used on this object.
	Error string `json:"error,omitempty"`
}

type jqOutput struct {
	Results []jqResult `json:"results"`
}

// A path expression that matches more than this is no ignore rule.
const maxJqPaths = 100_000

func runJq(input jqInput) (jqOutput, error) {
	decoder := json.NewDecoder(bytes.NewReader(input.Object))
	decoder.UseNumber()
	var object any
	if err := decoder.Decode(&object); err != nil {
		return jqOutput{}, err
	}
	object = jqValue(object)
	output := jqOutput{Results: make([]jqResult, 0, len(input.Expressions))}
	for _, expression := range input.Expressions {
		pointers, err := pathsOf(expression, object)
		result := jqResult{Pointers: pointers}
		if err != nil {
			result = jqResult{Pointers: []string{}, Error: err.Error()}
		}
		output.Results = append(output.Results, result)
	}
	return output, nil
}

func pathsOf(expression string, object any) ([]string, error) {
	// Parsed alone first, so that `a) | b` cannot climb out of the parentheses.
	if _, err := gojq.Parse(expression); err != nil {
		return nil, err
	}
	query, err := gojq.Parse("path(" + expression + "\n)")
	if err != nil {
		return nil, err
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, err
	}
	found := map[string]struct{}{}
	for paths := code.Run(object); ; {
		value, more := paths.Next()
		if !more {
			break
		}
		if err, failed := value.(error); failed {
			return nil, err
		}
		if err := addPointers(found, object, "", value.([]any)); err != nil {
			return nil, err
		}
		if len(found) > maxJqPaths {
			return nil, fmt.Errorf("more than %d paths", maxJqPaths)
		}
	}
	pointers := make([]string, 0, len(found))
	for pointer := range found {
		pointers = append(pointers, pointer)
	}
	sort.Strings(pointers)
	return pointers, nil
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// addPointers adds the pointers of one jq path, if it leads to something: deleting what is not there is no deletion.
func addPointers(found map[string]struct{}, value any, pointer string, path []any) error {
	if len(path) == 0 {
		found[pointer] = struct{}{}
		return nil
	}
	switch key := path[0].(type) {
	case string:
		if fields, isObject := value.(map[string]any); isObject {
			if field, present := fields[key]; present {
				return addPointers(found, field, pointer+"/"+pointerEscaper.Replace(key), path[1:])
			}
		}
	case int:
		if items, isList := value.([]any); isList {
			if key < 0 {
				key += len(items)
			}
			if key >= 0 && key < len(items) {
				return addPointers(found, items[key], pointer+"/"+strconv.Itoa(key), path[1:])
			}
		}
	case map[string]any:
		if items, isList := value.([]any); isList {
			for index := sliceBound(key["start"], 0, len(items)); index < sliceBound(key["end"], len(items), len(items)); index++ {
				if err := addPointers(found, items[index], pointer+"/"+strconv.Itoa(index), path[1:]); err != nil {
					return err
				}
			}
		}
	default:
		return fmt.Errorf("a path with %T", key)
	}
	return nil
}

func sliceBound(bound any, missing, length int) int {
	index, isInt := bound.(int)
	if !isInt {
		return missing
	}
	if index < 0 {
		index += length
	}
	return min(max(index, 0), length)
}

// jqValue turns numbers into what gojq computes with: integers exact, the rest float64.
func jqValue(value any) any {
	switch value := value.(type) {
	case json.Number:
		if integer, err := strconv.Atoi(value.String()); err == nil {
			return integer
		}
		if integer, ok := new(big.Int).SetString(value.String(), 10); ok {
			return integer
		}
		float, _ := value.Float64()
		return float
	case map[string]any:
		for key, field := range value {
			value[key] = jqValue(field)
		}
	case []any:
		for index, item := range value {
			value[index] = jqValue(item)
		}
	}
	return value
}
