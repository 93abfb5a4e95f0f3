package main

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"
	_ "unsafe" // For linkname.

	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// Parsed texts are kept up to this many bytes of text; what comes later is parsed each time.
const maxKeptTplBytes = 1 << 20

// addHelmFunctions gives a template the functions of Helm's engine, which keeps them to itself.
//
//go:linkname addHelmFunctions helm.sh/helm/v4/pkg/engine.Engine.initFunMap
func addHelmFunctions(e engine.Engine, ctx context.Context, t *template.Template)

// helmTpl is Helm's own `tpl`, which evaluates each text on a copy of the templates.
//
//go:linkname helmTpl helm.sh/helm/v4/pkg/engine.tplFun
func helmTpl(parent *template.Template, depth map[string]int, strict bool) func(string, any) (string, error)

// tplTemplates is what Helm's `tpl` evaluates texts with. Upstream's own copies all templates and functions of the chart for
// each call, which is most of what a large chart costs; one copy for all calls gives the same as long as the text adds nothing
// to it, and a text is parsed once.
type tplTemplates struct {
	chart     *chart.Chart
	functions template.FuncMap
	// The chart's templates, parsed once more on the first call: the engine's own cannot be had.
	templates *template.Template
	kept      map[string]*template.Template
	keptBytes int
	// How often each template is being included, for Helm's own limit.
	depth map[string]int
}

// helmEngine renders a chart as Helm does.
func helmEngine(loaded *chart.Chart) engine.Engine {
	functions := worldFunctions()
	tpl := &tplTemplates{chart: loaded, functions: functions, kept: map[string]*template.Template{}, depth: map[string]int{}}
	functions["tpl"] = tpl.evaluate
	return engine.Engine{CustomTemplateFuncs: functions}
}

func (t *tplTemplates) evaluate(text string, values any) (string, error) {
	if !strings.Contains(text, "{{") {
		return withoutNoValue(text), nil
	}
	if t.templates == nil {
		templates, err := t.parseChart()
		if err != nil {
			return "", err
		}
		t.templates = templates
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

func (t *tplTemplates) parseChart() (*template.Template, error) {
	templates := template.New("gotpl").Option("missingkey=zero")
	addHelmFunctions(engine.Engine{CustomTemplateFuncs: t.functions}, context.Background(), templates)
	texts := map[string]string{}
	addTemplateTexts(t.chart, texts)
	for _, name := range inParseOrder(texts) {
		if _, err := templates.New(name).Parse(texts[name]); err != nil {
			return nil, err
		}
	}
	return templates, nil
}

// addTemplateTexts names templates as the engine does: of a library chart only partials are templates.
func addTemplateTexts(loaded *chart.Chart, texts map[string]string) {
	for _, dependency := range loaded.Dependencies() {
		addTemplateTexts(dependency, texts)
	}
	library := loaded.Metadata != nil && strings.EqualFold(loaded.Metadata.Type, "library")
	for _, file := range loaded.Templates {
		if file != nil && (!library || strings.HasPrefix(path.Base(file.Name), "_")) {
			texts[path.Join(loaded.ChartFullPath(), file.Name)] = string(file.Data)
		}
	}
}

// inParseOrder puts what lies deeper first, so that a definition of the parent chart wins over its dependency's.
func inParseOrder(texts map[string]string) []string {
	return slices.SortedFunc(maps.Keys(texts), func(a, b string) int {
		if depth := strings.Count(b, "/") - strings.Count(a, "/"); depth != 0 {
			return depth
		}
		return strings.Compare(b, a)
	})
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
