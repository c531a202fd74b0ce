// Package watch looks at a cluster and makes of what the brokers say one immutable state: once ([Look]), or again and
// again ([Watch]).
//
// A look is the load that kdeck puts on a cluster, so it is bounded: at most 4 requests, 2 more for each broker, and 1
// more for every 1,000 topics begun. What of it is optional is left out where the bound would be passed, and said.
//
// While it looks, a [Watch] polls the brokers' metrics, reads the quota records once a minute, and reads the brokers' configs
// every ten minutes, one broker after the other. None of these waits for another, and all of it counts as spent.
//
// What watch must never do: change anything; wait for one broker longer than its own deadline; take a broker's word for
// more than it can know; or call something zero, or well, that it could not read. A broker that is dead, slow, silent or
// answers nonsense costs its own data only, which is then unknown, or old and marked with its age.
//
// Start reading at look.go for what is asked and in which order, then assemble.go for what is made of it; watch.go for what
// goes on beside, and metrics.go for the polls of the metrics.
package watch
