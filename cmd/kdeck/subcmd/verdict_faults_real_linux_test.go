package subcmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"

	"kdeck/ops/kafkatest"
)

// verdictFaults are what goes wrong on real clusters, in the order of issue 15, and what a right status says of it.
var verdictFaults = []verdictFault{
	{name: "nothing-idle", quiet: 30 * time.Second,
		inject: func(r *verdictRound) { must(r.t, r.load.Stop()) },
		heal:   func(r *verdictRound) { r.startLoad() },
		says:   said{verdict: "healthy"}, blind: &said{verdict: "healthy", unseen: "threads"}},
	{name: "nothing-full-load", quiet: 30 * time.Second, inject: (*verdictRound).fullLoad,
		says: said{verdict: "healthy"}, blind: &said{verdict: "healthy", unseen: "threads"}},
	{name: "rolling-restart", inject: (*verdictRound).rollingRestart, says: said{verdict: "healthy"}},

	{name: "broker-killed", inject: func(r *verdictRound) { r.kill(1) }, heal: func(r *verdictRound) { r.start(1) },
		says: said{verdict: "degraded", code: "broker-down", words: "Broker 1 is down", fault: "kafka", next: "^start broker 1 again"}},
	{name: "broker-frozen", inject: func(r *verdictRound) { r.pause(2) },
		says: said{verdict: "degraded", code: "broker-down", words: "Broker 2 is down", fault: "kafka", next: "broker 2"}},
	{name: "two-brokers-killed", inject: func(r *verdictRound) { r.kill(1); r.kill(2) }, heal: func(r *verdictRound) { r.start(1, 2) },
		says: said{verdict: "critical", code: "leaderless-partitions", words: "pair/0", fault: "kafka", next: "^start brokers? [12].* again"}},
	{name: "sole-copy-dead", inject: (*verdictRound).soleCopyDead, heal: func(r *verdictRound) { r.start(4); r.delete("lonely") },
		says: said{verdict: "critical", code: "leaderless-partitions", words: "lonely/0", fault: "kafka", next: "^start broker 4 again"}},
	{name: "log-dir-lost", inject: func(r *verdictRound) { must(r.t, r.Node(3).TakeLogDirAway(1)) }, heal: (*verdictRound).logDirBack,
		says: said{verdict: "degraded", code: "log-dir-offline", words: "log-1 of broker 3 is offline", fault: "disk", next: "broker 3|drain 3"}},
	{name: "leftover-throttle", inject: (*verdictRound).leftoverThrottle,
		says: said{verdict: "degraded", code: "leftover-throttle", words: "orders", next: "kdeck throttles clear"}},
	{name: "stuck-move", inject: (*verdictRound).stuckMove, heal: func(r *verdictRound) { r.start(4) },
		says: said{verdict: "degraded", code: "stuck-move", words: "broker 4 can't take replicas", fault: "kafka", next: "^start broker 4 again; if it can't be started: kdeck moves cancel pair/0"}},
	{name: "min-isr-above-rf", inject: func(r *verdictRound) {
		must(r.t, r.CreateTopics(r.t.Context(), kafkatest.Topic{Name: "strict", Assignment: [][]int32{{1, 2}}, Configs: map[string]string{"min.insync.replicas": "3"}}))
	}, heal: func(r *verdictRound) { r.delete("strict") },
		says: said{verdict: "degraded", code: "min-isr-above-rf", words: "strict", next: "min.insync.replicas|kdeck"}},

	{name: "controller-killed", inject: (*verdictRound).killController,
		says: said{verdict: "degraded", code: "voter-silent", words: "Controller 300[123]", fault: "kafka", next: "kdeck quorum"}},
	{name: "quorum-lost", inject: (*verdictRound).killQuorum,
		says: said{verdict: "critical", code: "no-controller", words: "controller", fault: "kafka", next: "kdeck quorum"}},

	// How short of time the broker is depends on what else runs on the machine: below 10 % idle it is degraded, below 30 % the tenant is named.
	{name: "small-requests", inject: (*verdictRound).smallRequests,
		says:  said{verdict: "healthy|degraded", code: "request-handlers-busy|network-threads-busy", words: "[uU]ser billing", fault: "tenant", next: "kdeck quota explain --user billing"},
		blind: &said{verdict: "healthy", unseen: "threads"}},
	{name: "tenant-at-quota", inject: (*verdictRound).tenantAtQuota,
		says:  said{verdict: "healthy", code: "clients-throttled", words: "[uU]ser orders .*is throttled by its quota", fault: "client", next: "kdeck quota explain --user orders"},
		blind: &said{verdict: "healthy", unseen: "quotas"}},
	{name: "connection-storm", inject: (*verdictRound).connectionStorm,
		says:  said{verdict: "healthy|degraded", code: "connection-storm", words: "PLAINTEXT|127.0.0.1", next: "."},
		blind: &said{verdict: "healthy", unseen: "threads"}},
	{name: "wrong-password", inject: (*verdictRound).wrongPassword,
		says:  said{verdict: "healthy|degraded", code: "failed-logins", words: "SASL_SSL", next: "."},
		blind: &said{verdict: "healthy", unseen: "threads"}},
	{name: "hot-partition", inject: (*verdictRound).hotPartition,
		says:  said{verdict: "healthy|degraded", code: "uneven-load", words: "t/0|[bB]roker 1", next: "."},
		blind: &said{verdict: "healthy", unseen: "threads"}},

	{name: "certificate-expired", secure: true, inject: (*verdictRound).certificateExpired,
		says: said{verdict: "unknown|degraded", code: "certificate-expired", words: "[bB]roker 2(.|\\n)*certificate", next: "."}},
	{name: "delayed-path", inject: (*verdictRound).delayed,
		says: said{verdict: "healthy|degraded", code: "slow-broker|slow-path", words: "[bB]roker 3", next: "."}},
	{name: "disk-full", inject: (*verdictRound).diskFull,
		says: said{verdict: "degraded|healthy", code: "disk-nearly-full", words: "log-1 of broker 4", next: "."}},

	{name: "consumer-stopped", within: time.Minute, inject: (*verdictRound).consumerStopped,
		says: said{verdict: "healthy", code: "group-stuck|group-stopped|groups-without-members", words: "reports", fault: "client", next: "kdeck groups"}},
	// What it has to read is a minute old then at the earliest, as it is of groups that keep up and commit once a minute.
	{name: "consumer-stalled", within: 70 * time.Second, inject: (*verdictRound).consumerStalled,
		says: said{verdict: "healthy", code: "group-stuck", words: "reports has 1 member", fault: "client", next: "kdeck groups reports"}},
	{name: "hanging-transaction", inject: (*verdictRound).hangingTransaction,
		says: said{verdict: "degraded", code: "hanging-transaction", words: "pair/2", fault: "kafka", next: "kdeck transactions abort --topic pair --partition 2"}},
}

