package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gitops-drift-exporter/sandbox/sops"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// fluxKey is a file of keys that the config names.
type fluxKey struct {
	// The file, for messages.
	File string `json:"file"`
	Text string `json:"text"`
}

// fluxDecryptor decrypts what kustomize-controller decrypts, with keys of the config.
type fluxDecryptor struct {
	keys *sops.Keys
	// Something was decrypted: what upstream's code says from then on may quote it.
	used bool
	// Values that went into the build, and may be anywhere in what came of it.
	spread spreadValues
}

func newFluxDecryptor(files []fluxKey) (*fluxDecryptor, error) {
	keys := &sops.Keys{}
	for _, file := range files {
		if err := keys.Add(file.Text); err != nil {
			return nil, &codedError{Code: "GDE_DECRYPTION_KEY", Message: fmt.Sprintf("%s of decryption.keys: %v", file.File, err)}
		}
	}
	return &fluxDecryptor{keys: keys}, nil
}

// open decrypts a text and writes it in another format.
func (d *fluxDecryptor) open(text []byte, from, to sops.Format) ([]byte, []sops.Value, error) {
	document, err := sops.Read(text, from)
	if err != nil {
		return nil, nil, err
	}
	values, err := document.Decrypt(d.keys)
	if err != nil {
		return nil, nil, err
	}
	d.used = true
	plain, err := document.Write(to)
	return plain, values, err
}

// codedDecryption tells a missing key from what is broken.
func codedDecryption(err error, about, file string) error {
	code := "GDE_RENDER_DECRYPTION"
	var missing *sops.KeyError
	switch {
	case errors.As(err, &missing):
		code = "GDE_DECRYPTION_KEY"
	case errors.Is(err, sops.ErrTooLarge):
		code = "GDE_TOO_LARGE"
	}
	return &codedError{Code: code, Message: about + err.Error(), File: file}
}

// guard replaces errors, and panics, of upstream's code that may quote what was decrypted.
func (d *fluxDecryptor) guard(call func() error) (err error) {
	defer func() {
		thrown := recover()
		switch {
		case !d.used && thrown != nil:
			panic(thrown)
		case thrown != nil:
			err = errNotTold("", 0)
		case d.used && err != nil:
			err = withoutPlainText(err)
		}
	}()
	return call()
}

// Errors that this program worded, without values.
var wordedCodes = []string{"GDE_RENDER_DECRYPTION", "GDE_DECRYPTION_KEY", "GDE_TOO_LARGE"}

func withoutPlainText(err error) error {
	var coded *codedError
	if !errors.As(err, &coded) {
		return errNotTold("", 0)
	}
	if slices.Contains(wordedCodes, coded.Code) {
		return err
	}
	return errNotTold(coded.File, coded.Line)
}

func errNotTold(file string, line int) error {
	return &codedError{
		Code:    "GDE_RENDER_KUSTOMIZE",
		Message: "it cannot be built; why is not told, since decrypted values would be in it",
		File:    file,
		Line:    line,
	}
}

// decryptionOf is what is known of a resource after the controller's decryption.
type decryptionOf struct {
	// Values stand in it that nobody here can decrypt.
	encrypted bool
	// JSON pointers of such values, where they do not look it.
	unknown []string
	// JSON pointers of values that were decrypted.
	decrypted []string
}

// decryptResource does after the build what the controller does with each resource. Where no key fits, SOPS' own field is removed and
// the values stay.
func (d *fluxDecryptor) decryptResource(resources resmap.ResMap, res *resource.Resource) (decryptionOf, error) {
	if strings.EqualFold(res.GetAnnotations()[kustomizeGroup+"/decrypt"], disabledValue) {
		return decryptionOf{}, nil
	}
	var found decryptionOf
	var err error
	switch {
	case isSOPSEncrypted(res):
		found, err = d.decryptWhole(res)
	case res.GetKind() == "Secret":
		found, err = d.decryptData(res)
	default:
		return decryptionOf{}, nil
	}
	if err == nil {
		_, err = resources.Replace(res)
	}
	return found, err
}

