// Package format writes numbers and words for people: on screens, in tables and in sentences. Each kind of figure is
// written in one way, by one function: 1,204 partitions, 18.2GB, 4m12s, 99%, ?? for what is unknown. It must not know
// what the figures are about, and it imports nothing but the rule of what is printable. JSON and CSV hold bare digits and don't use it.
//
// Start reading at number.go.
package format
