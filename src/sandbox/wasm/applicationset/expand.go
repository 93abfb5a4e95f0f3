package applicationset

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"dario.cat/mergo"
)

// expansion is what one generator gives: parameter sets, and the template that its Applications are made from.
type expansion struct {
	sets     []params
	template *Template
}

// kind is one kind of generator. Their order is that in which Argo CD runs the kinds of one entry.
type kind struct {
	name     string
	present  func(entry *Generator) bool
	template func(entry *Generator) *Template
	run      func(g *generation, entry *Generator) ([]params, error)
}

var kinds []kind

func init() {
	kinds = []kind{
		{"list", func(e *Generator) bool { return e.List != nil }, func(e *Generator) *Template { return &e.List.Template },
			func(g *generation, e *Generator) ([]params, error) { return g.runList(e.List) }},
		{"clusters", func(e *Generator) bool { return e.Clusters != nil }, func(e *Generator) *Template { return &e.Clusters.Template },
			func(g *generation, e *Generator) ([]params, error) { return g.runClusters(e.Clusters) }},
		{"git", func(e *Generator) bool { return e.Git != nil }, func(e *Generator) *Template { return &e.Git.Template },
			func(g *generation, e *Generator) ([]params, error) { return g.runGit(e.Git) }},
		outsideKind("scmProvider", func(e *Generator) *OutsideGenerator { return e.SCMProvider }),
		outsideKind("clusterDecisionResource", func(e *Generator) *OutsideGenerator { return e.ClusterDecisionResource }),
		outsideKind("pullRequest", func(e *Generator) *OutsideGenerator { return e.PullRequest }),
		{"matrix", func(e *Generator) bool { return e.Matrix != nil }, func(e *Generator) *Template { return &e.Matrix.Template },
			func(g *generation, e *Generator) ([]params, error) { return g.runMatrix(e.Matrix) }},
		{"merge", func(e *Generator) bool { return e.Merge != nil }, func(e *Generator) *Template { return &e.Merge.Template },
			func(g *generation, e *Generator) ([]params, error) { return g.runMerge(e.Merge) }},
		outsideKind("plugin", func(e *Generator) *OutsideGenerator { return e.Plugin }),
	}
}

func outsideKind(name string, of func(entry *Generator) *OutsideGenerator) kind {
	return kind{
		name:     name,
		present:  func(entry *Generator) bool { return of(entry) != nil },
		template: func(entry *Generator) *Template { return &of(entry).Template },
		run:      func(*generation, *Generator) ([]params, error) { return nil, &outsideError{name} },
	}
}

// outsideError ends the generator at the top in which it happens, and that alone.
type outsideError struct{ generator string }

func (e *outsideError) Error() string {
	return fmt.Sprintf("what the %s generator gives cannot be computed: it asks a service outside Git and the cluster's Secrets", e.generator)
}

func (g *generation) isNotComputable(err error) bool {
	var outside *outsideError
	if !errors.As(err, &outside) {
		return false
	}
	if !slices.Contains(g.output.NotComputable, outside.generator) {
		g.output.NotComputable = append(g.output.NotComputable, outside.generator)
		g.output.Findings = append(g.output.Findings, Finding{Code: codeNotComputable, Message: outside.Error()})
	}
	return true
}

// expand runs every kind that an entry holds. `outer` are the parameters of a matrix' first child, with which the second
// child is filled before it runs; its selector and template are not.
func (g *generation) expand(entry *Generator, base *Template, outer params) ([]expansion, error) {
	selects, err := postSelector(entry.Selector)
	if err != nil {
		return nil, fmt.Errorf("error parsing label selector: %w", err)
	}
	var expansions []expansion
	var waiting error
	for _, kind := range kinds {
		if !kind.present(entry) {
			continue
		}
		expanded, err := g.expandKind(kind, entry, base, outer)
		if errors.Is(err, errWaiting) {
			waiting = err
			continue
		}
		if err != nil {
			return nil, err
		}
		if selects != nil {
			expanded.sets = slices.DeleteFunc(expanded.sets, func(given params) bool { return !selects(flatten(given)) })
		}
		expansions = append(expansions, expanded)
	}
	return expansions, waiting
}

