package sops

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decrypt puts the plain values in the place of the encrypted ones, and gives them. The MAC over the whole document is not checked:
// kustomize-controller does not, since what a build adds to an object would break it; each value is authenticated with its place.
// @returns *KeyError where none of the keys fits
func (d *Document) Decrypt(keys *Keys) ([]Value, error) {
	key, err := keys.dataKey(d.facts)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errors.New("its data key has the wrong length")
	}
	walk := walker{block: block, choice: d.facts.choice}
	for index, part := range d.parts {
		made, err := walk.mapping(part, place{})
		if err != nil {
			return nil, err
		}
		d.parts[index] = made
	}
	return walk.values, nil
}

type walker struct {
	block  cipher.Block
	choice choice
	values []Value
}

// place is where a value stands.
type place struct {
	// The keys that lead to it: what it is authenticated with, and what decides whether it is encrypted.
	keys []string
	// Keys and indices.
	path []string
	// Comments before the value, and before each that it lies in.
	comments [][]string
}

func (p place) key(key string) place {
	return place{keys: append(slices.Clone(p.keys), key), path: append(slices.Clone(p.path), key), comments: p.comments}
}

func (p place) index(index int) place {
	return place{keys: p.keys, path: append(slices.Clone(p.path), strconv.Itoa(index)), comments: p.comments}
}

func (p place) withComments(texts []string) place {
	return place{keys: p.keys, path: p.path, comments: append(slices.Clone(p.comments), texts)}
}

func (w *walker) mapping(items mapping, at place) (mapping, error) {
	made := make(mapping, 0, len(items))
	var before []string
	for _, item := range items {
		if item.comment != nil {
			before = append(before, item.comment.text)
			plain := w.comment(*item.comment, at.withComments(before))
			made = append(made, entry{comment: &plain})
			continue
		}
		value, err := w.value(item.value, at.withComments(before).key(item.key))
		if err != nil {
			return nil, err
		}
		before = nil
		made = append(made, entry{key: item.key, value: value})
	}
	return made, nil
}

func (w *walker) sequence(items sequence, at place) (sequence, error) {
	made := make(sequence, 0, len(items))
	var before []string
	index := 0
	for _, item := range items {
		if written, isComment := item.(comment); isComment {
			before = append(before, written.text)
			made = append(made, w.comment(written, at.withComments(before)))
			continue
		}
		value, err := w.value(item, at.withComments(before).index(index))
		if err != nil {
			return nil, err
		}
		before = nil
		// SOPS writes a comment of a list that it encrypts as an item.
		if _, isComment := value.(comment); !isComment {
			index++
		}
		made = append(made, value)
	}
	return made, nil
}

func (w *walker) value(value any, at place) (any, error) {
	switch value := value.(type) {
	case nil:
		return nil, nil
	case mapping:
		return w.mapping(value, at)
	case sequence:
		return w.sequence(value, at)
	}
	if !w.choice.isEncrypted(at, false) {
		return value, nil
	}
	text, isText := value.(string)
	if !isText {
		return nil, fmt.Errorf("%s should be encrypted and is not", strings.Join(at.path, "."))
	}
	plain, err := w.open(text, at)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(at.path, "."), err)
	}
	if written, isComment := plain.(comment); isComment {
		w.values = append(w.values, Value{Plain: written.text})
	} else if plain != "" {
		w.values = append(w.values, Value{Path: at.path, Plain: plain})
	}
	if bytes, isBytes := plain.([]byte); isBytes {
		return string(bytes), nil
	}
	return plain, nil
}

// comment leaves one alone that is not encrypted: older versions of SOPS encrypted none.
func (w *walker) comment(written comment, at place) comment {
	if !w.choice.isEncrypted(at, true) {
		return written
	}
	plain, err := w.open(written.text, at)
	decrypted, isComment := plain.(comment)
	if err != nil || !isComment {
		return written
	}
	w.values = append(w.values, Value{Plain: decrypted.text})
	// Where it stood is lost on the way.
	return decrypted
}

var encryptedValue = regexp.MustCompile(`^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]`)

func (w *walker) open(text string, at place) (any, error) {
	if text == "" {
		return "", nil
	}
	parts := encryptedValue.FindStringSubmatch(text)
	if parts == nil {
		return nil, errors.New("it should be encrypted and is not")
	}
	var bytes [3][]byte
	for index := range bytes {
		var err error
		if bytes[index], err = base64.StdEncoding.DecodeString(parts[index+1]); err != nil {
			return nil, errors.New("its encrypted form is damaged")
		}
	}
	gcm, err := cipher.NewGCMWithNonceSize(w.block, len(bytes[1]))
	if err != nil {
		return nil, errors.New("its encrypted form is damaged")
	}
	context := strings.Join(at.keys, ":") + ":"
	plain, err := gcm.Open(nil, bytes[1], append(bytes[0], bytes[2]...), []byte(context))
	if err != nil {
		return nil, errors.New("it was changed, moved or encrypted for another file")
	}
	return typed(plain, parts[4])
}

// typed never repeats the value in its error.
func typed(plain []byte, kind string) (value any, err error) {
	text := string(plain)
	switch kind {
	case "str":
		return text, nil
	case "comment":
		return comment{text: text}, nil
	case "bytes":
		return plain, nil
	case "int":
		value, err = strconv.Atoi(text)
	case "float":
		value, err = strconv.ParseFloat(text, 64)
	case "bool":
		value, err = strconv.ParseBool(text)
	case "time":
		var at time.Time
		err = at.UnmarshalText(plain)
		value = at
	default:
		return nil, errors.New("its type is not known")
	}
	if err != nil {
		return nil, fmt.Errorf("it is no %s", kind)
	}
	return value, nil
}

// pattern is a regular expression; one that cannot be compiled matches nothing.
type pattern struct {
	isThere    bool
	expression *regexp.Regexp
}

func compilePattern(text string) pattern {
	expression, err := regexp.Compile(text)
	if err != nil {
		expression = nil
	}
	return pattern{isThere: true, expression: expression}
}

func (p pattern) matchesAny(texts []string) bool {
	return p.expression != nil && slices.ContainsFunc(texts, p.expression.MatchString)
}

// isEncrypted tells by the document's own rule whether what stands at a place is encrypted.
func (c choice) isEncrypted(at place, isComment bool) bool {
	hasSuffix := func(suffix string) bool {
		return slices.ContainsFunc(at.keys, func(key string) bool { return strings.HasSuffix(key, suffix) })
	}
	switch {
	case c.unencryptedSuffix != "":
		return !hasSuffix(c.unencryptedSuffix)
	case c.encryptedSuffix != "":
		return hasSuffix(c.encryptedSuffix)
	case c.unencryptedPattern.isThere:
		return !c.unencryptedPattern.matchesAny(at.keys)
	case c.encryptedPattern.isThere:
		return c.encryptedPattern.matchesAny(at.keys)
	case c.unencryptedComments.isThere:
		return !slices.ContainsFunc(at.comments, c.unencryptedComments.matchesAny)
	}
	// A comment that says that what follows is encrypted is itself in the clear.
	for index, texts := range at.comments {
		if isComment && index == len(at.comments)-1 && len(texts) > 0 {
			texts = texts[:len(texts)-1]
		}
		if c.encryptedCommentsOnly.matchesAny(texts) {
			return true
		}
	}
	return false
}
