package applicationset

import (
	"maps"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

// templateFunctions are sprig's without those that look at the environment or the network, and Argo CD's own. The given ones
// replace sprig's of the same name.
func templateFunctions(given template.FuncMap) template.FuncMap {
	functions := template.FuncMap(sprig.GenericFuncMap())
	maps.Copy(functions, given)
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	functions["normalize"] = normalize
	functions["slugify"] = slugify
	functions["toYaml"] = toYaml
	functions["fromYaml"] = fromYaml
	functions["fromYamlArray"] = fromYamlArray
	return functions
}

var notInDNSName = regexp.MustCompile(`[^-a-z0-9.]`)

// normalize makes a DNS-1123 name: at most 253 bytes of lower case letters, digits, '-' and '.', with neither at the ends.
func normalize(name string) string {
	name = notInDNSName.ReplaceAllString(strings.ToLower(name), "-")
	if len(name) > 253 {
		name = name[:253]
	}
	return strings.Trim(name, "-.")
}

var dashRun = regexp.MustCompile(`-+`)

// slugify takes [length [smart]] name. Argo CD normalizes the name before it calls github.com/gosimple/slug, so of all that
// the library does only this is left: dots become dashes, runs of dashes one, and the result is cut, smartly at a dash.
// A panic (an argument of another type, a negative length) is an error of the template.
func slugify(arguments ...any) string {
	length, smart, name := 50, true, ""
	for index, argument := range arguments {
		switch index {
		case len(arguments) - 1:
			name = argument.(string)
		case 0:
			length = argument.(int)
		case 1:
			smart = argument.(bool)
		}
	}
	slug := normalize(name)
	if !smart && len(slug) >= length {
		slug = slug[:length]
	}
	slug = strings.ReplaceAll(slug, ".", "-")
	slug = strings.Trim(dashRun.ReplaceAllString(slug, "-"), "-")
	if !smart || length <= 0 || len(slug) <= length {
		return slug
	}
	if dash := strings.LastIndexByte(slug[:length+1], '-'); dash >= 0 {
		return slug[:dash]
	}
	return slug[:length]
}

func toYaml(value any) (string, error) {
	text, err := yaml.Marshal(value)
	return strings.TrimSuffix(string(text), "\n"), err
}

func fromYaml(text string) (map[string]any, error) {
	value := map[string]any{}
	err := yaml.Unmarshal([]byte(text), &value)
	return value, err
}

func fromYamlArray(text string) ([]any, error) {
	value := []any{}
	err := yaml.Unmarshal([]byte(text), &value)
	return value, err
}
