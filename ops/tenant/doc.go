// Package tenant knows client quotas as Kafka applies them: which of the eight levels binds a client, for each type of
// quota by itself; which metrics show what a client uses; how near that is to the limit, on each broker; and what would
// be throttled under other quotas.
//
// It is pure: what was read comes in, rows come out. It must never take a series for a client that the tags don't name,
// and never show a limit that Kafka would not apply to that series.
//
// Start reading at quota.go, then level.go (precedence), usage.go (the join).
package tenant
