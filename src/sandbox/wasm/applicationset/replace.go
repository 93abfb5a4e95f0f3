package applicationset

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

// params is one parameter set. Its Go types are part of the result: `values` is a map[string]string, numbers are float64.
type params = map[string]any

// replacer fills placeholders: with Go's templates (goTemplate: true), or with `{{name}}` tags, as fasttemplate does.
type replacer struct {
	// Nil for tags.
	functions template.FuncMap
	options   []string
	base      *template.Template
	parsed    map[string]*template.Template
	// Notes what a placeholder stands for that stands for nothing; nil while parameters are made.
	trace *trace
	// Bytes that results may still take.
	budget int
}

// maxTextBytes bounds what all placeholders of one set may become.
const maxTextBytes = 64 << 20

func newReplacer(functions template.FuncMap, options []string) *replacer {
	return &replacer{functions: functions, options: options, parsed: map[string]*template.Template{}, budget: maxTextBytes}
}

func (r *replacer) replace(text string, given params) (string, error) {
	var filled string
	var err error
	if r.functions != nil {
		filled, err = r.execute(text, given)
	} else {
		filled, err = r.fillTags(text, given)
	}
	if err != nil {
		return "", err
	}
	if r.budget -= len(filled); r.budget < 0 {
		return "", errTextTooLarge
	}
	return filled, nil
}

var errTextTooLarge = &Failure{
	Code:    "GDE_TOO_LARGE",
	Message: fmt.Sprintf("the templates give more than %d MiB of text", maxTextBytes>>20),
}

func (r *replacer) execute(text string, given params) (string, error) {
	r.prepare()
	// Most fields have no placeholder, and such a text is its own result.
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	parsed, known := r.parsed[text]
	if !known {
		cloned, err := r.base.Clone()
		if err == nil {
			parsed, err = cloned.Parse(text)
		}
		if err != nil {
			r.trace.parseError(text, err, given)
			return "", fmt.Errorf("failed to parse template %s: %w", text, err)
		}
		r.parsed[text] = parsed
	}
	filled := &limitedText{left: r.budget}
	err := parsed.Execute(filled, given)
	r.trace.executed(parsed, filled.String(), err, given)
	switch {
	case errors.Is(err, errTextTooLarge):
		return "", err
	case err != nil:
		return "", fmt.Errorf("failed to execute go template %s: %w", text, err)
	}
	return filled.String(), nil
}

// prepare panics on an option that text/template does not know, with the first text and not before: as in Argo CD, a set
// that fills no text does not fail.
func (r *replacer) prepare() {
	if r.base != nil {
		return
	}
	base := template.New("base").Funcs(r.functions)
	for _, option := range r.options {
		base = base.Option(option)
	}
	r.base = base
}

// limitedText ends a template that would write without end.
type limitedText struct {
	strings.Builder
	left int
}

func (t *limitedText) Write(written []byte) (int, error) {
	if t.left -= len(written); t.left < 0 {
		return 0, errTextTooLarge
	}
	return t.Builder.Write(written)
}

// Argo CD asks this of the text first, and `.` matches no newline: a text whose tags all span lines is left alone.
var hasTagOnOneLine = regexp.MustCompile(`\{\{.*\}\}`)

// fillTags leaves a tag that names no parameter, or one that is not a string, as it is.
func (r *replacer) fillTags(text string, given params) (string, error) {
	if !hasTagOnOneLine.MatchString(text) {
		return text, nil
	}
	var filled strings.Builder
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{{")
		filled.WriteString(before)
		if !found {
			return filled.String(), nil
		}
		tag, tail, closed := strings.Cut(after, "}}")
		if !closed {
			return "", fmt.Errorf("invalid template: cannot find end tag=%q in the template=%q starting from %q", "}}", text, after)
		}
		name := strings.TrimSpace(tag)
		value, isText := given[name].(string)
		if isText && name != "" {
			filled.WriteString(value)
		} else {
			r.trace.unresolvedTag(name, given)
			filled.WriteString("{{" + tag + "}}")
		}
		rest = tail
	}
}

// strictOptions makes a parameter that is not there an error, whatever the set's options say.
func strictOptions(options []string) []string {
	others := slices.DeleteFunc(slices.Clone(options), func(option string) bool {
		return strings.HasPrefix(option, "missingkey=")
	})
	return append(others, "missingkey=error")
}

func isMissingKey(err error) bool {
	message := err.Error()
	return strings.Contains(message, "map has no entry for key") || strings.Contains(message, "can't evaluate field")
}
