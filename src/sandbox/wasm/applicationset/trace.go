package applicationset

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

// noValue is what text/template prints for a parameter that is not there.
const noValue = "<no value>"

// trace remembers the placeholders that stand for nothing, and guesses what was meant. Argo CD says nothing about them.
type trace struct {
	goTemplate bool
	empty      map[string]*emptyPlaceholder
	problems   []Finding
}

type emptyPlaceholder struct {
	hint  string
	times int
}

func newTrace(goTemplate bool) *trace {
	return &trace{goTemplate: goTemplate, empty: map[string]*emptyPlaceholder{}}
}

func (t *trace) add(placeholder string, hint func() string) {
	known := t.empty[placeholder]
	if known == nil {
		known = &emptyPlaceholder{hint: hint()}
		t.empty[placeholder] = known
	}
	known.times++
}

func (t *trace) unresolvedTag(name string, given params) {
	if t != nil {
		t.add("{{"+name+"}}", func() string { return hintForTag(name, given) })
	}
}

// executed looks at a template that printed "<no value>", or that failed because a parameter is not there.
func (t *trace) executed(parsed *template.Template, printed string, err error, given params) {
	if t == nil || parsed.Tree == nil || err == nil && !strings.Contains(printed, noValue) || err != nil && !isMissingKey(err) {
		return
	}
	for _, chain := range missingChains(parsed.Tree.Root, given) {
		t.add("{{."+strings.Join(chain, ".")+"}}", func() string { return hintForChain(chain, given) })
	}
}

var undefinedFunction = regexp.MustCompile(`function "(\w+)" not defined`)

// parseError knows the commonest mistake: a parameter without its dot is a function's name.
func (t *trace) parseError(text string, err error, given params) {
	if t == nil {
		return
	}
	match := undefinedFunction.FindStringSubmatch(err.Error())
	if match == nil {
		return
	}
	if _, there := given[match[1]]; there {
		t.problems = append(t.problems, Finding{Code: codePlaceholder, Message: fmt.Sprintf(
			"%s: with goTemplate a parameter begins with a dot; {{.%s}} was probably meant", text, match[1])})
	}
}

// collision: two keys of a map became one, and which value it has is a matter of chance.
func (t *trace) collision(key string) {
	if t != nil && !slices.ContainsFunc(t.problems, func(known Finding) bool { return known.Message == collisionMessage(key) }) {
		t.problems = append(t.problems, Finding{Code: codePlaceholder, Message: collisionMessage(key)})
	}
}

func collisionMessage(key string) string {
	return fmt.Sprintf("two keys of one map become %q: Argo CD keeps the value of either, now of one, now of the other", key)
}

func (t *trace) findings() []Finding {
	found := t.problems
	effect := "Argo CD leaves it as it is"
	if t.goTemplate {
		effect = "it prints " + noValue
	}
	for _, placeholder := range slices.Sorted(maps.Keys(t.empty)) {
		empty := t.empty[placeholder]
		message := fmt.Sprintf("%s stands for nothing: %s (%d times)", placeholder, effect, empty.times)
		if empty.hint != "" {
			message += "; " + empty.hint
		}
		found = append(found, Finding{Code: codePlaceholder, Message: message})
	}
	return found
}

var lookLikeGoTemplate = regexp.MustCompile(`^(\.|\$|-\s)|\||^(if|range|end|else|with|index|toYaml|printf)\b`)

func hintForTag(name string, given params) string {
	if value, there := given[name]; there {
		return fmt.Sprintf("the parameter %s is there, but it is no text (%T); only texts can be filled without goTemplate", name, value)
	}
	if meant := meantName(strings.TrimPrefix(name, "."), slices.Sorted(maps.Keys(given))); meant != "" {
		return "{{" + meant + "}} was probably meant"
	}
	if lookLikeGoTemplate.MatchString(name) {
		return "that is a Go template, which needs goTemplate: true"
	}
	return ""
}

func hintForChain(chain []string, given params) string {
	name := strings.Join(chain, ".")
	if meant := meantName(name, slices.Sorted(maps.Keys(namesOf(given)))); meant != "" {
		return "{{." + meant + "}} was probably meant"
	}
	if name == "metadata" || strings.HasPrefix(name, "metadata.") {
		return "the cluster that Argo CD runs in has no metadata unless it has a Secret"
	}
	return ""
}

// meantName: the same without its first parts ({{cluster.server}}), the same in other letters, or nearly the same.
func meantName(name string, known []string) string {
	for rest := name; rest != ""; {
		if slices.Contains(known, rest) {
			return rest
		}
		_, rest, _ = strings.Cut(rest, ".")
	}
	return nearest(name, known)
}

// namesOf are all names that a chain of fields can give, those of maps too.
func namesOf(given params) map[string]bool {
	names := map[string]bool{}
	for name := range flatten(given) {
		for {
			names[name] = true
			dot := strings.LastIndexByte(name, '.')
			if dot < 0 {
				break
			}
			name = name[:dot]
		}
	}
	return names
}

// nearest is the known name with the fewest letters changed, if those are few.
func nearest(name string, known []string) string {
	best, bestDistance := "", max(1, len(name)/4)+1
	for _, candidate := range known {
		distance := editDistance(strings.ToLower(name), strings.ToLower(candidate))
		if distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for index := range row {
		row[index] = index
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
