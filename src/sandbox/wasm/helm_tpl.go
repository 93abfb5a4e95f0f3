package main

import (
	"fmt"
	"strings"
	"text/template"
	_ "unsafe" // For linkname.
)

// Parsed texts are kept up to this many bytes of text; what comes later is parsed each time.
const maxKeptTplBytes = 1 << 20

// helmTpl is Helm's own `tpl`, which evaluates each text on a copy of the templates.
//
//go:linkname helmTpl helm.sh/helm/v4/pkg/engine.tplFun
func helmTpl(parent *template.Template, depth map[string]int, strict bool) func(string, any) (string, error)

//go:linkname helmInclude helm.sh/helm/v4/pkg/engine.includeFun
func helmInclude(t *template.Template, depth map[string]int) func(string, any) (string, error)

// tplTemplates is what Helm's `tpl` evaluates texts with. Upstream's own copies all templates and functions of the chart for
// each call, which is most of what a large chart costs; one copy for all calls gives the same as long as the text adds nothing
// to it, and a text is parsed once.
type tplTemplates struct {
	parent *template.Template
	// The copy, made on the first call.
	templates *template.Template
	kept      map[string]*template.Template
	keptBytes int
	// How often each template is being included, for Helm's own limit.
	depth    map[string]int
	includes *includes
}

func (t *tplTemplates) evaluate(text string, values any) (string, error) {
	if !strings.Contains(text, "{{") {
		return withoutNoValue(text), nil
	}
	// What it includes is not counted.
	t.includes.changes++
	if t.templates == nil {
		copied, err := t.parent.Clone()
		if err != nil {
			return "", fmt.Errorf("cannot clone template: %w", err)
		}
		t.templates = copied.Funcs(template.FuncMap{"include": helmInclude(copied, t.depth)})
	}
	if addsTemplates(text) {
		return helmTpl(t.templates, t.depth, false)(text, values)
	}
	parsed, err := t.parse(text)
	if err != nil {
		return "", err
	}
	var printed strings.Builder
	if err := parsed.Execute(&printed, values); err != nil {
		return "", fmt.Errorf("error during tpl function execution for %q: %w", text, err)
	}
	return withoutNoValue(printed.String()), nil
}

func (t *tplTemplates) parse(text string) (*template.Template, error) {
	if parsed, known := t.kept[text]; known {
		return parsed, nil
	}
	parsed, err := parseInto(t.templates, text)
	if err == nil && t.keptBytes+len(text) <= maxKeptTplBytes {
		t.kept[text] = parsed
		t.keptBytes += len(text)
	}
	return parsed, err
}

// addsTemplates may be true without need, never false: such a text defines templates, or names the one that it is itself.
func addsTemplates(text string) bool {
	return strings.Contains(text, "define") || strings.Contains(text, "block") || strings.Contains(text, "gotpl")
}

func parseInto(templates *template.Template, text string) (*template.Template, error) {
	parsed, err := templates.New(templates.Name()).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("cannot parse template %q: %w", text, err)
	}
	return parsed, nil
}

// withoutNoValue is upstream's: a value that is not there prints nothing.
func withoutNoValue(text string) string { return strings.ReplaceAll(text, "<no value>", "") }