func (r *verdictRound) kill(id int32) { r.t.Helper(); must(r.t, r.Node(id).Kill()) }

// start starts brokers again, and waits until all replicas are in sync.
func (r *verdictRound) start(ids ...int32) {
	r.t.Helper()
	for _, id := range ids {
		must(r.t, r.Node(id).Start())
	}
	must(r.t, r.AwaitBrokers(r.t.Context(), ids...))
	must(r.t, r.AwaitInSync(r.t.Context()))
	client := r.client()
	_, err := kadm.NewClient(client).ElectLeaders(r.t.Context(), kadm.ElectPreferredReplica, nil) // each fault finds the same leaders
	must(r.t, err)
}

func (r *verdictRound) pause(id int32) {
	r.t.Helper()
	must(r.t, r.Node(id).Pause())
	r.after = append(r.after, func() { must(r.t, r.Node(id).Resume()) })
}

// tool runs one of Kafka's own tools, which must succeed.
func (r *verdictRound) tool(class string, args ...string) string {
	r.t.Helper()
	out, err := r.Tool(r.t.Context(), class, append([]string{"--bootstrap-server", r.Bootstrap()}, args...)...)
	must(r.t, err)
	if out.Exit != 0 {
		r.t.Fatalf("%s %v: exit %d: %s%s", class, args, out.Exit, out.Stdout, out.Stderr)
	}
	return out.Stdout
}

func (r *verdictRound) delete(topic string) {
	r.t.Helper()
	r.tool(kafkatest.TopicCommand, "--delete", "--topic", topic)
}

