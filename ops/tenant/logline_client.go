package tenant

// Connected tells who made the request that a line of Kafka's request log is about, and on which connection, as Kafka names it: "LOCAL:PORT-REMOTE:PORT-N". ok is false
// for a line that is no completed request.
func Connected(line []byte) (connection string, who Caller, ok bool) {
	l, ok := readCompleted(line)
	return l.Connection, Caller{Principal: l.Principal, ClientID: l.Header.ClientID}, ok
}
