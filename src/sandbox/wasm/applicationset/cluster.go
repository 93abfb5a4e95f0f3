package applicationset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

const (
	inClusterName   = "in-cluster"
	inClusterServer = "https://kubernetes.default.svc"
	secretTypeLabel = "argocd.argoproj.io/secret-type"
)

// Annotations of cluster Secrets that are no parameters: Argo CD's and kubectl's own state.
var hiddenAnnotations = []string{
	"argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate", "argocd.argoproj.io/tracking-id",
	"argocd.argoproj.io/installation-id", "kubectl.kubernetes.io/last-applied-configuration",
}

// runClusters gives one set for each cluster Secret of Argo CD's namespace, and one for the cluster it runs in, which needs
// no Secret. A selector chooses Secrets by label, so it leaves that cluster out.
func (g *generation) runClusters(clusters *ClusterGenerator) ([]params, error) {
	withType := metav1.AddLabelToSelector(clusters.Selector.DeepCopy(), secretTypeLabel, "cluster")
	selector, err := metav1.LabelSelectorAsSelector(withType)
	if err != nil {
		return nil, fmt.Errorf("error getting cluster secrets: error converting label selector: %w", err)
	}
	chosen := map[string]ClusterSecret{}
	for _, secret := range g.clusters.secrets {
		if selector.Matches(labels.Set(secret.Labels)) {
			chosen[secret.Name] = secret
		}
	}
	var sets []params
	hasInCluster := false
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		hasInCluster = hasInCluster || chosen[name].Server == inClusterServer
		sets = append(sets, g.clusterParameters(chosen[name]))
	}
	if len(clusters.Selector.MatchLabels)+len(clusters.Selector.MatchExpressions) == 0 && !hasInCluster {
		sets = append(sets, params{
			"name": inClusterName, "nameNormalized": inClusterName, "server": inClusterServer, "project": "",
		})
	}
	for _, set := range sets {
		if err := g.addValues(clusters.Values, set); err != nil {
			return nil, fmt.Errorf("error appending templated values for cluster: %w", err)
		}
	}
	if clusters.FlatList {
		return []params{{"clusters": sets}}, nil
	}
	return sets, nil
}

func (g *generation) clusterParameters(secret ClusterSecret) params {
	given := params{
		"name": secret.Name, "nameNormalized": normalize(secret.Name), "server": secret.Server, "project": secret.Project,
	}
	annotations := maps.Clone(secret.Annotations)
	maps.DeleteFunc(annotations, func(key, _ string) bool { return slices.Contains(hiddenAnnotations, key) })
	if g.set.Spec.GoTemplate {
		metadata := map[string]any{}
		// Hidden annotations alone still give an (empty) map.
		if len(secret.Annotations) > 0 {
			metadata["annotations"] = annotations
		}
		if len(secret.Labels) > 0 {
			// mergo merges into the maps of a parameter set.
			metadata["labels"] = maps.Clone(secret.Labels)
		}
		given["metadata"] = metadata
		return given
	}
	for key, value := range annotations {
		given["metadata.annotations."+key] = value
	}
	for key, value := range secret.Labels {
		given["metadata.labels."+key] = value
	}
	return given
}

// registry is what Argo CD knows of clusters.
type registry struct {
	// Those of Argo CD's namespace, by name of the Secret.
	secrets           []ClusterSecret
	inClusterDisabled bool
}

func newRegistry(input Input) registry {
	known := registry{inClusterDisabled: input.Settings.InClusterDisabled}
	for _, secret := range input.ClusterSecrets {
		if secret.Namespace == input.Namespace && secret.Labels[secretTypeLabel] == "cluster" {
			known.secrets = append(known.secrets, secret)
		}
	}
	slices.SortStableFunc(known.secrets, func(a, b ClusterSecret) int { return strings.Compare(a.SecretName, b.SecretName) })
	return known
}

// unknownCluster is the error that another cluster Secret would mend.
type unknownCluster struct {
	// Cluster is its name or its server, as the destination has it.
	Cluster string
	message string
}

func (u *unknownCluster) Error() string { return u.message }

// resolve gives the server of a destination, or why Argo CD finds no cluster for it.
func (r registry) resolve(destination Destination) (string, error) {
	name, server := destination.Name, strings.TrimRight(destination.Server, "/")
	switch {
	case name != "" && destination.Server != "":
		return "", fmt.Errorf("application destination can't have both name and server defined: %s %s", name, destination.Server)
	case name == "" && destination.Server == "":
		return "", fmt.Errorf("destination server missing from app spec")
	case name != "":
		servers := r.serversByName(name)
		if len(servers) == 0 {
			return "", &unknownCluster{name, "there are no clusters with this name: " + name}
		}
		if len(servers) > 1 {
			return "", fmt.Errorf("there are %d clusters with the same name: [%s]", len(servers), strings.Join(servers, " "))
		}
		server = servers[0]
	}
	if !r.hasServer(server) {
		cluster := destination.Server + name
		return "", &unknownCluster{cluster, fmt.Sprintf("cluster %q not found", cluster)}
	}
	return server, nil
}

func (r registry) serversByName(name string) []string {
	var servers []string
	for _, secret := range r.secrets {
		server := strings.TrimRight(secret.Server, "/")
		if secret.Name == name && !secret.Broken && !(server == inClusterServer && r.inClusterDisabled) {
			servers = append(servers, server)
		}
	}
	if len(servers) == 0 && name == inClusterName && !r.inClusterDisabled {
		return []string{inClusterServer}
	}
	return servers
}

func (r registry) hasServer(server string) bool {
	if server == inClusterServer {
		return !r.inClusterDisabled
	}
	return slices.ContainsFunc(r.secrets, func(secret ClusterSecret) bool {
		return !secret.Broken && strings.TrimRight(secret.Server, "/") == server
	})
}
