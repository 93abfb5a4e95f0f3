package main

import (
	"bytes"
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

// What `helm create` writes has comments, flow mappings and lists.
func TestValuesOfNewChartsAreReadTheShortWay(t *testing.T) {
	text := "# Comment.\nreplicaCount: 1\n\nimage:\n  repository: nginx\n  # Comment: of a key.\n  tag: \"\"\nimagePullSecrets: []\npodAnnotations: {}\nsecurityContext: {}\n  # capabilities:\n  #   drop:\n  #   - ALL\n" +
		"ingress:\n  hosts:\n    - host: chart-example.local\n      paths:\n        - path: /\n          pathType: ImplementationSpecific\n  tls: []\n  #  - secretName: a\nlivenessProbe:\n  httpGet:\n    path: /\n    port: http\naffinity: {}\n"
	if _, isPlain := shortValues([]byte(text)); !isPlain {
		t.Fatal("the library is asked")
	}
}
