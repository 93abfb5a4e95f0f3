package applicationset

import (
	"slices"
	"text/template/parse"
)

// missingChains finds the fields, as `.a.b`, that a template asks for and the parameters do not hold. Below range and with the
// dot is something else; there only `$.a.b` is looked at.
func missingChains(root *parse.ListNode, given params) [][]string {
	finder := &chainFinder{given: given}
	finder.list(root, true)
	return finder.missing
}

type chainFinder struct {
	given   params
	missing [][]string
}

func (f *chainFinder) list(list *parse.ListNode, dotIsRoot bool) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		f.node(node, dotIsRoot)
	}
}

func (f *chainFinder) node(node parse.Node, dotIsRoot bool) {
	switch node := node.(type) {
	case *parse.ActionNode:
		f.pipe(node.Pipe, dotIsRoot)
	case *parse.TemplateNode:
		f.pipe(node.Pipe, dotIsRoot)
	case *parse.IfNode:
		f.pipe(node.Pipe, dotIsRoot)
		f.list(node.List, dotIsRoot)
		f.list(node.ElseList, dotIsRoot)
	case *parse.RangeNode:
		f.pipe(node.Pipe, dotIsRoot)
		f.list(node.List, false)
		f.list(node.ElseList, dotIsRoot)
	case *parse.WithNode:
		f.pipe(node.Pipe, dotIsRoot)
		f.list(node.List, false)
		f.list(node.ElseList, dotIsRoot)
	case *parse.PipeNode:
		f.pipe(node, dotIsRoot)
	case *parse.FieldNode:
		if dotIsRoot {
			f.check(node.Ident)
		}
	case *parse.VariableNode:
		if node.Ident[0] == "$" && len(node.Ident) > 1 {
			f.check(node.Ident[1:])
		}
	}
}

func (f *chainFinder) pipe(pipe *parse.PipeNode, dotIsRoot bool) {
	if pipe == nil {
		return
	}
	for _, command := range pipe.Cmds {
		for _, argument := range command.Args {
			f.node(argument, dotIsRoot)
		}
	}
}

func (f *chainFinder) check(chain []string) {
	var value any = f.given
	for _, name := range chain {
		there := false
		switch holder := value.(type) {
		case map[string]any:
			value, there = holder[name]
		case map[string]string:
			value, there = holder[name]
		}
		if !there {
			if !slices.ContainsFunc(f.missing, func(known []string) bool { return slices.Equal(known, chain) }) {
				f.missing = append(f.missing, chain)
			}
			return
		}
	}
}
