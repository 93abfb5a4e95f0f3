package main

import "strconv"

// value is what json.Unmarshal makes of the node's JSON; it fails at a number that is too large.
func (n plainNode) value() (value any, isKnown bool) {
	switch n.kind {
	case plainText:
		return n.text, true
	case plainMap:
		values := make(map[string]any, len(n.fields))
		for _, field := range n.fields {
			if values[field.key], isKnown = field.value.value(); !isKnown {
				return nil, false
			}
		}
		return values, true
	case plainList:
		values := make([]any, len(n.items))
		for index, item := range n.items {
			if values[index], isKnown = item.value(); !isKnown {
				return nil, false
			}
		}
		return values, true
	default:
		return literalValue(n.text)
	}
}

func literalValue(text string) (value any, isKnown bool) {
	switch text {
	case "null":
		return nil, true
	case "true", "false":
		return text == "true", true
	default:
		number, err := strconv.ParseFloat(text, 64)
		return number, err == nil
	}
}
