package main

import (
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
)

// What templates of hostile charts do: they change values, define what others define, and ask for what differs from call to call.
var templateParts = []string{
	`{{ include "a" . }}`, `{{ include "a" . }}`, `{{ include "b" $ }}`, `{{ include "c" . | trim }}`, `{{ template "a" . }}`, `{{ include "a" .Values }}`, `{{ include "a" (dict "Values" .Values "x" $) }}`,
	`{{ $_ := set .Values "n" (add1 (.Values.n | default 0)) }}`, `{{ .Values.n }}`, `{{ .Values.x }}`, `{{ $_ := unset .Values "x" }}`, `{{ $_ := set .Values.global "root" $ }}`, `{{ with .Values.global.root }}{{ .Template.Name }}{{ end }}`,
	`{{ .Template.Name }}`, `{{ .Chart.Name }}`, `{{ $_ := set .Chart "Name" "changed" }}`, `{{ $_ := mergeOverwrite .Values (dict "x" .Template.Name) }}`, `{{ $_ := merge .Values (dict "y" .Template.Name) }}`, `{{ .Values.y }}`,
	`{{ $_ := set .Values "l" (keys .Values) }}`, `{{ with .Values.l }}{{ index . 0 }}{{ end }}`, `{{ with .Values.l }}{{ sortAlpha . | join "," }}{{ end }}`, `{{ keys .Values | sortAlpha | join "," }}`,
	`{{ tpl .Values.text . }}`, `{{ tpl "{{ include \"b\" . }}" $ }}`, `{{ tpl "{{ define \"a\" }}mine{{ end }}{{ include \"a\" . }}" . }}`, `{{ tpl "{{ $_ := set .Values \"x\" 1 }}{{ .Values.x }}" . }}`, `{{ tpl "" . }}`,
	`{{ $_ := set .Values "v" (semver "1.2.3") }}`, `{{ with .Values.v }}{{ $_ := .Scan "2.0.0" }}{{ .Major }}{{ end }}`, `{{ with .Values.v }}{{ .Major }}{{ end }}`,
	`{{ define "a" }}a2{{ .Values.n }}{{ end }}`, `{{ define "b" }}{{ include "a" . }}{{ .Values.x }}{{ end }}`, `{{ define "c" }}{{ $_ := set .Values "n" 7 }}{{ .Values.n }}{{ end }}`, `{{ define "d" }}{{ end }}`, `{{ include "d" . }}`, `{{ block "e" . }}e{{ end }}`,
	`{{ if .Values.n }}n{{ else }}m{{ end }}`, `{{ range $k, $v := .Values }}{{ $k }}{{ end }}`, `{{ toYaml .Values.list }}`, `{{ .Files.Get "f" }}`, `{{ .Capabilities.KubeVersion.Minor }}`,
	"text ", "\n", `{{ $x := .Values.n }}{{ $x }}`, `{{ range .Values.list }}{{ include "b" $ }}{{ if . }}{{ break }}{{ end }}{{ end }}`, `{{ define "r" }}{{ if lt (.Values.n | default 0 | int) 3 }}{{ $_ := set .Values "n" (add1 (.Values.n | default 0)) }}{{ include "r" . }}{{ end }}{{ end }}`, `{{ include "r" . }}`,
	`{{ with .Subcharts.sub }}{{ include "b" . }}{{ .Values.x }}{{ end }}`, `{{ define "loop" }}{{ include "loop" . }}{{ end }}`, `{{ .Values.imported }}`,
}

// The name of a chart wherever it may be. Nothing else has it.
const namePart = "TOP"

