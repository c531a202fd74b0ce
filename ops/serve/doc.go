// Package serve shows what a watch knows of a cluster to programs: as metrics in Prometheus' text format (/metrics), as the document of
// kdeck status (/verdict), that of kdeck probe (/probe), and whether it is looking at all (/healthz).
//
// It asks the cluster nothing: a scrape costs the cluster no request, however often it comes. What it must never do: show a figure that
// isn't known as 0; make more series than its bounds ([MaxGroups], [MaxFindings], [MaxBrokers]), which a metric says were left out; put
// a text into a label that isn't printable, or a secret: all that it writes goes through a mask.
//
// Start reading at [Handler], then at collect.go.
package serve
