package sops

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// facts is what SOPS writes beside the values.
type facts struct {
	groups    []keyGroup
	threshold int
	choice    choice
}

// keyGroup is one of those that each hold a share of the data key; every key of it holds the same.
type keyGroup []dataKey

// dataKey is the data key, or a share of it, encrypted for somebody.
type dataKey struct {
	// "age", "pgp", or another one, which cannot be used here.
	kind string
	// For whom, in words: a recipient, a fingerprint, the name of a key in a service.
	name      string
	encrypted string
}

// choice is which values are encrypted; at most one of its texts is there.
type choice struct {
	unencryptedSuffix, encryptedSuffix         string
	unencryptedPattern, encryptedPattern       pattern
	unencryptedComments, encryptedCommentsOnly pattern
}

// A service has its own name for its keys.
var keyKinds = []struct {
	field, kind string
	name        func(mapping) string
}{
	{"kms", "AWS KMS", func(m mapping) string { return m.text("arn") }},
	{"gcp_kms", "Google Cloud KMS", func(m mapping) string { return m.text("resource_id") }},
	{"hckms", "Huawei Cloud KMS", func(m mapping) string { return m.text("key_id") }},
	{"azure_kv", "Azure Key Vault", func(m mapping) string { return m.text("vault_url") + "/keys/" + m.text("name") }},
	{"hc_vault", "Vault", func(m mapping) string {
		return m.text("vault_address") + "/v1/" + m.text("engine_path") + "/keys/" + m.text("key_name")
	}},
	{"pgp", "pgp", func(m mapping) string { return m.text("fp") }},
	{"age", "age", func(m mapping) string { return m.text("recipient") }},
}

const maxDataKeys = 500

func readFacts(raw mapping) (facts, error) {
	var found facts
	if whole := readGroup(raw); len(whole) > 0 {
		found.groups = []keyGroup{whole}
	} else if groups, isList := raw.get("key_groups").(sequence); isList {
		for _, group := range groups {
			its, _ := group.(mapping)
			found.groups = append(found.groups, readGroup(its))
		}
	}
	count := 0
	for _, group := range found.groups {
		count += len(group)
	}
	if count > maxDataKeys {
		return facts{}, ErrTooLarge
	}
	var err error
	if text := raw.text("shamir_threshold"); text != "" {
		if found.threshold, err = strconv.Atoi(text); err != nil {
			return facts{}, errors.New("its shamir_threshold is no number")
		}
	}
	found.choice, err = readChoice(raw)
	return found, err
}

func readGroup(raw mapping) keyGroup {
	var group keyGroup
	for _, kind := range keyKinds {
		keys, _ := raw.get(kind.field).(sequence)
		for _, key := range keys {
			its, isMapping := key.(mapping)
			if isMapping {
				group = append(group, dataKey{kind: kind.kind, name: kind.name(its), encrypted: its.text("enc")})
			}
		}
	}
	return group
}

// Where nothing else is chosen.
const defaultSuffix = "_unencrypted"

func readChoice(raw mapping) (choice, error) {
	found := choice{
		unencryptedSuffix: raw.text("unencrypted_suffix"),
		encryptedSuffix:   raw.text("encrypted_suffix"),
	}
	count := 0
	for _, suffix := range []string{found.unencryptedSuffix, found.encryptedSuffix} {
		if suffix != "" {
			count++
		}
	}
	for field, into := range map[string]*pattern{
		"unencrypted_regex":         &found.unencryptedPattern,
		"encrypted_regex":           &found.encryptedPattern,
		"unencrypted_comment_regex": &found.unencryptedComments,
		"encrypted_comment_regex":   &found.encryptedCommentsOnly,
	} {
		if text := raw.text(field); text != "" {
			count++
			*into = compilePattern(text)
		}
	}
	if count > 1 {
		return choice{}, errors.New("it says in more than one way which values are encrypted")
	}
	if count == 0 {
		found.unencryptedSuffix = defaultSuffix
	}
	return found, nil
}