var namedParts = []string{
	`{{ define "TOP.f" }}f{{ .Values.n }}{{ include "TOP.g" . }}"TOP.{{ end }}`, `{{ define "TOP.g" }}{{ "TOP.g" | upper }}{{ end }}`, `{{ include "TOP.f" . }}`, `{{ template "TOP.f" . }}`, `{{ template "TOP.g" }}`, `{{ block "TOP.h" . }}h{{ "TOP.h" }}{{ end }}`,
	`"TOP.text" `, `{{- "TOP.trim" -}}`, "{{ `\"TOP.raw` }}", `{{ "in \"TOP.quotes\" \t" }}`, `{{ 'T' }}`, `{{ printf "TOP.%s" "f" }}`, `{{ include (printf "%s.f" .Chart.Name) . }}`, `{{/* "TOP.comment */}}`, `{{ tpl "{{ include \"TOP.g\" . }}" . }}`,
	`{{ if eq .Chart.Name "TOP." }}{{ else if include "TOP.g" . }}{{ "TOP.else" }}{{ end }}`, `{{ with "TOP.with" }}{{ . }}{{ end }}`, `{{ range $i, $x := list "TOP.a" "b" }}{{ $i }}{{ $x }}{{ else }}"TOP.none{{ end }}`, `{{ ("TOP.x" | dict "k").k }}`, `{{ $x := dict "TOP.k" 1 }}{{ get $x "TOP.k" }}`,
	`{{ "chart8\x61" }}`, `{{ "ch\u0061rt8a1f5c." }}`, `{{ define "ch\u0061rt8a1f5c.f" }}TOP{{ end }}`, `{{ include "chart8a1f5c.f" . }}`, `{{ "chart8a1f5c." }}`, `{{ define "TOP/templates/t0.yaml" }}{{ end }}`, `{{ define "chart8a1f5c/t0.yaml" }}mine{{ end }}`, `{{ .Values.TOP | kindOf }}`, `TOP. "TOP" "TOP.`,
}

// What fails, in whatever words.
var failingParts = []string{
	`{{ include "missing" . }}`, `{{ include "gotpl" . }}`, `{{ tpl "{{ include \"gotpl\" . }}" . }}`, `{{ .Values.missing.deep }}`, `{{ fail "no" }}`, `{{ required "need" .Values.missing }}`, `{{ nofunction }}`, `{{ end }}`, `{{ break }}`, `{{ include "loop" . }}`, `{{ set .Values 1 2 }}`, `{{ semver "x" }}`,
	`{{ include "TOP.missing" . }}`, `{{ fail "TOP.no" }}`, `{{ "x"TOP. }}`, `{{ '"TOP.' }}`, `{{ "TOP. }}`, `{{ define "TOP/templates/t0.yaml" }}x{{ end }}`, `{{ "TOP.x".y }}`, `{{ "a" "TOP.b" }}`, `"TOP. {{ .Values.missing.deep }}`,
}

func randomTemplates(random *rand.Rand, folder string) []*archive.BufferedFile {
	helpers := `{{ define "a" }}a{{ .Values.x }}{{ .Values.n }}{{ end }}{{ define "b" }}b{{ include "a" . }}{{ end }}{{ define "c" }} c {{ end }}{{ define "TOP.f" }}F{{ end }}{{ define "TOP.g" }}G{{ end }}`
	files := []*archive.BufferedFile{{Name: folder + "templates/_helpers.tpl", Data: []byte(helpers)}}
	for index := range 1 + random.Intn(3) {
		var text strings.Builder
		for range random.Intn(8) {
			parts := templateParts
			switch random.Intn(40) {
			case 0:
				parts = failingParts
			case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
				parts = namedParts
			}
			text.WriteString(parts[random.Intn(len(parts))])
		}
		files = append(files, &archive.BufferedFile{Name: fmt.Sprintf("%stemplates/t%d.yaml", folder, index), Data: []byte(text.String())})
	}
	return files
}

