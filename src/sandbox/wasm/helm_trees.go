package main

import (
	"bytes"
	"errors"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

// Bytes of templates whose trees are kept. Trees take six times the memory of their text.
const maxKeptTemplateBytes = 2 << 20

// templateText is a template by all that its trees depend on: errors name it.
type templateText struct{ name, text string }

// keptTrees are the templates that a text is and defines. Executing them does not change them.
var keptTrees = newKeptValues[templateText, map[string]*parse.Tree](maxKeptTemplateBytes)

// knownFunctions are the names that a template may call: parsing asks for no more.
var knownFunctions = map[string]any{}

// The names of text/template's own, which it keeps to itself.
var builtinFunctions = []string{
	"and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print", "printf", "println", "slice", "urlquery",
}

func init() {
	maps.Copy(knownFunctions, helmFunctions())
	maps.Copy(knownFunctions, worldFunctions())
	for _, name := range builtinFunctions {
		knownFunctions[name] = true
	}
}

// addTemplate does what templates.New(name).Parse(text) does.
func addTemplate(templates *template.Template, name, text string) error {
	shared, isShared := templateText{name, text}, false
	chart := ""
	if !trees.areAsWritten {
		shared, chart, isShared = sharedTemplate(name, text)
	}
	parsed, isKept := keptTrees.get(shared)
	if !isKept {
		var err error
		if parsed, err = parse.Parse(shared.name, shared.text, "", "", knownFunctions); err != nil {
			// In its words.
			_, err = templates.New(name).Parse(text)
			return err
		}
		if keptTrees.isAskedAgain(shared) {
			keptTrees.put(shared, parsed, len(shared.name)+len(shared.text))
		}
	}
	if isShared {
		trees.areShared = true
		parsed = namedTrees(parsed, shared, name, chart)
	}
	added := templates.New(name)
	for _, defined := range slices.Sorted(maps.Keys(parsed)) {
		if _, err := added.AddParseTree(defined, parsed[defined]); err != nil {
			return err
		}
	}
	return nil
}

// trees tells whether those of other charts may be used, and whether some were: errors tell where in a template they are, which
// only a tree of the template itself knows.
var trees struct{ areAsWritten, areShared bool }

// withSharedTrees runs what renders charts, and does not panic; where it fails, once more with the trees of their own texts, for the error.
func withSharedTrees[Value any](run func() (Value, error)) (Value, error) {
	trees.areShared = false
	value, err := run()
	if err == nil || !trees.areShared || errors.Is(err, errRemoteNeeded) {
		return value, err
	}
	trees.areAsWritten = true
	beginWorld(world.seed)
	// Where the stack of a goroutine grew already, that of WebAssembly grows with each call: a deep recursion has to begin on a new one.
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = run()
	}()
	<-done
	trees.areAsWritten = false
	return value, err
}

// Charts are made from one another: their templates differ in nothing but the chart's name, with which the names of what they define begin
// (`{{ include "shop.labels" . }}`). This stands for it where their trees are shared.
const standIn = "chart8a1f5c"

var standInBytes = []byte(standIn)

const quotedStandIn = `"` + standIn + `.`

// What means nothing to the parser, in quotes or out of them.
var plainChartName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// Escapes that may stand for any letter, also for those of standIn.
var numericEscape = regexp.MustCompile(`\\[xuU0-7]`)

// sharedTemplate gives the template with standIn in the place of its chart's name, wherever that follows a quote and is followed by a dot. In
// quotes, within an action, it is a part of a constant; whatever else a quote may be there, a name behind it is an error, as it is
// without the change; and text outside of actions is only text. Not shared are texts that hold standIn, and those that name themselves.
func sharedTemplate(name, text string) (shared templateText, chart string, isShared bool) {
	folder, file, isTemplate := strings.Cut(name, "/templates/")
	chart = path.Base(folder)
	if !isTemplate || !plainChartName.MatchString(chart) || strings.Contains(text, standIn) || strings.Contains(text, name) || numericEscape.MatchString(text) {
		return templateText{name, text}, "", false
	}
	return templateText{standIn + "/" + file, strings.ReplaceAll(text, `"`+chart+".", quotedStandIn)}, chart, true
}