// client connects to the PLAINTEXT listeners until the round ends.
func (r *verdictRound) client(more ...kgo.Opt) *kgo.Client {
	r.t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(strings.Split(r.Bootstrap(), ",")...)}, more...)...)
	must(r.t, err)
	r.t.Cleanup(client.Close)
	return client
}

// beside does something until the fault is taken back.
func (r *verdictRound) beside(do func(context.Context)) {
	ctx, cancel := context.WithCancel(r.t.Context())
	var running sync.WaitGroup
	running.Go(func() { do(ctx) })
	r.after = append(r.after, func() { cancel(); running.Wait() })
}

// fullLoad writes batches of 10 kB records as fast as the brokers of a small machine take them without being short of time, and reads them.
func (r *verdictRound) fullLoad() {
	load, err := kafkatest.RunLoad(r.t.Context(), kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: r.Bootstrap(), ClientID: "bulk"}, Topics: []string{"orders"}, Rate: 800, Bytes: 10_000, Plain: true, Group: "bulk"})
	must(r.t, err)
	r.after = append(r.after, func() {
		must(r.t, load.Stop())
		r.deleteGroup("bulk")
	})
}

// rollingRestart stops and starts one broker after the other in good order. While one is away that is what a status says, and never that anything is lost.
func (r *verdictRound) rollingRestart() {
	allowed := []string{"broker-down", "broker-not-answering", "under-replicated", "metrics-not-read"}
	for _, n := range r.Brokers() {
		done := make(chan error, 1)
		go func() { done <- n.Restart(r.t.Context()) }()
		for running := true; running; {
			select {
			case err := <-done:
				must(r.t, err)
				running = false
			default:
			}
			s := r.seeing.on(r.t).statusSaid()
			if s.code == 2 || s.Verdict == "critical" {
				r.t.Errorf("while broker %d is restarted: %v", n.ID, &s)
			}
			for _, f := range s.Findings {
				another := strings.HasPrefix(f.Scope, "broker ") && f.Scope != fmt.Sprint("broker ", n.ID)
				if f.Severity == "warning" && (another || !slices.Contains(allowed, f.Code)) {
					r.t.Errorf("while broker %d is restarted: %s: %s", n.ID, f.Code, f.Sentence)
				}
			}
		}
		must(r.t, r.AwaitInSync(r.t.Context()))
	}
}

func (r *verdictRound) soleCopyDead() {
	must(r.t, r.CreateTopics(r.t.Context(), kafkatest.Topic{Name: "lonely", Assignment: [][]int32{{4}}}))
	r.kill(4)
}

func (r *verdictRound) logDirBack() {
	must(r.t, r.Node(3).Kill())
	must(r.t, r.Node(3).PutLogDirBack(1))
	r.start(3)
}

// leftoverThrottle leaves behind what a reassignment set: brokers send and take 1 kB a second of the topic's replicas that are not in sync. It starves a
// broker once that has been away.
func (r *verdictRound) leftoverThrottle() {
	must(r.t, r.Node(3).Stop())
	r.missed()
	rates := "leader.replication.throttled.rate=1000,follower.replication.throttled.rate=1000"
	for _, id := range []string{"1", "2", "4"} {
		configure(r.t, r.Cluster, "--entity-type", "brokers", "--entity-name", id, "--add-config", rates)
	}
	configure(r.t, r.Cluster, "--entity-type", "topics", "--entity-name", "orders", "--add-config", "leader.replication.throttled.replicas=*,follower.replication.throttled.replicas=*")
	r.after = append(r.after, func() {
		configure(r.t, r.Cluster, "--entity-type", "topics", "--entity-name", "orders", "--delete-config", "leader.replication.throttled.replicas,follower.replication.throttled.replicas")
		for _, id := range []string{"1", "2", "4"} {
			configure(r.t, r.Cluster, "--entity-type", "brokers", "--entity-name", id, "--delete-config", "leader.replication.throttled.rate,follower.replication.throttled.rate")
		}
		must(r.t, r.AwaitInSync(r.t.Context()))
	})
	must(r.t, r.Node(3).Start())
	must(r.t, r.AwaitBrokers(r.t.Context(), 3))
}

