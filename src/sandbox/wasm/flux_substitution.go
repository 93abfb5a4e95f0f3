package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fluxcd/pkg/envsubst"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/yaml"
)

// fluxPostBuild is spec.postBuild with its references resolved.
type fluxPostBuild struct {
	// In the order in which they count: ConfigMaps and Secrets as they are referred to, then those of the spec.
	Variables []fluxVariables `json:"variables"`
	// spec.postBuild.substituteStrategy is Always.
	Always bool `json:"always"`
	// A variable without value and default is an error.
	Strict bool `json:"strict"`
}

type fluxVariables struct {
	Values map[string]string `json:"values"`
	// They are those of a Secret.
	Secret bool `json:"secret"`
}

const disabledValue = "disabled"

var variableName = regexp.MustCompile("^[_[:alpha:]][_[:alpha:][:digit:]]*$")

// substitute replaces variables in the YAML of a resource, which is then read anew: what was text can become a number, and
// what was YAML can cease to be.
func (p fluxPostBuild) substitute(res *resource.Resource) (substitution, error) {
	text, err := res.AsYAML()
	if err != nil {
		return substitution{}, err
	}
	const mark = kustomizeGroup + "/substitute"
	if res.GetLabels()[mark] == disabledValue || res.GetAnnotations()[mark] == disabledValue {
		return substitution{}, nil
	}
	variables, secret := p.merged()
	if len(variables) == 0 && !p.Always {
		return substitution{looked: true}, nil
	}
	for name := range variables {
		if !variableName.MatchString(name) {
			return substitution{}, fmt.Errorf("'%s' var name is invalid, must match '%s'", name, variableName)
		}
	}
	done := substitution{looked: true}
	replaced, err := envsubst.Eval(string(text), func(name string) (string, bool) {
		value, known := variables[name]
		done.confidential = done.confidential || secret[name]
		return value, known || !p.Strict
	})
	if err != nil {
		return substitution{}, fmt.Errorf("variable substitution failed: %w", err)
	}
	object, err := yaml.YAMLToJSON([]byte(replaced))
	if err != nil {
		return substitution{}, fmt.Errorf("after substitution it is no YAML: %w", err)
	}
	if err := res.UnmarshalJSON(object); err != nil {
		return substitution{}, fmt.Errorf("after substitution it is no object: %w", err)
	}
	return done, nil
}

// replaceIn substitutes in one of the resources; two of them must not have one name then. It tells whether a Secret was used.
func (p fluxPostBuild) replaceIn(resources resmap.ResMap, res *resource.Resource) (bool, error) {
	done, err := p.substitute(res)
	if err == nil && done.looked {
		_, err = resources.Replace(res)
	}
	return done.confidential, err
}

// substitution tells what was done to a resource.
type substitution struct {
	// It was not left out by its own mark.
	looked bool
	// A variable of a Secret was asked for.
	confidential bool
}

// merged has the last value of each name, without newlines, and the names whose value is that of a Secret.
func (p fluxPostBuild) merged() (map[string]string, map[string]bool) {
	merged, secret := map[string]string{}, map[string]bool{}
	for _, variables := range p.Variables {
		for name, value := range variables.Values {
			merged[name] = strings.ReplaceAll(value, "\n", "")
			secret[name] = variables.Secret
		}
	}
	return merged, secret
}
