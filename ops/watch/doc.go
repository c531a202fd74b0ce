// Package watch looks at a cluster and makes one immutable state of what the brokers say: once ([Look]), or again and again ([Watch]).
// A command that looks once polls the metrics with [Poll] and its relatives in usage.go.
//
// A look is the load that kdeck puts on a cluster, so it is bounded: at most 4 requests, 2 more for each broker, and 1
// more for every 1,000 topics begun. Optional requests are left out where they would exceed that, and listed as unknown. A broker
// whose log dirs don't show which broker it is (identity.go) is asked for that, once for each connection, with 2 requests.
//
// While it looks, a [Watch] polls the brokers' metrics, reads the quota records once a minute, and reads the brokers' configs
// every ten minutes, one broker after the other. Once a minute, or every ten seconds while somebody looks at it, it asks each broker for
// the groups that it coordinates, what these have committed, and where the logs end that it leads; once a minute also where committed
// records end (held_back.go), and how old what isn't read is where a status rests on it. None of these waits for another, and all of it
// counts as spent. [Clients] is the same for a command.
//
// What watch must never do: change anything; wait for one broker longer than its own deadline; believe a broker about
// what it can't know; or show something as zero, or as healthy, that it could not read. A broker that is dead, slow, silent or
// answers nonsense costs its own data only, which is then unknown, or old and marked with its age.
//
// Start reading at look.go for what is asked and in which order, then assemble.go for what is made of it; watch.go for what
// goes on beside, and metrics.go for the polls of the metrics.
package watch