// missed writes 12 MB to each partition of orders: a throttle lets the first megabyte of each pass at once.
func (r *verdictRound) missed() {
	client := r.client(kgo.DefaultProduceTopic("orders"), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	for range 12 {
		var records []*kgo.Record
		for range 8 * 100 {
			records = append(records, &kgo.Record{Value: make([]byte, 10_000)})
		}
		must(r.t, client.ProduceSync(r.t.Context(), records...).FirstErr())
	}
}

// stuckMove moves a replica to a broker that is dead, which Kafka accepts.
func (r *verdictRound) stuckMove() {
	client := r.client()
	r.kill(4)
	alter := func(replicas ...int32) {
		var moves kadm.AlterPartitionAssignmentsReq
		if len(replicas) == 0 {
			moves.CancelAssign("pair", 0)
		} else {
			moves.Assign("pair", 0, replicas)
		}
		answers, err := kadm.NewClient(client).AlterPartitionAssignments(r.t.Context(), moves)
		must(r.t, err)
		must(r.t, answers.Error())
	}
	alter(1, 4)
	r.after = append(r.after, func() { alter() })
}

// leader is the controller that leads the quorum.
func (r *verdictRound) leader() int32 {
	r.t.Helper()
	var id int32
	eventually(r.t, "a controller leads", func() (bool, string) {
		out, err := r.Tool(r.t.Context(), kafkatest.MetadataQuorumCommand, "--bootstrap-server", r.Bootstrap(), "describe", "--status")
		must(r.t, err)
		for _, m := range quorumStatus.FindAllStringSubmatch(out.Stdout, -1) {
			if m[1] == "LeaderId" {
				_, err := fmt.Sscan(m[2], &id)
				must(r.t, err)
			}
		}
		return id >= kafkatest.FirstControllerID, out.Stdout + out.Stderr
	})
	return id
}

func (r *verdictRound) killController() { r.killControllers(r.leader()) }

// killQuorum kills the leader and one more of three.
func (r *verdictRound) killQuorum() {
	leader := r.leader()
	other := kafkatest.FirstControllerID + (leader-kafkatest.FirstControllerID+1)%3
	r.killControllers(leader, other)
}

func (r *verdictRound) killControllers(ids ...int32) {
	for _, id := range ids {
		r.kill(id)
	}
	r.after = append(r.after, func() {
		for _, id := range ids {
			must(r.t, r.Node(id).Restart(r.t.Context()))
		}
		r.leader()
	})
}

// smallRequests floods broker 1 with one record a request, many requests at a time. It has one request handler meanwhile, so that clients on the same few cores can keep it
// busy.
func (r *verdictRound) smallRequests() {
	configure(r.t, r.Cluster, "--entity-type", "brokers", "--entity-name", "1", "--add-config", "num.io.threads=1")
	r.after = append(r.after, func() {
		configure(r.t, r.Cluster, "--entity-type", "brokers", "--entity-name", "1", "--delete-config", "num.io.threads")
	})
	r.seeing.on(r.t).set("observe")
	r.after = append(r.after, func() { r.seeing.on(r.t).set("observe", "--off") })
	for range 4 {
		client, err := kgo.NewClient(append(saslOptions(r.t, r.Cluster, "billing", kafkatest.Password("billing")), kgo.DefaultProduceTopic("t"), kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.DisableIdempotentWrite(), kgo.RequiredAcks(kgo.LeaderAck()), kgo.MaxProduceRequestsInflightPerBroker(50), kgo.ProducerBatchMaxBytes(512), kgo.MaxBufferedRecords(200),
			kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()))...)
		must(r.t, err)
		r.t.Cleanup(client.Close)
		r.beside(func(ctx context.Context) {
			for ctx.Err() == nil {
				client.Produce(ctx, &kgo.Record{Value: make([]byte, 300)}, nil) // two are more than a batch takes; waits while 200 are on their way
			}
		})
	}
}

// tenantAtQuota writes far more than its quota lets it.
func (r *verdictRound) tenantAtQuota() {
	configure(r.t, r.Cluster, "--entity-type", "users", "--entity-name", "orders", "--add-config", "producer_byte_rate=20000")
	r.after = append(r.after, func() {
		configure(r.t, r.Cluster, "--entity-type", "users", "--entity-name", "orders", "--delete-config", "producer_byte_rate")
	})
	client := saslClient(r.t, r.Cluster, "orders")
	r.beside(func(ctx context.Context) {
		for ctx.Err() == nil {
			client.ProduceSync(ctx, &kgo.Record{Value: make([]byte, 50_000)})
		}
	})
}