func (g *generation) expandKind(kind kind, entry *Generator, base *Template, outer params) (expansion, error) {
	merged, err := mergeTemplates(kind.template(entry), base)
	if err != nil {
		return expansion{}, err
	}
	filled := entry
	if len(outer) > 0 {
		filled, err = fill(&filler{replacer: g.replacer, given: outer, strict: g.strict}, entry)
		if err != nil {
			return expansion{}, fmt.Errorf("failed to replace parameters in generator: %w", err)
		}
	}
	sets, err := kind.run(g, filled)
	if err != nil {
		return expansion{}, err
	}
	if len(sets) > g.input.Limits.ParameterSets {
		return expansion{}, tooMany("parameter sets", len(sets), g.input.Limits.ParameterSets)
	}
	return expansion{sets, merged}, nil
}

// mergeTemplates fills what a generator's own template leaves at Go's zero value from the set's.
func mergeTemplates(own, base *Template) (*Template, error) {
	copied, err := copyTemplate(own)
	if err != nil {
		return nil, err
	}
	return copied, mergo.Merge(copied, *base)
}

// mergo changes what it merges into.
func copyTemplate(original *Template) (*Template, error) {
	encoded, err := json.Marshal(original)
	if err != nil {
		return nil, err
	}
	copied := &Template{}
	return copied, json.Unmarshal(encoded, copied)
}

func (g *generation) runList(list *ListGenerator) ([]params, error) {
	sets := make([]params, 0, len(list.Elements))
	for _, element := range list.Elements {
		var read params
		if err := json.Unmarshal(element.Raw, &read); err != nil {
			return nil, fmt.Errorf("error unmarshling list element %w", err)
		}
		if !g.set.Spec.GoTemplate {
			var err error
			if read, err = textParameters(read); err != nil {
				return nil, err
			}
		}
		sets = append(sets, read)
	}
	if list.ElementsYaml == "" {
		return sets, nil
	}
	more, err := readSets([]byte(list.ElementsYaml))
	if err != nil {
		return nil, fmt.Errorf("error unmarshling decoded ElementsYaml %w", err)
	}
	return append(sets, more...), nil
}

// textParameters holds an element to what tags can name: strings, and strings below `values`. An element without any key
// gives no parameters at all, which is not the same as an empty set of them: its template stays as it is.
func textParameters(element params) (params, error) {
	if len(element) == 0 {
		return nil, nil
	}
	texts := params{}
	for key, value := range element {
		if key == "values" {
			values, isMap := value.(map[string]any)
			if !isMap {
				return nil, errors.New("error parsing values map")
			}
			for name, inner := range values {
				text, isText := inner.(string)
				if !isText {
					return nil, fmt.Errorf("the list element's values.%s is not a string", name)
				}
				texts["values."+name] = text
			}
			continue
		}
		text, isText := value.(string)
		if !isText {
			return nil, fmt.Errorf("the list element's %s is not a string, which is needed without goTemplate", key)
		}
		texts[key] = text
	}
	return texts, nil
}

// addValues adds a generator's `values`, which may use its parameters, but not one another.
func (g *generation) addValues(values map[string]string, given params) error {
	if len(values) == 0 {
		return nil
	}
	filled := make(map[string]string, len(values))
	for key, value := range values {
		text, err := g.replacer.replace(value, given)
		if err != nil {
			return fmt.Errorf("failed to replace templated string with rendered values: %w", err)
		}
		filled[key] = text
	}
	if g.set.Spec.GoTemplate {
		given["values"] = filled
		return nil
	}
	for key, text := range filled {
		given["values."+key] = text
	}
	return nil
}