// namedTrees gives the trees that the template itself would have.
func namedTrees(parsed map[string]*parse.Tree, shared templateText, name, chart string) map[string]*parse.Tree {
	isNamed := strings.Contains(shared.text, quotedStandIn)
	named := make(map[string]*parse.Tree, len(parsed))
	for defined, tree := range parsed {
		of := *tree
		of.Name, of.ParseName = withChartName(defined, chart), name
		if defined == shared.name {
			of.Name = name
		}
		if isNamed {
			of.Root = namedNode(tree.Root, chart)
		}
		named[of.Name] = &of
	}
	return named
}

func withChartName(text, chart string) string { return strings.ReplaceAll(text, standIn, chart) }

// namedNode gives a node with the chart's name: itself where there is none in it, as others have it, too.
func namedNode[Node parse.Node](node Node, chart string) Node {
	named, _ := nodeNamed(node, chart).(Node)
	return named
}

func nodeNamed(node parse.Node, chart string) parse.Node {
	switch node := node.(type) {
	case *parse.ListNode:
		if nodes, isNamed := namedNodes(node.Nodes, chart); isNamed {
			of := *node
			of.Nodes = nodes
			return &of
		}
	case *parse.TextNode:
		if bytes.Contains(node.Text, standInBytes) {
			of := *node
			of.Text = bytes.ReplaceAll(node.Text, standInBytes, []byte(chart))
			return &of
		}
	case *parse.ActionNode:
		if pipe := namedNode(node.Pipe, chart); pipe != node.Pipe {
			of := *node
			of.Pipe = pipe
			return &of
		}
	case *parse.PipeNode:
		if commands, isNamed := namedNodes(node.Cmds, chart); isNamed {
			of := *node
			of.Cmds = commands
			return &of
		}
	case *parse.CommandNode:
		if arguments, isNamed := namedNodes(node.Args, chart); isNamed {
			of := *node
			of.Args = arguments
			return &of
		}
	case *parse.ChainNode:
		if first := nodeNamed(node.Node, chart); first != node.Node {
			of := *node
			of.Node = first
			return &of
		}
	case *parse.StringNode:
		if strings.Contains(node.Quoted, standIn) {
			of := *node
			of.Quoted = withChartName(node.Quoted, chart)
			// It was one before, so it is one.
			of.Text, _ = strconv.Unquote(of.Quoted)
			return &of
		}
	case *parse.TemplateNode:
		name, pipe := withChartName(node.Name, chart), node.Pipe
		if pipe != nil {
			pipe = namedNode(pipe, chart)
		}
		if name != node.Name || pipe != node.Pipe {
			of := *node
			of.Name, of.Pipe = name, pipe
			return &of
		}
	case *parse.IfNode:
		if branch, isNamed := namedBranch(node.BranchNode, chart); isNamed {
			return &parse.IfNode{BranchNode: branch}
		}
	case *parse.RangeNode:
		if branch, isNamed := namedBranch(node.BranchNode, chart); isNamed {
			return &parse.RangeNode{BranchNode: branch}
		}
	case *parse.WithNode:
		if branch, isNamed := namedBranch(node.BranchNode, chart); isNamed {
			return &parse.WithNode{BranchNode: branch}
		}
	}
	return node
}

func namedBranch(branch parse.BranchNode, chart string) (named parse.BranchNode, isNamed bool) {
	named = branch
	named.Pipe, named.List = namedNode(branch.Pipe, chart), namedNode(branch.List, chart)
	if branch.ElseList != nil {
		named.ElseList = namedNode(branch.ElseList, chart)
	}
	return named, named != branch
}

// namedNodes copies the list where one of them is another.
func namedNodes[Node interface {
	parse.Node
	comparable
}](nodes []Node, chart string) (named []Node, isNamed bool) {
	for index, node := range nodes {
		other := namedNode(node, chart)
		if other == node {
			continue
		}
		if !isNamed {
			named, isNamed = slices.Clone(nodes), true
		}
		named[index] = other
	}
	return named, isNamed
}
