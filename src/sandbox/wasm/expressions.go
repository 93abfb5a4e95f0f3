package main

import (
	"github.com/dlclark/regexp2"
)

func init() { register("expressions", matchExpressions) }

type expressionsInput struct {
	Expressions []string `json:"expressions"`
	Texts       []string `json:"texts"`
}

type expressionsOutput struct {
	// For each text, whether some expression matches a part of it.
	Matches []bool `json:"matches"`
	// Of the expressions that cannot be parsed.
	Errors []string `json:"errors"`
}

// matchExpressions matches as Argo CD's util/regex does: regexp2 without options, whose expressions may look around, refer back and
// take for ever. The time is limited from outside.
func matchExpressions(input expressionsInput) (expressionsOutput, error) {
	output := expressionsOutput{Matches: make([]bool, len(input.Texts)), Errors: []string{}}
	for _, expression := range input.Expressions {
		compiled, err := regexp2.Compile(expression, 0)
		if err != nil {
			output.Errors = append(output.Errors, err.Error())
			continue
		}
		for index, text := range input.Texts {
			if output.Matches[index] {
				continue
			}
			matched, err := compiled.MatchString(text)
			if err != nil {
				return expressionsOutput{}, err
			}
			output.Matches[index] = matched
		}
	}
	return output, nil
}
