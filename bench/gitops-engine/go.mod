module gitops-drift-exporter/bench/gitops-engine

go 1.26.8

require github.com/argoproj/gitops-engine v0.7.3 // indirect