func (d *fluxDecryptor) decryptWhole(res *resource.Resource) (decryptionOf, error) {
	subject := fmt.Sprintf("%s %s: ", res.GetKind(), res.GetName())
	text, err := res.MarshalJSON()
	if err != nil {
		return decryptionOf{}, err
	}
	plain, values, err := d.open(text, sops.JSON, sops.JSON)
	var missing *sops.KeyError
	if errors.As(err, &missing) {
		return decryptionOf{encrypted: true}, res.PipeE(kyaml.Clear("sops"))
	}
	if err != nil {
		return decryptionOf{}, codedDecryption(err, subject, "")
	}
	if err := res.UnmarshalJSON(plain); err != nil {
		return decryptionOf{}, codedDecryption(errors.New("what it is decrypted to is no object"), subject, "")
	}
	var found decryptionOf
	for _, value := range values {
		if pointer := pointerOf(value.Path); len(value.Path) > 0 && !isIdentity(pointer) {
			found.decrypted = append(found.decrypted, pointer)
		}
	}
	return found, nil
}

// decryptData decrypts files in a Secret, which are redacted like all that is in it.
func (d *fluxDecryptor) decryptData(res *resource.Resource) (decryptionOf, error) {
	var found decryptionOf
	data := res.GetDataMap()
	for key, value := range data {
		content, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			continue
		}
		format, isEncrypted := detectSOPS(content)
		if !isEncrypted {
			continue
		}
		plain, _, err := d.open(content, format, sopsFormatOf(key))
		var missing *sops.KeyError
		if errors.As(err, &missing) {
			found.unknown = append(found.unknown, pointerOf([]string{"data", key}))
			continue
		}
		if err != nil {
			return decryptionOf{}, codedDecryption(err, fmt.Sprintf("%s of Secret %s: ", key, res.GetName()), "")
		}
		data[key] = base64.StdEncoding.EncodeToString(plain)
	}
	res.SetDataMap(data)
	slices.Sort(found.unknown)
	return found, nil
}

// isIdentity is for what objects are found by.
func isIdentity(pointer string) bool {
	return slices.Contains([]string{"/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"}, pointer)
}

func pointerOf(tokens []string) string {
	var pointer strings.Builder
	for _, token := range tokens {
		pointer.WriteByte('/')
		pointer.WriteString(strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1"))
	}
	return pointer.String()
}

// spreadValues are those that were decrypted before the build. Patches put them anywhere, replacements and vars copy them.
type spreadValues struct {
	// As they are printed.
	exact map[string]bool
	// Long enough to be looked for inside of others.
	parts []string
}

// A shorter value is found by chance.
const shortestPart = 6

func (s *spreadValues) add(values []sops.Value, whole []byte) {
	if s.exact == nil {
		s.exact = map[string]bool{}
	}
	texts := []string{string(whole), strings.TrimSpace(string(whole))}
	for _, value := range values {
		texts = append(texts, printed(value.Plain))
	}
	for _, text := range texts {
		encoded := base64.StdEncoding.EncodeToString([]byte(text))
		for _, form := range []string{text, encoded} {
			if s.exact[form] {
				continue
			}
			s.exact[form] = true
			if len(form) >= shortestPart {
				s.parts = append(s.parts, form)
			}
		}
	}
	delete(s.exact, "")
}

func printed(value any) string {
	switch value := value.(type) {
	case []byte:
		return string(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// pointersIn gives where the values went in an object.
func (s *spreadValues) pointersIn(object map[string]any) []string {
	if len(s.exact) == 0 {
		return nil
	}
	var found []string
	s.collect(object, nil, &found)
	return found
}

func (s *spreadValues) collect(value any, path []string, found *[]string) {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			s.collect(below, append(slices.Clone(path), key), found)
		}
	case []any:
		for index, below := range value {
			s.collect(below, append(slices.Clone(path), strconv.Itoa(index)), found)
		}
	case nil:
	default:
		pointer := pointerOf(path)
		if text := printed(value); s.holds(text) && !isIdentity(pointer) {
			*found = append(*found, pointer)
		}
	}
}

func (s *spreadValues) holds(text string) bool {
	return s.exact[text] || slices.ContainsFunc(s.parts, func(part string) bool { return strings.Contains(text, part) })
}