func randomChart(random *rand.Rand) []*archive.BufferedFile {
	files := []*archive.BufferedFile{
		{Name: "Chart.yaml", Data: []byte("apiVersion: v2\nname: TOP\nversion: 1.0.0\nannotations: {a: b}\ndependencies:\n- {name: sub, version: 1.0.0, condition: sub.enabled, import-values: [data, {child: list, parent: imported}]}\n")},
		{Name: "values.yaml", Data: []byte("x: 1\ntext: \"{{ .Values.x }}{{ include \\\"a\\\" . }}\"\nlist: [0, 1]\nglobal: {g: 1}\nsub: {x: 5}\n")},
		{Name: "f", Data: []byte("file")},
		{Name: "charts/sub/Chart.yaml", Data: []byte("apiVersion: v2\nname: sub\nversion: 1.0.0\n")},
		{Name: "charts/sub/values.yaml", Data: []byte("x: 2\nenabled: true\nexports: {data: {y: 3}}\nlist: {z: 4}\n")},
	}
	return append(append(files, randomTemplates(random, "")...), randomTemplates(random, "charts/sub/")...)
}

// named gives the files of a chart that is called so.
func named(files []*archive.BufferedFile, name string) []*archive.BufferedFile {
	copied := copyOfFiles(files)
	for _, file := range copied {
		file.Data = []byte(strings.ReplaceAll(string(file.Data), namePart, name))
	}
	return copied
}

func copyOfFiles(files []*archive.BufferedFile) []*archive.BufferedFile {
	copied := make([]*archive.BufferedFile, 0, len(files))
	for _, file := range files {
		of := *file
		copied = append(copied, &of)
	}
	return copied
}

// renderedBy tells what a chart gives, and how its texts or its error are when Helm or this program loads and renders it.
func renderedBy(
	t *testing.T, files []*archive.BufferedFile, given map[string]any,
	load func([]*archive.BufferedFile) (*chart.Chart, error), render func(*chart.Chart, common.Values) (map[string]string, error),
) string {
	t.Helper()
	world = givenWorld{seed: 2}
	loaded, err := load(copyOfFiles(files))
	if err != nil {
		t.Fatal(err)
	}
	if err := chartutil.ProcessDependencies(loaded, given); err != nil {
		t.Fatal(err)
	}
	values, err := util.ToRenderValues(loaded, given, common.ReleaseOptions{Name: "r", Namespace: "n"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := render(loaded, values)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(texts, world.used)
}

func TestChartsAreRenderedAsByHelmInWhateverOrder(t *testing.T) {
	random := rand.New(rand.NewSource(5))
	byHelm := func(loaded *chart.Chart, values common.Values) (map[string]string, error) {
		return engine.Engine{CustomTemplateFuncs: worldFunctions()}.Render(loaded, values)
	}
	rendered, different, shared := 0, 0, 0
	var charts [][]*archive.BufferedFile
	for range 3_000 {
		if len(charts) < 40 || random.Intn(3) == 0 {
			charts = append(charts, randomChart(random))
		}
		names := []string{"top", "shop-2", "a", "sub", "define", "b_c", "v1.2"}
		files := named(charts[max(0, len(charts)-1-random.Intn(20))], names[random.Intn(len(names))])
		given := []map[string]any{{}, {"x": "given"}, {"sub": map[string]any{"enabled": false}}, {"n": 2}}[random.Intn(4)]
		want := renderedBy(t, files, given, loader.LoadFiles, byHelm)
		got, err := withSharedTrees(func() (string, error) {
			text := renderedBy(t, files, given, chartOfFiles, renderChart)
			if !strings.HasPrefix(text, "map[") {
				return text, errors.New(text)
			}
			if trees.areShared {
				shared++
			}
			return text, nil
		})
		if err != nil {
			got = err.Error()
		}
		if want != got {
			var told strings.Builder
			for _, file := range files {
				fmt.Fprintf(&told, "%s: %s\n", file.Name, file.Data)
			}
			t.Fatalf("%s%v\nhere: %s\nHelm: %s", told.String(), given, got, want)
		}
		if strings.HasPrefix(got, "map[") {
			rendered++
		}
		if strings.Contains(got, "changed") {
			different++
		}
	}
	if rendered < 900 || different < 10 || shared < 500 {
		t.Fatalf("%d of the charts were rendered, %d changed something, %d with trees that others have", rendered, different, shared)
	}
}
