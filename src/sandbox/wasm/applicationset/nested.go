package applicationset

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"dario.cat/mergo"
)

// runMatrix gives every set of the first child with every set of the second, which may use the parameters of the first.
func (g *generation) runMatrix(matrix *MatrixGenerator) ([]params, error) {
	switch count := len(matrix.Generators); {
	case count < 2:
		return nil, errors.New("found less than two generators, Matrix support only two")
	case count > 2:
		return nil, errors.New("found more than two generators, Matrix support only two")
	}
	firsts, err := g.runChild(&matrix.Generators[0], nil)
	if err != nil {
		return nil, fmt.Errorf("error failed to get params for first generator in matrix generator: %w", err)
	}
	var sets []params
	var waiting error
	for _, first := range firsts {
		seconds, err := g.runChild(&matrix.Generators[1], first)
		if errors.Is(err, errWaiting) {
			// Go on, so that all repositories which are needed are asked for at once.
			waiting = err
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("failed to get params for second generator in the matrix generator: %w", err)
		}
		if count := len(sets) + len(seconds); count > g.input.Limits.ParameterSets {
			return nil, tooMany("parameter sets", count, g.input.Limits.ParameterSets)
		}
		for _, second := range seconds {
			combined, err := g.combine(first, second)
			if err != nil {
				return nil, err
			}
			sets = append(sets, combined)
		}
	}
	return sets, waiting
}

// combine prefers the first where Go's templates are used; tags know texts only, and differing ones are an error.
func (g *generation) combine(first, second params) (params, error) {
	combined := params{}
	if g.set.Spec.GoTemplate {
		if err := mergo.Merge(&combined, second, mergo.WithOverride); err != nil {
			return nil, fmt.Errorf("failed to merge params from the second generator in the matrix generator: %w", err)
		}
		if err := mergo.Merge(&combined, first, mergo.WithOverride); err != nil {
			return nil, fmt.Errorf("failed to merge params from the first generator in the matrix generator: %w", err)
		}
		return combined, nil
	}
	for key, value := range first {
		combined[key] = fmt.Sprintf("%v", value)
	}
	for _, key := range slices.Sorted(maps.Keys(second)) {
		text := fmt.Sprintf("%v", second[key])
		if other, taken := combined[key]; taken && other != text {
			return nil, fmt.Errorf("failed to combine string maps with merging params for the matrix generator: "+
				"found duplicate key %s with different value, a: %s ,b: %s", key, other, text)
		}
		combined[key] = text
	}
	return combined, nil
}

// runMerge gives the sets of the first child, each overridden by those of the others that have the same merge keys.
func (g *generation) runMerge(merge *MergeGenerator) ([]params, error) {
	if len(merge.Generators) < 2 {
		return nil, errors.New("found less than two generators, Merge requires two or more")
	}
	children := make([][]params, 0, len(merge.Generators))
	var waiting error
	for index := range merge.Generators {
		sets, err := g.runChild(&merge.Generators[index], nil)
		if errors.Is(err, errWaiting) {
			waiting = err
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("error getting param sets from generators: error getting params from generator %d of %d: %w",
				index+1, len(merge.Generators), err)
		}
		children = append(children, sets)
	}
	if waiting != nil {
		return nil, waiting
	}
	bases, err := byMergeKeys(merge.MergeKeys, children[0])
	if err != nil {
		return nil, err
	}
	for _, sets := range children[1:] {
		overrides, err := byMergeKeys(merge.MergeKeys, sets)
		if err != nil {
			return nil, err
		}
		for key, base := range bases {
			override, matches := overrides[key]
			if !matches {
				continue
			}
			if bases[key], err = g.override(base, override); err != nil {
				return nil, fmt.Errorf("error merging base param set with override param set: %w", err)
			}
		}
	}
	merged := make([]params, 0, len(bases))
	for _, key := range slices.Sorted(maps.Keys(bases)) {
		merged = append(merged, bases[key])
	}
	return merged, nil
}

func (g *generation) override(base, by params) (params, error) {
	if g.set.Spec.GoTemplate {
		return base, mergo.Merge(&base, by, mergo.WithOverride)
	}
	maps.Copy(base, by)
	return base, nil
}

// byMergeKeys names each set by the JSON of its merge keys, in which a key that it does not have is null.
func byMergeKeys(mergeKeys []string, sets []params) (map[string]params, error) {
	if len(mergeKeys) == 0 {
		return nil, errors.New("no merge keys were specified, Merge requires at least one")
	}
	named := make(map[string]params, len(sets))
	for _, set := range sets {
		parts := make(map[string]any, len(mergeKeys))
		for _, key := range mergeKeys {
			parts[key] = set[key]
		}
		name, err := json.Marshal(parts)
		if err != nil {
			return nil, fmt.Errorf("error marshalling param set key json: %w", err)
		}
		if _, taken := named[string(name)]; taken {
			return nil, fmt.Errorf("error getting param sets by merge key: the parameters from a generator were not unique "+
				"by the given mergeKeys, Merge requires all param sets to be unique. Duplicate key was %s", name)
		}
		named[string(name)] = set
	}
	return named, nil
}

// runChild runs a child of a matrix or merge, which must hold exactly one kind of generator. Its template counts for nothing.
func (g *generation) runChild(child *NestedGenerator, outer params) ([]params, error) {
	entry, err := child.asGenerator()
	if err != nil {
		return nil, err
	}
	expansions, err := g.expand(&entry, &Template{}, outer)
	switch {
	case err != nil:
		return nil, fmt.Errorf("child generator returned an error on parameter generation: %w", err)
	case len(expansions) == 0:
		return nil, errors.New("child generator generated no parameters")
	case len(expansions) > 1:
		return nil, errors.New("found more than one generator in matrix.Generators")
	}
	return expansions[0].sets, nil
}