// connectionStorm opens and closes connections to broker 1 as fast as it takes them, as clients do that reconnect without a pause.
func (r *verdictRound) connectionStorm() {
	for range 16 {
		r.beside(func(ctx context.Context) {
			for ctx.Err() == nil {
				client, err := kgo.NewClient(kgo.SeedBrokers(r.Node(1).Addr()), kgo.ClientID("restless"))
				if err != nil {
					r.t.Error(err)
					return
				}
				_ = client.Ping(ctx) // it may fail: broker 1 is busy
				client.Close()
			}
		})
	}
}

// wrongPassword logs in again and again with a password that isn't valid any more.
func (r *verdictRound) wrongPassword() {
	options := saslOptions(r.t, r.Cluster, "orders", "of last year")
	for range 4 {
		r.beside(func(ctx context.Context) {
			for ctx.Err() == nil {
				client, err := kgo.NewClient(append(options, kgo.ClientID("forgetful"))...)
				if err != nil {
					r.t.Error(err)
					return
				}
				_ = client.Ping(ctx)
				client.Close()
			}
		})
	}
}

// hotPartition writes to one partition far more than all others get.
func (r *verdictRound) hotPartition() {
	client := r.client(kgo.ClientID("hot"), kgo.DefaultProduceTopic("t"), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(64))
	r.beside(func(ctx context.Context) {
		tick := time.NewTicker(time.Second / 400)
		defer tick.Stop()
		for ctx.Err() == nil {
			<-tick.C
			client.TryProduce(ctx, &kgo.Record{Value: make([]byte, 10_000)}, nil)
		}
	})
}

// reads has a group of its own read orders, in this process.
func (r *verdictRound) reads() *kgo.Client {
	client, err := consumer(r.t.Context(), r.Bootstrap(), "reports", "orders", false)
	must(r.t, err)
	r.after = append(r.after, func() {
		client.Close()
		r.deleteGroup("reports")
	})
	r.beside(func(ctx context.Context) {
		for ctx.Err() == nil {
			client.PollRecords(ctx, 500)
		}
	})
	r.caughtUp("reports")
	return client
}

// caughtUp waits until a group has read nearly everything of orders, and committed it.
func (r *verdictRound) caughtUp(group string) {
	admin := kadm.NewClient(r.client())
	eventually(r.t, "group "+group+" has caught up", func() (bool, string) {
		lags, err := admin.Lag(r.t.Context(), group)
		if err != nil {
			return false, err.Error()
		}
		of := lags[group]
		committed := len(of.Lag["orders"]) == 8
		for _, l := range of.Lag["orders"] {
			committed = committed && l.Commit.At > 0
		}
		return of.Error() == nil && committed && len(of.Members) == 1 && of.Lag.Total() < 1000, fmt.Sprint(of.Lag.Total(), of.Error())
	})
}

func (r *verdictRound) deleteGroup(group string) {
	admin := kadm.NewClient(r.client())
	eventually(r.t, "group "+group+" is deleted", func() (bool, string) {
		answer, err := admin.DeleteGroup(r.t.Context(), group)
		return err == nil && answer.Err == nil, fmt.Sprint(err, answer.Err)
	})
}

// consumerStopped kills a consumer's process, which can't leave its group.
func (r *verdictRound) consumerStopped() {
	s := &scripted{t: r.t, c: r.Cluster, id: "reports", topic: "orders"}
	s.process()
	r.caughtUp("reports")
	r.after = append(r.after, func() { r.deleteGroup("reports") })
	s.dies()
}

// consumerStalled makes a consumer read nothing more, and stay in its group.
func (r *verdictRound) consumerStalled() { r.reads().PauseFetchTopics("orders") }

