package main

import "gitops-drift-exporter/sandbox/applicationset"

func init() { register("appset", runAppset) }

// runAppset computes what Argo CD makes of one ApplicationSet.
func runAppset(input applicationset.Input) (applicationset.Output, error) {
	host := applicationset.Host{Files: appsetFiles{}, Functions: worldFunctions()}
	return applicationset.Generate(input, host), nil
}

type appsetFiles struct{}

func (appsetFiles) List(source int, folder string) ([]applicationset.Entry, error) {
	listed, err := listFolder(source, folder)
	if err != nil {
		return nil, err
	}
	entries := make([]applicationset.Entry, 0, len(listed))
	for _, entry := range listed {
		entries = append(entries, applicationset.Entry{Name: entry.Name, Folder: entry.Type == "directory"})
	}
	return entries, nil
}

func (appsetFiles) Read(source int, file string) ([]byte, error) { return readFile(source, file) }

func (appsetFiles) Resolve(source int, name string) (string, error) { return resolvePath(source, name) }
