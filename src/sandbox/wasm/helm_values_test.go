package main

import (
	"bytes"
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

func TestValuesAreReadAsByHelm(t *testing.T) {
	random := rand.New(rand.NewSource(6))
	short := 0
	for range 40_000 {
		text := randomDocument(random)
		if strings.Contains(text, ".nan") {
			// As a key it may be there twice, and the library gives either value.
			continue
		}
		if random.Intn(4) == 0 {
			text = text[:len(text)-1]
		}
		if _, isPlain := shortValues([]byte(text)); isPlain {
			short++
		}
		here, err := loadValues([]byte(text))
		byHelm, errOfHelm := loader.LoadValues(bytes.NewReader([]byte(text)))
		if (err == nil) != (errOfHelm == nil) || err == nil && !reflect.DeepEqual(here, byHelm) {
			t.Fatalf("%q\nhere: %#v %v\nHelm: %#v %v", text, here, err, byHelm, errOfHelm)
		}
	}
	if short < 1_500 {
		t.Fatalf("only %d were read the short way", short)
	}
}

func TestChartsAreLoadedAsByHelmWhateverTheirValues(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	files := func(text string) []*archive.BufferedFile {
		return []*archive.BufferedFile{
			{Name: "Chart.yaml", Data: []byte("apiVersion: v2\nname: c\nversion: 1.0.0\n")},
			{Name: "values.yaml", Data: []byte(text)},
			{Name: "templates/x.yaml", Data: []byte("a: b\n")},
		}
	}
	for range 10_000 {
		text := strings.ReplaceAll(randomDocument(random), ".nan", ".n")
		here, err := loadChartOfFiles(files(text))
		byHelm, errOfHelm := loader.LoadFiles(files(text))
		if (err == nil) != (errOfHelm == nil) || err == nil && !reflect.DeepEqual(here, byHelm) {
			t.Fatalf("%q\nhere: %+v %v\nHelm: %+v %v", text, here, err, byHelm, errOfHelm)
		}
	}
}

func TestChartsAreLoadedAsByHelmWhateverTheirMetadata(t *testing.T) {
	random := rand.New(rand.NewSource(8))
	lines := []string{
		"apiVersion: v1\n", "apiVersion: 2\n", "APIVersion: v3\n", "Name: d\n", "name: e\n", "name: ../a\n", "version: 1.0\n", "version: \"2\"\n", "version: latest\n", "VERSION: 1.0.1\n",
		"appVersion: 1.16\n", "appVersion: \"1.16.0\"\n", "appVersion: 1e3\n", "appVersion: ~\n", "appVersion: true\n", "appVersion: 2026-01-01\n", "description: a b\tc\n", "description: |\n  a\n  b\n", "description: \"a\\nb\"\n",
		"keywords: [a, 1]\n", "keywords:\n- a\n- b\n", "keywords:\n", "sources: text\n", "maintainers:\n- name: a\n  email: b\n", "maintainers:\n-\n", "maintainers: [{name: 1}]\n", "deprecated: true\n", "deprecated: \"true\"\n", "deprecated: yes\n", "deprecated: 1\n",
		"annotations: {a: b}\n", "annotations:\n  a: 1\n", "annotations:\n  a: \"1\"\n  b:\n", "type: library\n", "type: other\n", "kubeVersion: \">=1.20\"\n", "icon: é\u00ad\n", "tags: a,b\n", "home: \"\"\n", "other: {a: [b]}\n", "- a\n", "# c\n", "&a b: *a\n", "---\n",
		"dependencies:\n- name: s\n  version: 1.0.0\n  repository: \"\"\n  condition: s.enabled\n  tags: [a]\n  import-values:\n  - data\n  - child: x\n    parent: y\n  - 1\n", "dependencies:\n- name: s\n- name: s\n", "dependencies: []\n", "dependencies:\n- {name: a, alias: \"b c\"}\n",
	}
	short := 0
	for range 20_000 {
		text := "apiVersion: v2\nname: c\nversion: 1.0.0\n"
		if random.Intn(4) == 0 {
			text = strings.Join(strings.SplitAfter(text, "\n")[:random.Intn(4)], "")
		}
		for range random.Intn(4) {
			text += lines[random.Intn(len(lines))]
		}
		if random.Intn(9) == 0 {
			text = strings.TrimSuffix(text, "\n")
		}
		files := func() []*archive.BufferedFile {
			others := []*archive.BufferedFile{
				{Name: "values.yaml", Data: []byte("a: b\n")},
				{Name: "requirements.yaml", Data: []byte("dependencies:\n- name: s\n  version: 1.0.0\n")},
				{Name: "charts/s/Chart.yaml", Data: []byte("apiVersion: v2\nname: s\nversion: 1.0.0\nappVersion: 1.0\n")},
				{Name: "charts/t/Chart.yaml", Data: []byte("apiVersion: v2\nname: t\n")},
				{Name: "Chart.yaml", Data: []byte("name: again\n")},
			}
			return append([]*archive.BufferedFile{{Name: "Chart.yaml", Data: []byte(text)}}, others[:len(text)%len(others)]...)
		}
		if _, isShort := shortMetadata([]byte(text)); isShort {
			short++
		}
		here, err := loadChartOfFiles(files())
		byHelm, errOfHelm := loader.LoadFiles(files())
		if fmt.Sprint(err) != fmt.Sprint(errOfHelm) || err == nil && !reflect.DeepEqual(here, byHelm) {
			t.Fatalf("%q\nhere: %+v %v\nHelm: %+v %v", text, here, err, byHelm, errOfHelm)
		}
	}
	if short < 3_000 {
		t.Fatalf("only %d were read the short way", short)
	}
}

// What `helm create` writes has comments, flow mappings and lists.
func TestValuesOfNewChartsAreReadTheShortWay(t *testing.T) {
	text := "# Comment.\nreplicaCount: 1\n\nimage:\n  repository: nginx\n  # Comment: of a key.\n  tag: \"\"\nimagePullSecrets: []\npodAnnotations: {}\nsecurityContext: {}\n  # capabilities:\n  #   drop:\n  #   - ALL\n" +
		"ingress:\n  hosts:\n    - host: chart-example.local\n      paths:\n        - path: /\n          pathType: ImplementationSpecific\n  tls: []\n  #  - secretName: a\nlivenessProbe:\n  httpGet:\n    path: /\n    port: http\naffinity: {}\n"
	if _, isPlain := shortValues([]byte(text)); !isPlain {
		t.Fatal("the library is asked")
	}
}
