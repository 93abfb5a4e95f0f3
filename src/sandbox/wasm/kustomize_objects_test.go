package main

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

func resourceOf(t *testing.T, text string) *resource.Resource {
	t.Helper()
	resources, err := provider.NewDefaultDepProvider().GetResourceFactory().SliceFromBytes([]byte(text))
	if err != nil || len(resources) != 1 {
		return nil
	}
	return resources[0]
}

// assertSame fails where the short way gives another object than the text.
func assertSame(t *testing.T, built *resource.Resource) {
	t.Helper()
	printed, printError := printedJSON(built)
	short, shortError := resourceJSON(built)
	if (printError == nil) != (shortError == nil) || !bytes.Equal(printed, short) {
		t.Fatalf("%s\nprinted: %s %v\nshort:   %s %v", built.MustString(), printed, printError, short, shortError)
	}
}

const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"

func TestScalarsAreWhatTheProgramPrints(t *testing.T) {
	for _, value := range strings.Split(`yes|no|on|off|y|n|~|null|Null|""|''|"yes"|'1'|1|01|0o7|0x1F|1_000|-1|+1|-0|1.0|1e3|.5|.inf|.nan|
		1:20|190:20:30|2020-01-01|2020-01-01T00:00:00Z|"2020-01-01"|true|True|"true"|999999999999999|9999999999999999999|
		!!str 1|!!int "1"|!!binary aGk=|!custom x|"<<"|=|"="|"- a"|"# a"|"a: b"|"a #b"|"{{ x }}"|"*a"|"&a"|"%a"|"@a"|'`+"`"+`a'|"a\tb"|
		"\u00e9"|"\ud83d\ude00"|"\u2028"|"\0"|"\ufeff"|" a"|"a "|"a\nb"|"a\n"|"\na"|"a\n\n"|" a\nb"|"a \nb"|"a\n b"|"a\n  "|{a: b, c: [d]}|[1, [2, {}]]|{}|[]`, "|") {
		value = strings.TrimSpace(value)
		for _, text := range []string{"v: " + value, "v: [" + value + "]", "v:\n- " + value, "v:\n  ? " + value + "\n  : x"} {
			if built := resourceOf(t, head+text+"\n"); built != nil {
				assertSame(t, built)
			}
		}
	}
}

func TestDocumentsAreWhatTheProgramPrints(t *testing.T) {
	for _, text := range []string{
		"a: # line\n  # head\n  b: c # line\n# foot\n", "a: [b, # line\n  c]\n", "a: {b: c, # line\n  d: e}\n", "a: &x {b: c}\nd: *x\n",
		"a: 1\na: 2\n", "a: &x {b: c}\nd:\n  <<: *x\n", "a:\nb: c\n", "a:\n-\n- b\n", "1: a\n", "true: a\n", "null: a\n",
		"a: |\n  b\n   c\n\n  d\n", "a: >\n  b\n  c\n\n  d\n", "a: |2\n   b\n", "a: |+\n  b\n\n", "a: |-\n  b\n",
		strings.Repeat("k", 200) + ": a\n", "a: " + strings.Repeat("b c  ", 400) + "d\n", "a: \"" + strings.Repeat("b ", 900) + "\\n  c\"\n",
		"a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n",
	} {
		if built := resourceOf(t, head+text); built != nil {
			assertSame(t, built)
		}
	}
}

// What kustomize sets by itself has other styles and tags than what it read.
func TestNodesAreWhatTheProgramPrints(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	parts := []string{"a", "b", "1", "0", "-", ":", " ", "  ", "\n", "\n\n", "#", "'", "\"", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@", "\t", "\\", "<", "é", "~", "null", "true", "yes", "- ", ": ", " #", "? ", "---", "...", "<<", "=", ".", "e", "_", "x"}
	tags := []string{"", "", kyaml.NodeTagString, kyaml.NodeTagString, kyaml.NodeTagInt, kyaml.NodeTagBool, kyaml.NodeTagNull}
	styles := []kyaml.Style{0, 0, 0, kyaml.SingleQuotedStyle, kyaml.DoubleQuotedStyle, kyaml.LiteralStyle, kyaml.FoldedStyle}
	scalar := func() *kyaml.Node {
		var text strings.Builder
		for range random.Intn(7) {
			text.WriteString(parts[random.Intn(len(parts))])
		}
		return &kyaml.Node{Kind: kyaml.ScalarNode, Value: text.String(), Tag: tags[random.Intn(len(tags))], Style: styles[random.Intn(len(styles))]}
	}
	short := 0
	for range 20_000 {
		built := resourceOf(t, head)
		list := &kyaml.Node{Kind: kyaml.SequenceNode, Content: []*kyaml.Node{scalar(), {Kind: kyaml.MappingNode, Content: []*kyaml.Node{scalar(), scalar()}}}}
		if random.Intn(3) == 0 {
			list.Style = kyaml.FlowStyle
		}
		built.YNode().Content = append(built.YNode().Content, &kyaml.Node{Kind: kyaml.ScalarNode, Value: "v"}, list)
		if _, isPlain := plainValue(built.YNode(), 0); isPlain {
			short++
			assertSame(t, built)
		}
	}
	if short < 1_000 {
		t.Fatalf("only %d nodes went the short way", short)
	}
}
