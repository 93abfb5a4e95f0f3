package applicationset

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// validate says which Applications the controller does not create: those of one name, all of them; those whose project or
// cluster does not exist.
func (g *generation) validate() {
	first := map[string]generatedApplication{}
	for _, made := range g.generated {
		application := made.application
		if twin, taken := first[application.Name]; taken {
			g.reject(application.Name, fmt.Sprintf("ApplicationSet %s contains applications with duplicate name: %s", g.set.Name, application.Name),
				"; none of them is created: "+distinguish(twin.given, made.given))
			continue
		}
		first[application.Name] = made
		if project := application.Spec.Project; !g.projectExists(project) {
			g.reject(application.Name, fmt.Sprintf("application references project %s which does not exist", project), "")
			continue
		}
		if _, err := g.clusters.resolve(application.Spec.Destination); err != nil {
			g.reject(application.Name, "application destination spec is invalid: "+err.Error(), g.clusters.suggest(application.Spec.Destination))
			if unknown, is := errors.AsType[*unknownCluster](err); is {
				g.output.UnknownClusters[application.Name] = unknown.Cluster
			}
		}
	}
	g.noteNames()
}

func (g *generation) reject(name, reason, hint string) {
	_, rejected := g.output.Invalid[name]
	g.output.Invalid[name] = reason
	delete(g.output.UnknownClusters, name)
	if !rejected {
		g.output.Findings = append(g.output.Findings, Finding{Code: codeApplication, Message: reason + hint, Application: name})
	}
}

// distinguish names what differs between the parameters of two Applications of one name.
func distinguish(a, b params) string {
	flatA, flatB := flatten(a), flatten(b)
	var differing []string
	for _, key := range slices.Sorted(maps.Keys(flatA)) {
		if flatA[key] != flatB[key] {
			differing = append(differing, key)
		}
	}
	if len(differing) == 0 {
		return "their parameters are the same"
	}
	return "their parameters differ in " + strings.Join(differing[:min(len(differing), 5)], ", ") + ", which the name could use"
}

// noteNames tells of names that the API server refuses; Argo CD finds out when it creates them.
func (g *generation) noteNames() {
	for _, made := range g.generated {
		if problems := validation.IsDNS1123Subdomain(made.application.Name); len(problems) > 0 {
			g.output.Findings = append(g.output.Findings, Finding{
				Code:        codeApplication,
				Message:     fmt.Sprintf("%q cannot be the name of an Application: %s", made.application.Name, problems[0]),
				Application: made.application.Name,
			})
		}
	}
}

// suggest finds the cluster that a destination probably means.
func (r registry) suggest(destination Destination) string {
	if hasPlaceholder(destination.Server) || hasPlaceholder(destination.Name) {
		return "; its placeholder was not filled"
	}
	for _, secret := range r.secrets {
		switch {
		case secret.Broken && (secret.Name == destination.Name && destination.Name != "" || sameServer(secret.Server, destination.Server)):
			return fmt.Sprintf("; the Secret %s names it, but its config cannot be read", secret.SecretName)
		case destination.Name == "" && secret.Name == destination.Server:
			return fmt.Sprintf("; that is the name of a cluster: it belongs into destination.name, its server is %s", secret.Server)
		case destination.Server == "" && sameServer(secret.Server, destination.Name):
			return fmt.Sprintf("; that is the server of the cluster %s: it belongs into destination.server", secret.Name)
		}
	}
	return ""
}

func sameServer(a, b string) bool {
	return a != "" && strings.TrimRight(a, "/") == strings.TrimRight(b, "/")
}

func hasPlaceholder(text string) bool {
	return hasTagOnOneLine.MatchString(text) || strings.Contains(text, noValue)
}

// noteClusters tells of Secrets that hide one another: generators know clusters by name alone.
func (g *generation) noteClusters() {
	byName := map[string][]string{}
	for _, secret := range g.clusters.secrets {
		byName[secret.Name] = append(byName[secret.Name], secret.SecretName)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if secrets := byName[name]; len(secrets) > 1 && g.usesClusters() {
			g.output.Findings = append(g.output.Findings, Finding{Code: codeCluster, Message: fmt.Sprintf(
				"%d cluster Secrets have the name %q (%s): generators see one of them, it is not said which",
				len(secrets), name, strings.Join(secrets, ", "))})
		}
	}
}

func (g *generation) usesClusters() bool {
	return strings.Contains(string(g.input.ApplicationSet), `"clusters"`)
}
