package main

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"strings"
	"sync"
	"text/template"
	"unsafe"

	ci "helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// renderable is that of Helm's engine.
type renderable struct {
	tpl      string
	vals     common.Values
	basePath string
}

//go:linkname allTemplates helm.sh/helm/v4/pkg/engine.allTemplates
func allTemplates(c ci.Charter, vals common.Values) map[string]renderable

//go:linkname sortTemplates helm.sh/helm/v4/pkg/engine.sortTemplates
func sortTemplates(tpls map[string]renderable) []string

//go:linkname cleanupParseError helm.sh/helm/v4/pkg/engine.cleanupParseError
func cleanupParseError(filename string, err error) error

//go:linkname reformatExecErrorMsg helm.sh/helm/v4/pkg/engine.reformatExecErrorMsg
func reformatExecErrorMsg(filename string, err error) error

// addHelmFunctions gives a template the functions of Helm's engine, which keeps them to itself.
//
//go:linkname addHelmFunctions helm.sh/helm/v4/pkg/engine.Engine.initFunMap
func addHelmFunctions(e engine.Engine, ctx context.Context, t *template.Template)

// helmFunctions are those of Helm's engine, by their names.
//
//go:linkname helmFunctions helm.sh/helm/v4/pkg/engine.funcMap
func helmFunctions() template.FuncMap

// helmTemplates has the functions that all charts have, of which there are some two hundred: setting them cost a tenth of rendering a small chart.
// One chart is rendered at a time, with its own templates and those functions that know of it.
var helmTemplates = sync.OnceValue(func() *template.Template {
	templates := template.New("gotpl").Option("missingkey=zero")
	addHelmFunctions(engine.Engine{CustomTemplateFuncs: worldFunctions()}, context.Background(), templates)
	return templates
})

// associated is where text/template keeps the templates of a set by their names. It has no way to take one out.
func associated(templates *template.Template) map[string]*template.Template {
	field := reflect.ValueOf(templates).Elem().FieldByName("common").Elem().FieldByName("tmpl")
	return *(*map[string]*template.Template)(unsafe.Pointer(field.UnsafeAddr()))
}

// renderChart does what Helm's engine does (render in pkg/engine), but for parsing a text once for all renderings.
func renderChart(loaded *chart.Chart, values common.Values) (rendered map[string]string, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("rendering template failed: %v", thrown)
		}
	}()
	texts := allTemplates(loaded, values)
	templates := helmTemplates()
	defer clear(associated(templates))
	depth := map[string]int{}
	included := &includes{templates: templates, depth: depth}
	tpl := &tplTemplates{parent: templates, includes: included, kept: map[string]*template.Template{}, depth: depth}
	functions := included.watchedFunctions()
	functions["tpl"] = tpl.evaluate
	functions["include"] = included.include
	templates.Funcs(functions)
	names := sortTemplates(texts)
	for _, name := range names {
		if err := addTemplate(templates, name, texts[name].tpl); err != nil {
			return nil, cleanupParseError(name, err)
		}
	}
	rendered = make(map[string]string, len(names))
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		root := texts[name].vals
		root["Template"] = common.Values{"Name": name, "BasePath": texts[name].basePath}
		included.begin(root)
		var text strings.Builder
		if err := templates.ExecuteTemplate(&text, name, root); err != nil {
			return nil, reformatExecErrorMsg(name, err)
		}
		rendered[name] = withoutNoValue(text.String())
	}
	return rendered, nil
}
