package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// remoteFiles stands for the network of kustomize's loader, which uses Go's default: there is no other one here.
type remoteFiles struct{ files *treeFileSystem }

// The one file of a tree that holds a remote file.
const remoteFileName = "file"

// serveRemoteFiles lets kustomize load URLs from where the host has them, until what it returns is called.
func serveRemoteFiles(files *treeFileSystem) (stop func()) {
	before := http.DefaultTransport
	http.DefaultTransport = remoteFiles{files: files}
	return func() { http.DefaultTransport = before }
}

func (r remoteFiles) RoundTrip(request *http.Request) (*http.Response, error) {
	name := request.URL.String()
	response := &http.Response{
		Request: request, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		StatusCode: http.StatusNotFound, Status: http.StatusText(http.StatusNotFound), Header: http.Header{}, Body: http.NoBody,
	}
	if isSurelyRepository(name) {
		return response, nil
	}
	text, err := r.files.remoteFile(name, "")
	var failure *remoteFailure
	if errors.As(err, &failure) {
		return response, nil
	}
	if err != nil {
		return nil, err
	}
	response.StatusCode, response.Status = http.StatusOK, http.StatusText(http.StatusOK)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return response, nil
}

// remoteFile gives a file by its URL, errRemoteNeeded or a remoteFailure. by: who names it.
func (t *treeFileSystem) remoteFile(name, by string) ([]byte, error) {
	file := fileURL(name)
	index, err := remoteSource(remoteReference{Type: "file", URL: file, File: by})
	var failure *remoteFailure
	switch {
	case errors.As(err, &failure):
		t.remotes.failures[file] = failure
	case errors.Is(err, errRemoteNeeded):
		t.remotes.awaited[file] = true
	}
	if err != nil {
		return nil, err
	}
	return sourceTree(index).read(remoteFileName)
}

// fileURL gives a URL as kustomize asks for it.
func fileURL(name string) string {
	parsed, err := url.ParseRequestURI(name)
	if err != nil {
		return name
	}
	return parsed.String()
}
