// Package config finds out which cluster is meant and how to reach it. Its sources are the named contexts in kdeck's own file, a Java
// client.properties with its JAAS line, -X key=value, and the secrets that these refer to.
//
// It reads and writes files, and opens no connection. It never prints a secret: see [Secret]. Anything that it doesn't understand is
// an error that names the word and its place, before anything is sent.
//
// Start reading at [Resolve], which returns a [Cluster].
package config
