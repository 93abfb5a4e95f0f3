// Package sops decrypts files that SOPS encrypted, in each of its formats, with age identities and OpenPGP keys. How the files look
// follows from what SOPS writes; cryptography is that of libraries.
package sops

import (
	"errors"
	"fmt"
	"strings"
)

// Format is how a file is written.
type Format int

// A binary file lies as one text in JSON.
const (
	Binary Format = iota
	Dotenv
	INI
	JSON
	YAML
)

// Caps on what one document may hold.
const (
	maxNodes = 500_000
	maxDepth = 200
)

// A document is an ordered tree: mapping, sequence, and scalars as their format reads them. Comments stand where they are written.
type (
	mapping  []entry
	sequence []any
	entry    struct {
		key string
		// Instead of a key.
		comment *comment
		value   any
	}
	comment struct {
		text string
		// It stands behind a value.
		isInline bool
	}
)

// Document is a file that SOPS encrypted.
type Document struct {
	parts []mapping
	facts facts
}

// Value is one that was encrypted.
type Value struct {
	// From the root: keys, and indices of lists without comments.
	Path []string
	// A string, int, float64, bool, []byte or time.Time.
	Plain any
}

// ErrTooLarge is for what has more values or depth than is read.
var ErrTooLarge = errors.New("it holds more values, or deeper ones, than are read")

// Read takes an encrypted file apart.
func Read(text []byte, format Format) (*Document, error) {
	parts, err := readParts(text, format)
	if err != nil {
		return nil, err
	}
	raw, err := takeMetadata(parts, format)
	if err != nil {
		return nil, err
	}
	facts, err := readFacts(raw)
	if err != nil {
		return nil, err
	}
	return &Document{parts: parts, facts: facts}, nil
}

func readParts(text []byte, format Format) ([]mapping, error) {
	switch format {
	case Dotenv:
		return readDotenv(text)
	case INI:
		return readINI(text)
	case YAML:
		return readYAML(text)
	default:
		return readJSON(text)
	}
}

// Write gives the document in a format, as SOPS does for what it decrypted.
func (d *Document) Write(format Format) ([]byte, error) {
	if format == YAML {
		return writeYAML(d.parts)
	}
	if len(d.parts) == 0 {
		return nil, errors.New("it holds nothing")
	}
	switch format {
	case Dotenv:
		return writeDotenv(d.parts[0])
	case INI:
		return writeINI(d.parts)
	case JSON:
		return writeJSON(d.parts[0])
	default:
		return writeBinary(d.parts)
	}
}

// writeBinary gives the one text of a binary file.
func writeBinary(parts []mapping) ([]byte, error) {
	if len(parts) != 1 {
		return nil, errors.New("a binary file has one part")
	}
	for _, item := range parts[0] {
		if item.comment == nil && item.key == "data" {
			text, isText := item.value.(string)
			if !isText {
				return nil, errors.New("the content of a binary file is no text")
			}
			return []byte(text), nil
		}
	}
	return nil, errors.New("a binary file has a key called data")
}

const (
	metadataKey    = "sops"
	metadataPrefix = "sops_"
)

// takeMetadata removes SOPS' own part from the document and gives it.
func takeMetadata(parts []mapping, format Format) (mapping, error) {
	var found mapping
	for index, part := range parts {
		kept := make(mapping, 0, len(part))
		for _, item := range part {
			isMetadata := item.comment == nil && item.key == metadataKey
			if format == Dotenv {
				isMetadata = item.comment == nil && strings.HasPrefix(item.key, metadataPrefix)
			}
			switch {
			case !isMetadata || format == Dotenv && index > 0:
				kept = append(kept, item)
			case format == Dotenv:
				found = append(found, entry{key: strings.TrimPrefix(item.key, metadataPrefix), value: item.value})
			case index == 0:
				its, isMapping := item.value.(mapping)
				if !isMapping || found != nil {
					return nil, errors.New("its field sops is no mapping, or there twice")
				}
				found = its
			}
		}
		parts[index] = kept
	}
	if found == nil {
		return nil, errors.New("it has no metadata of SOPS")
	}
	switch format {
	case Dotenv:
		return unflatten(found)
	case INI:
		for index, item := range found {
			if text, isText := item.value.(string); isText {
				found[index].value = strings.ReplaceAll(text, `\n`, "\n")
			}
		}
		return unflatten(found)
	}
	return found, nil
}

// counter counts what is read.
type counter struct{ nodes int }

func (c *counter) add(depth int) error {
	c.nodes++
	if c.nodes > maxNodes || depth > maxDepth {
		return ErrTooLarge
	}
	return nil
}

// textOf writes a scalar where there are texts only.
func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return floatText(value)
	case bool:
		if value {
			return "true"
		}
		return "false"
	}
	if text, isTime := timeText(value); isTime {
		return text
	}
	return fmt.Sprintf("%v", value)
}
