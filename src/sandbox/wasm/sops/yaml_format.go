package sops

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

var errNoYAML = errors.New("it is no YAML that SOPS writes")

// readYAML reads every document of a file; each is a mapping.
func readYAML(text []byte) ([]mapping, error) {
	// A node knows nothing of keys that are there twice.
	if len(text) > 0 && yaml.NewDecoder(bytes.NewReader(text)).Decode(map[string]any{}) != nil {
		return nil, errNoYAML
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	reader := yamlReader{}
	var parts []mapping
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil || len(document.Content) != 1 {
			return nil, errNoYAML
		}
		part := appendComments(nil, document.HeadComment, false)
		part, err = reader.document(part, document.Content[0])
		if err != nil {
			return nil, err
		}
		parts = append(parts, appendComments(part, document.FootComment, false))
	}
}

type yamlReader struct{ count counter }

func (r *yamlReader) document(into mapping, node *yaml.Node) (mapping, error) {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch {
	case node.Kind == yaml.MappingNode:
		return r.mapping(into, node, true, 0)
	case node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null":
		// Nothing behind `---`.
		into = appendComments(into, node.HeadComment, false)
		into = appendComments(into, node.LineComment, false)
		return appendComments(into, node.FootComment, false), nil
	}
	return nil, errNoYAML
}

// mapping reads keys and values. The comments of the mapping itself are read unless who called did it.
func (r *yamlReader) mapping(into mapping, node *yaml.Node, ownComments bool, depth int) (mapping, error) {
	if ownComments {
		into = appendComments(into, node.HeadComment, false)
		into = appendComments(into, node.LineComment, false)
	}
	for index := 0; index+1 < len(node.Content); index += 2 {
		key, value := node.Content[index], node.Content[index+1]
		isOneLine := value.Kind == yaml.ScalarNode || value.Kind == yaml.AliasNode
		into = appendComments(into, key.HeadComment, false)
		into = appendComments(into, key.LineComment, false)
		if isOneLine {
			into = appendComments(into, value.HeadComment, false)
			into = appendComments(into, value.LineComment, true)
		}
		var name any
		if err := key.Decode(&name); err != nil {
			return nil, errNoYAML
		}
		text, isText := name.(string)
		if !isText {
			return nil, errors.New("it has a key that is no text")
		}
		read, err := r.value(value, !isOneLine, depth+1)
		if err != nil {
			return nil, err
		}
		into = append(into, entry{key: text, value: read})
		if isOneLine {
			into = appendComments(into, value.FootComment, false)
		}
		into = appendComments(into, key.FootComment, false)
	}
	if ownComments {
		into = appendComments(into, node.FootComment, false)
	}
	return into, nil
}

func (r *yamlReader) value(node *yaml.Node, ownComments bool, depth int) (any, error) {
	if err := r.count.add(depth); err != nil {
		return nil, err
	}
	switch node.Kind {
	case yaml.AliasNode:
		return r.value(node.Alias, true, depth+1)
	case yaml.MappingNode:
		return r.mapping(mapping{}, node, ownComments, depth)
	case yaml.SequenceNode:
		return r.sequence(node, ownComments, depth)
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, errNoYAML
	}
	return value, nil
}

func (r *yamlReader) sequence(node *yaml.Node, ownComments bool, depth int) (sequence, error) {
	var items mapping
	list := sequence{}
	flush := func() {
		for _, item := range items {
			list = append(list, *item.comment)
		}
		items = nil
	}
	if ownComments {
		items = appendComments(items, node.HeadComment, false)
		items = appendComments(items, node.LineComment, false)
	}
	for _, item := range node.Content {
		items = appendComments(items, item.HeadComment, false)
		items = appendComments(items, item.LineComment, true)
		flush()
		value, err := r.value(item, false, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
		items = appendComments(items, item.FootComment, false)
	}
	if ownComments {
		items = appendComments(items, node.FootComment, false)
	}
	flush()
	return list, nil
}

func appendComments(into mapping, text string, isInline bool) mapping {
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			into = append(into, entry{comment: &comment{text: line[1:], isInline: isInline}})
		}
	}
	return into
}

// writeYAML indents by four, each value in the style that the library chooses.
func writeYAML(parts []mapping) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(4)
	for _, part := range parts {
		document := yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
		if err := writeMapping(document.Content[0], part); err != nil {
			return nil, err
		}
		if err := encoder.Encode(&document); err != nil {
			return nil, err
		}
	}
	err := encoder.Close()
	return out.Bytes(), err
}

func yamlNode(value any) (*yaml.Node, error) {
	node := &yaml.Node{}
	switch value := value.(type) {
	case mapping:
		node.Kind = yaml.MappingNode
		return node, writeMapping(node, value)
	case sequence:
		node.Kind = yaml.SequenceNode
		return node, writeSequence(node, value)
	}
	return node, node.Encode(value)
}

// pendingComments are those that wait for what they stand at.
type pendingComments struct{ head, inline []string }

func (p *pendingComments) add(written comment) {
	if written.isInline {
		p.inline = append(p.inline, written.text)
	} else {
		p.head = append(p.head, written.text)
	}
}

func take(texts *[]string) string {
	if len(*texts) == 0 {
		return ""
	}
	joined := "#" + strings.Join(*texts, "\n#")
	*texts = nil
	return joined
}

// rest gives what nothing follows.
func (p *pendingComments) rest() string {
	p.head = append(p.head, p.inline...)
	return take(&p.head)
}

func joinComments(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + "\n" + second
}

// writeRest writes comments that nothing follows: behind the last key or item, which has so many nodes.
func writeRest(node *yaml.Node, left string, nodesOfLast int) {
	if left == "" {
		return
	}
	if len(node.Content) == 0 {
		node.HeadComment = joinComments(left, node.HeadComment)
		return
	}
	last := node.Content[len(node.Content)-nodesOfLast]
	last.FootComment = joinComments(last.FootComment, left)
}

func writeMapping(node *yaml.Node, items mapping) error {
	var pending pendingComments
	for _, item := range items {
		if item.comment != nil {
			pending.add(*item.comment)
			continue
		}
		if len(node.Content) == 0 {
			node.HeadComment = joinComments(take(&pending.head), node.HeadComment)
		}
		key := &yaml.Node{}
		if err := key.Encode(item.key); err != nil {
			return err
		}
		key.HeadComment = joinComments(take(&pending.head), key.HeadComment)
		value, err := yamlNode(item.value)
		if err != nil {
			return err
		}
		value.LineComment = joinComments(value.LineComment, take(&pending.inline))
		node.Content = append(node.Content, key, value)
	}
	writeRest(node, pending.rest(), 2)
	return nil
}

func writeSequence(node *yaml.Node, items sequence) error {
	var pending pendingComments
	for _, item := range items {
		if written, isComment := item.(comment); isComment {
			pending.add(written)
			continue
		}
		if len(node.Content) == 0 {
			node.HeadComment = joinComments(take(&pending.head), node.HeadComment)
		}
		value, err := yamlNode(item)
		if err != nil {
			return err
		}
		value.HeadComment = joinComments(take(&pending.head), value.HeadComment)
		value.LineComment = joinComments(value.LineComment, take(&pending.inline))
		node.Content = append(node.Content, value)
	}
	writeRest(node, pending.rest(), 1)
	return nil
}