// hangingTransaction writes to a transaction that its coordinator doesn't know of, with the time of five minutes ago.
func (r *verdictRound) hangingTransaction() {
	j := &txnJob{deck: r.seeing.on(r.t), c: r.Cluster}
	offset := j.zombieWrites("pair", 2, 3, time.Now().Add(-5*time.Minute))
	r.after = append(r.after, func() {
		words := []string{"transactions", "abort", "--topic", "pair", "--partition", "2", "--start-offset", strconv.FormatInt(offset, 10)}
		var dry struct{ Confirm string }
		must(r.t, json.Unmarshal([]byte(j.ok(0, append(words, "-o", "json")...)), &dry))
		j.ok(0, append(words, "--execute", "--confirm", dry.Confirm)...)
	})
}

// certificateExpired gives broker 2 a certificate that expired an hour ago, as where nobody renewed it.
func (r *verdictRound) certificateExpired() {
	must(r.t, r.Node(2).SetCertificate(r.t.Context(), time.Now().Add(-time.Hour)))
	r.after = append(r.after, func() { must(r.t, r.Node(2).SetCertificate(r.t.Context(), time.Now().Add(24*time.Hour))) })
}

// diskFull lets all but 3 % of the file system of a log dir of broker 4 be used.
func (r *verdictRound) diskFull() {
	n := r.Node(4)
	dir := n.LogDirs()[1]
	must(r.t, n.Stop())
	kept := dir + ".kept"
	must(r.t, os.Rename(dir, kept))
	must(r.t, os.Mkdir(dir, 0o755))
	size := int64(200<<20) + sizeOf(r.t, kept)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprint("size=", size)); err != nil {
		must(r.t, os.Remove(dir))
		must(r.t, os.Rename(kept, dir))
		r.start(4)
		r.t.Skipf("a file system for a log dir can't be mounted here: %v", err)
	}
	unmount := sync.OnceValue(func() error { return unix.Unmount(dir, unix.MNT_DETACH) })
	r.parent.Cleanup(func() { _ = unmount() })
	must(r.t, os.CopyFS(dir, os.DirFS(kept)))
	r.start(4)
	r.after = append(r.after, func() {
		must(r.t, n.Stop())
		must(r.t, unmount())
		must(r.t, os.Remove(dir))
		must(r.t, os.Rename(kept, dir)) // it has missed what was written since
		r.start(4)
	})
	var disk unix.Statfs_t
	must(r.t, unix.Statfs(dir, &disk))
	file, err := os.Create(filepath.Join(dir, "ballast"))
	must(r.t, err)
	defer file.Close()
	ballast := (int64(disk.Bavail) - int64(disk.Blocks)*3/100) * disk.Bsize
	must(r.t, unix.Fallocate(int(file.Fd()), 0, 0, ballast))
}

// sizeOf is how many bytes the files below a directory have.
func sizeOf(t *testing.T, dir string) (size int64) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	}))
	return size
}

// delayed puts 200 ms into the path to broker 3, for clients and for the other brokers.
func (r *verdictRound) delayed() {
	n := r.Node(3)
	must(r.t, n.Stop())
	must(r.t, n.Advertise(slowPath(r.t, n.Addr(), 200*time.Millisecond)))
	r.start(3)
	r.after = append(r.after, func() {
		must(r.t, n.Stop())
		must(r.t, n.Advertise(n.Addr()))
		r.start(3)
	})
}

// slowPath listens on loopback, and passes what comes to an address and what comes back on after a time.
func slowPath(t *testing.T, to string, delay time.Duration) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				out, err := net.Dial("tcp", to)
				if err != nil {
					in.Close()
					return
				}
				go passLate(out, in, delay)
				passLate(in, out, 0)
			}()
		}
	}()
	return l.Addr().String()
}

// passLate copies until the reader ends, each chunk so late, and closes both ends.
func passLate(to io.WriteCloser, from io.ReadCloser, delay time.Duration) {
	type chunk struct {
		due  time.Time
		data []byte
	}
	chunks := make(chan chunk, 1000)
	go func() {
		defer close(chunks)
		for {
			b := make([]byte, 64<<10)
			n, err := from.Read(b)
			if n > 0 {
				chunks <- chunk{time.Now().Add(delay), b[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for c := range chunks {
		<-time.After(time.Until(c.due))
		if _, err := to.Write(c.data); err != nil {
			break
		}
	}
	to.Close()
	from.Close()
	for range chunks { // until the reader has ended too
	}
}
