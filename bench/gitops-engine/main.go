// Compares pairs of objects with gitops-engine's pkg/diff, Argo CD's own comparison, and prints how many it does in a second.
//
// Standard input: one JSON object a line, {"desired": …, "live": …}. Usage: gitops-engine <seconds>. Objects are parsed before the
// clock starts, as they are for the comparison that it is measured against.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type pair struct {
	Desired map[string]any `json:"desired"`
	Live    map[string]any `json:"live"`
}

func main() {
	seconds, err := strconv.ParseFloat(os.Args[1], 64)
	if err != nil {
		panic(err)
	}
	var pairs []pair
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	for in.Scan() {
		var one pair
		if err := json.Unmarshal(in.Bytes(), &one); err != nil {
			panic(err)
		}
		pairs = append(pairs, one)
	}
	options := []diff.Option{diff.WithLogr(logr.Discard())}
	// The first round fills caches.
	compare(pairs[:min(len(pairs), 200)], options)
	start := time.Now()
	compared := 0
	for time.Since(start).Seconds() < seconds {
		size := min(len(pairs), 100)
		from := compared % (len(pairs) - size + 1)
		compare(pairs[from:from+size], options)
		compared += size
	}
	fmt.Printf("{\"pairsPerSecond\": %f}\n", float64(compared)/time.Since(start).Seconds())
}

func compare(pairs []pair, options []diff.Option) {
	for _, one := range pairs {
		// Argo CD does not go on after an error either.
		_, _ = diff.Diff(&unstructured.Unstructured{Object: one.Desired}, &unstructured.Unstructured{Object: one.Live}, options...)
	}
}
