// Package config finds out which cluster is meant and how to reach it: named contexts in kdeck's own file, a
// Java client.properties, -X key=value, the JAAS line inside, and the secrets that these refer to.
//
// It reads and writes files, and opens no connection. It never prints a secret: see [Secret]. What it doesn't
// understand it refuses, naming the word and where it stands, before anything is sent anywhere.
//
// Start reading at [Resolve], which returns a [Cluster].
package config