func (m mapping) get(key string) any {
	for _, item := range m {
		if item.comment == nil && item.key == key {
			return item.value
		}
	}
	return nil
}

func (m mapping) text(key string) string {
	value := m.get(key)
	if value == nil {
		return ""
	}
	return textOf(value)
}

// Formats without structure write it into their keys: `age__list_0__map_enc`.
const (
	mapMark  = "__map_"
	listMark = "__list_"
)

// unflatten gives keys their structure back.
func unflatten(flat mapping) (mapping, error) {
	root := &flatNode{}
	for _, item := range flat {
		if item.comment != nil {
			continue
		}
		if err := root.put(splitFlatKey(item.key), item.value); err != nil {
			return nil, err
		}
	}
	whole, isMapping := root.value(0).(mapping)
	if !isMapping {
		return nil, errors.New("its metadata is no mapping")
	}
	return whole, nil
}

// flatNode is a value, or has some below it: by name, or by index in a list.
type flatNode struct {
	leaf   any
	isLeaf bool
	isList bool
	names  []string
	below  map[string]*flatNode
}

func (n *flatNode) put(steps []flatStep, value any) error {
	if len(steps) > maxDepth {
		return ErrTooLarge
	}
	if len(steps) == 0 {
		if n.isLeaf || n.below != nil {
			return errors.New("its metadata has a key twice")
		}
		n.leaf, n.isLeaf = value, true
		return nil
	}
	step := steps[0]
	if n.isLeaf || n.below != nil && n.isList != step.isIndex {
		return errors.New("its metadata is both a list and something else")
	}
	if n.below == nil {
		n.below, n.isList = map[string]*flatNode{}, step.isIndex
	}
	next, known := n.below[step.name]
	if !known {
		next = &flatNode{}
		n.below[step.name] = next
		n.names = append(n.names, step.name)
	}
	return next.put(steps[1:], value)
}

func (n *flatNode) value(depth int) any {
	switch {
	case n.isLeaf:
		return n.leaf
	case n.isList:
		slices.SortFunc(n.names, func(one, other string) int {
			first, _ := strconv.Atoi(one)
			second, _ := strconv.Atoi(other)
			return first - second
		})
		list := make(sequence, 0, len(n.names))
		for _, name := range n.names {
			list = append(list, n.below[name].value(depth+1))
		}
		return list
	}
	whole := make(mapping, 0, len(n.names))
	for _, name := range n.names {
		whole = append(whole, entry{key: name, value: n.below[name].value(depth + 1)})
	}
	return whole
}

type flatStep struct {
	name    string
	isIndex bool
}

func splitFlatKey(key string) []flatStep {
	var steps []flatStep
	isIndex := false
	for {
		asMap, asList := strings.Index(key, mapMark), strings.Index(key, listMark)
		at, mark := asMap, mapMark
		if at < 0 || asList >= 0 && asList < at {
			at, mark = asList, listMark
		}
		if at < 0 {
			return append(steps, flatStep{name: key, isIndex: isIndex})
		}
		steps = append(steps, flatStep{name: key[:at], isIndex: isIndex})
		key, isIndex = key[at+len(mark):], mark == listMark
	}
}

// names tells for whom a document is encrypted, for messages.
func (f facts) names() string {
	var named []string
	if len(f.groups) == 0 {
		return "a kind of key that is not known"
	}
	for _, group := range f.groups {
		for _, key := range group {
			name := key.name
			switch key.kind {
			case "age":
			case "pgp":
				name = "the PGP key " + name
			default:
				name = fmt.Sprintf("%s (%s)", name, key.kind)
			}
			if !slices.Contains(named, name) {
				named = append(named, name)
			}
		}
	}
	const most = 5
	if len(named) > most {
		named = append(named[:most], fmt.Sprintf("%d more", len(named)-most))
	}
	return strings.Join(named, ", ")
}
