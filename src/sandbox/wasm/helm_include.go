package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/template"

	"helm.sh/helm/v4/pkg/chart/common"
)

// What Helm allows a template to include itself.
const maxIncludes = 1000

// includes is Helm's `include`. A template that is included again in the same file, with all that the file itself has, gives the same text
// again: as long as no function changed a value, and it did not ask for randomness.
type includes struct {
	templates *template.Template
	// How often each template is being included, for Helm's own limit.
	depth map[string]int
	// What the file has that is being rendered.
	root  uintptr
	texts map[string]includedText
	// Counts what may let the same template give another text.
	changes int
	// A value can be changed in ways that are not seen.
	isOff bool
	// Includes that are being evaluated, and the most of them since somebody asked.
	nested, mostNested int
}

type includedText struct {
	text string
	// How many includes were nested in it at most.
	nested int
}

// begin forgets what another file included.
func (i *includes) begin(root common.Values) {
	i.root = reflect.ValueOf(root).Pointer()
	i.texts = map[string]includedText{}
	i.nested = 0
}

func (i *includes) include(name string, data any) (string, error) {
	root, isRoot := data.(common.Values)
	isRoot = isRoot && reflect.ValueOf(root).Pointer() == i.root && !i.isOff
	if kept, isKept := i.texts[name]; isKept && isRoot && i.nested+kept.nested < maxIncludes {
		i.mostNested = max(i.mostNested, i.nested+kept.nested)
		return kept.text, nil
	}
	changes, draws, most := i.changes, world.draws, i.mostNested
	i.nested++
	i.mostNested = i.nested
	text, err := includeTemplate(i.templates, i.depth, name, data)
	i.nested--
	nested := i.mostNested - i.nested
	i.mostNested = max(most, i.mostNested)
	if err == nil && isRoot && changes == i.changes && draws == world.draws {
		i.texts[name] = includedText{text, nested}
	}
	return text, err
}

// includeTemplate is upstream's.
func includeTemplate(templates *template.Template, depth map[string]int, name string, data any) (string, error) {
	if depth[name] > maxIncludes {
		return "", fmt.Errorf("rendering template has a nested reference name: %s: %w", name, errors.New("unable to execute template"))
	}
	depth[name]++
	var text strings.Builder
	err := templates.ExecuteTemplate(&text, name, data)
	depth[name]--
	return text.String(), err
}

// changed forgets all texts: a value is another one.
func (i *includes) changed() {
	i.changes++
	clear(i.texts)
}

var changingFunctions = []string{"set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite", "sortAlpha"}

// watchedFunctions are those that change what they are given, made to say so.
func (i *includes) watchedFunctions() template.FuncMap {
	functions := template.FuncMap{}
	for _, name := range changingFunctions {
		functions[name] = i.watchedChange(sprigFunctions[name])
	}
	// A version has methods that change it.
	functions["semver"] = watched(sprigFunctions["semver"], func([]reflect.Value) bool {
		i.isOff = true
		return false
	})
	return functions
}

// watchedChange is the function itself, which says that it changes something.
func (i *includes) watchedChange(function any) any {
	switch original := function.(type) {
	case func(map[string]any, string, any) map[string]any:
		return func(dict map[string]any, key string, value any) map[string]any {
			i.changed()
			return original(dict, key, value)
		}
	case func(map[string]any, ...map[string]any) any:
		return func(dict map[string]any, others ...map[string]any) any {
			i.changed()
			return original(dict, others...)
		}
	default:
		return watched(function, func([]reflect.Value) bool {
			i.changed()
			return false
		})
	}
}
