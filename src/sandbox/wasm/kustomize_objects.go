package main

import (
	"encoding/json"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// Beyond these, what upstream's writers and readers of YAML do to a document is left to them.
const (
	maxPlainDepth = 100
	maxPlainKey   = 100
	maxPlainInt   = 15
)

// resourceJSON gives a resource as the controllers read it in what the program prints. Upstream writes and reads it as YAML
// three times, which is most of what a build costs; nearly all documents hold only what comes out of that as it went in.
func resourceJSON(built *resource.Resource) ([]byte, error) {
	if node := built.YNode(); node != nil && node.Kind == kyaml.MappingNode {
		if object, isPlain := plainValue(node, 0); isPlain {
			return json.Marshal(object)
		}
	}
	return printedJSON(built)
}

// printedJSON goes by way of the text.
func printedJSON(built *resource.Resource) ([]byte, error) {
	text, err := built.AsYAML()
	if err != nil {
		return nil, err
	}
	return yaml.YAMLToJSON(text)
}

// plainValue gives the value of a node whose every part means the same to all writers and readers of YAML.
func plainValue(node *kyaml.Node, depth int) (value any, isPlain bool) {
	if node == nil || depth > maxPlainDepth || node.Anchor != "" || node.Style&kyaml.TaggedStyle != 0 || isCommentedFlow(node) {
		return nil, false
	}
	switch node.Kind {
	case kyaml.MappingNode:
		return plainMapping(node, depth)
	case kyaml.SequenceNode:
		return plainSequence(node, depth)
	case kyaml.ScalarNode:
		return plainScalar(node)
	default:
		return nil, false
	}
}

// isCommentedFlow is true where a comment may swallow what follows on its line.
func isCommentedFlow(node *kyaml.Node) bool {
	if node.Style&kyaml.FlowStyle == 0 {
		return false
	}
	for _, inner := range node.Content {
		if inner.HeadComment != "" || inner.LineComment != "" || inner.FootComment != "" || isCommentedFlow(inner) {
			return true
		}
	}
	return false
}

func plainMapping(node *kyaml.Node, depth int) (any, bool) {
	if node.Tag != "" && node.Tag != kyaml.NodeTagMap || len(node.Content)%2 != 0 {
		return nil, false
	}
	object := make(map[string]any, len(node.Content)/2)
	for index := 0; index < len(node.Content); index += 2 {
		key, isString := plainKey(node.Content[index])
		if _, isTwice := object[key]; isTwice || !isString {
			return nil, false
		}
		value, isPlain := plainValue(node.Content[index+1], depth+1)
		if !isPlain {
			return nil, false
		}
		object[key] = value
	}
	return object, true
}

func plainKey(node *kyaml.Node) (string, bool) {
	value, isPlain := plainValue(node, 0)
	key, isString := value.(string)
	return key, isPlain && isString && len(key) <= maxPlainKey && !strings.Contains(key, "\n")
}

func plainSequence(node *kyaml.Node, depth int) (any, bool) {
	if node.Tag != "" && node.Tag != kyaml.NodeTagSeq {
		return nil, false
	}
	list := make([]any, 0, len(node.Content))
	for _, element := range node.Content {
		value, isPlain := plainValue(element, depth+1)
		if !isPlain {
			return nil, false
		}
		list = append(list, value)
	}
	return list, true
}

var quotedStyles = kyaml.SingleQuotedStyle | kyaml.DoubleQuotedStyle | kyaml.LiteralStyle | kyaml.FoldedStyle

func plainScalar(node *kyaml.Node) (any, bool) {
	if node.Style&quotedStyles != 0 && node.Tag != "" && node.Tag != kyaml.NodeTagString {
		return nil, false
	}
	// Upstream's writer folds some line ends twice.
	if node.Style&kyaml.FoldedStyle != 0 && strings.Contains(node.Value, "\n") {
		return nil, false
	}
	switch text := node.Value; node.ShortTag() {
	case kyaml.NodeTagString:
		return text, isPlainText(text)
	case kyaml.NodeTagBool:
		return text == "true", text == "true" || text == "false"
	case kyaml.NodeTagInt:
		return json.Number(text), isPlainInt(text)
	case kyaml.NodeTagNull:
		return nil, text == "null"
	default:
		return nil, false
	}
}

// isPlainText is true of printable ASCII in lines that neither begin nor end in a way that block scalars treat apart.
func isPlainText(text string) bool {
	if text == "<<" || text == "=" {
		return false
	}
	if text != strings.TrimRight(strings.TrimLeft(text, " \n"), " ") || strings.Contains(text, " \n") {
		return false
	}
	for index := range len(text) {
		if letter := text[index]; letter != '\n' && (letter < ' ' || letter > '~') {
			return false
		}
	}
	return true
}

// isPlainInt is true of decimals that every reader takes for a whole number, and none for an octal.
func isPlainInt(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if text == "0" {
		return true
	}
	if digits == "" || len(digits) > maxPlainInt || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}
