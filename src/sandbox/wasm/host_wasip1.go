package main

import "unsafe"

//go:wasmimport gde list
func hostList(source int32, path unsafe.Pointer, pathLength int32) int32

//go:wasmimport gde read
func hostRead(source int32, path unsafe.Pointer, pathLength int32) int32

//go:wasmimport gde resolve
func hostResolve(source int32, path unsafe.Pointer, pathLength int32) int32

//go:wasmimport gde remote
func hostRemote(reference unsafe.Pointer, length int32) int32

//go:wasmimport gde take
func hostTake(into unsafe.Pointer)

func init() {
	host = hostFunctions{list: hostList, read: hostRead, resolve: hostResolve, remote: hostRemote, take: hostTake}
}
