package applicationset

import (
	"reflect"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPathspecs(t *testing.T) {
	for _, one := range []struct {
		spec, name string
		want       bool
	}{
		{"apps", "apps/a.yaml", true},
		{"apps", "apps.yaml", false},
		{"apps/", "apps/a.yaml", true},
		{"*.yaml", "apps/a.yaml", true},
		{":(glob)*.yaml", "apps/a.yaml", false},
		{":(glob)**/*.yaml", "apps/a.yaml", true},
		{":(literal)*.yaml", "apps/a.yaml", false},
		{":(icase)APPS", "apps/a.yaml", true},
		{":!apps", "apps/a.yaml", false},
		{":!apps", "b.yaml", true},
		{"./apps/../b.yaml", "b.yaml", true},
		{"[x]", "[x]/a", true},
	} {
		spec, err := parsePathspec(one.spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := spec.matches(one.name); got != one.want {
			t.Errorf("%s of %s: %v", one.spec, one.name, got)
		}
	}
}

func TestPathspecsThatAreNone(t *testing.T) {
	for _, given := range []string{"/etc", "../x", "a/../../x", ":(attr:x)a", ":(glob,literal)a", ":(glob"} {
		if _, err := parsePathspec(given); err == nil {
			t.Errorf("%s was taken", given)
		}
	}
}

func TestSelectorsOfParameters(t *testing.T) {
	selector := &metav1.LabelSelector{
		MatchLabels: map[string]string{"url": "https://any.text/is/a value"},
		MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "env", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"prod"}},
			{Key: "path.basename", Operator: metav1.LabelSelectorOpExists},
		},
	}
	choose, err := postSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	given := params{"url": "https://any.text/is/a value", "path": map[string]any{"basename": "x"}}
	if !choose(flatten(given)) {
		t.Error("it was not chosen")
	}
	for key, value := range map[string]any{"url": "other", "env": "prod", "path": map[string]any{}} {
		changed := params{"url": given["url"], "path": given["path"]}
		changed[key] = value
		if choose(flatten(changed)) {
			t.Errorf("with %s %v it was chosen", key, value)
		}
	}
	for _, operator := range []metav1.LabelSelectorOperator{metav1.LabelSelectorOpIn, "Near"} {
		bad := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: operator}}}
		if _, err := postSelector(bad); err == nil {
			t.Errorf("%s without values was taken", operator)
		}
	}
}

func TestParametersAreNamedByTheirPath(t *testing.T) {
	got := flatten(params{"a": map[string]any{"b": []any{"x", 1}, "none": map[string]any{}}, "m": map[string]string{"k": "v"}, "n": 2})
	want := map[string]string{"a.b.0": "x", "a.b.1": "1", "m.k": "v", "n": "2"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestFieldsThatAreIgnoredAreRemoved(t *testing.T) {
	application := &Application{}
	application.Name = "web"
	application.Spec.Source = &Source{RepoURL: "https://git.example.com/a", TargetRevision: "v1"}
	rules := []IgnoreDifferences{
		{JSONPointers: []string{"/spec/source/targetRevision", "/spec/absent/x", "no pointer"}},
		{Name: "other", JSONPointers: []string{"/spec/source/repoURL"}},
		{JQPathExpressions: []string{".spec.sources[0].path"}},
	}
	left, err := withoutIgnored(application, rules)
	if err != nil {
		t.Fatal(err)
	}
	if left.Spec.Source.TargetRevision != "" || left.Spec.Source.RepoURL == "" {
		t.Errorf("left is %+v", left.Spec.Source)
	}
	broken := []IgnoreDifferences{{Name: "other", JQPathExpressions: []string{".spec["}}}
	if _, err := withoutIgnored(application, broken); err == nil || !strings.Contains(err.Error(), "failed to apply") {
		t.Errorf("an expression that is none: %v", err)
	}
}
