package kafka_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"software.sslmate.com/src/go-pkcs12"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

func opened(t *testing.T, o kafka.Options, cluster config.Cluster) *kafka.Session {
	t.Helper()
	if cluster.Security == "" {
		cluster.Security = config.Plaintext
	}
	s, err := kafka.Open(&cluster, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func metadata(topics ...string) *kmsg.MetadataRequest {
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range topics {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, topic)
	}
	return req
}

func TestAnyGoesOnToTheNextNodeAndStaysWithTheOneThatAnswered(t *testing.T) {
	dead, live := listen(t, func(net.Conn) {}), kafkaAt(t)
	var dialed sync.Map
	s := opened(t, kafka.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		n, _ := dialed.LoadOrStore(addr, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}, config.Cluster{Bootstrap: []string{dead, live}})
	var tries int32
	for i := range 3 {
		_, addr, err := s.Any(t.Context(), metadata())
		if err != nil || addr != live {
			t.Fatalf("%s answered: %v", addr, err)
		}
		n, _ := dialed.Load(dead)
		if got := n.(*atomic.Int32).Load(); i == 0 {
			tries = got
		} else if got != tries {
			t.Errorf("the dead node was tried again")
		}
	}
}

func TestAnyNamesEveryNodeThatFailedAndWhy(t *testing.T) {
	silent, hangsUp := listen(t, func(c net.Conn) { request(c); request(c) }), listen(t, func(net.Conn) {})
	s := opened(t, kafka.Options{Timeout: 100 * time.Millisecond}, config.Cluster{Bootstrap: []string{silent, hangsUp}})
	s.Learn(map[int32]string{7: "no-such-host.invalid:9092"})
	_, _, err := s.Any(t.Context(), metadata())
	var nobody *kafka.NoAnswerError
	if !errors.As(err, &nobody) || len(nobody.Tried) != 3 {
		t.Fatal(err)
	}
	for _, want := range []string{silent, "no answer in time", hangsUp, "closed the connection", "no-such-host.invalid:9092", "no address"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q doesn't say %q", err, want)
		}
	}
}

func TestWhatIsNotReadOnlyIsNeverSent(t *testing.T) {
	s := opened(t, kafka.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialed")
		return nil, errors.New("dialed")
	}}, config.Cluster{Bootstrap: []string{"b1:9092"}})
	creating := metadata("orders")
	creating.AllowAutoTopicCreation = true
	old := metadata("orders")
	old.Version = 3
	requests := []kmsg.Request{creating, old}
	for key := range int16(kmsg.MaxKey + 1) {
		if !protocol.ClassOfKey(key).Reads() {
			requests = append(requests, kmsg.RequestForKey(key))
		}
	}
	for _, req := range requests {
		var refused *kafka.RefusedError
		if _, err := s.Ask(t.Context(), "b1:9092", req); !errors.As(err, &refused) {
			t.Errorf("Ask %T: %v", req, err)
		}
		if _, _, err := s.Any(t.Context(), req); !errors.As(err, &refused) {
			t.Errorf("Any %T: %v", req, err)
		}
	}
}

func TestARequestThatIsSafeOnlyInVersionsTheNodeLacksIsNotSent(t *testing.T) {
	var sent atomic.Bool
	addr := listen(t, answer([]int16{3}, func(net.Conn, []byte) { sent.Store(true) })) // Metadata v0 to v1
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}})
	var refused *kafka.RefusedError
	if _, err := s.Ask(t.Context(), addr, metadata("orders")); !errors.As(err, &refused) || sent.Load() {
		t.Fatalf("sent %v: %v", sent.Load(), err)
	}
}

func TestTheVersionIsTheNewestThatBothKnow(t *testing.T) {
	for _, test := range []struct {
		name   string
		broker *kversion.Versions
		pinned int16
		want   int16
	}{
		{"the node is as new as the library", kversion.Stable(), 0, 13},
		{"the node is older", kversion.V2_4_0(), 0, 9},
		{"the request caps it", kversion.Stable(), 7, 7},
		{"the request caps it above what the node knows", kversion.V2_4_0(), 12, 9},
	} {
		addr := kafkaAt(t, kfake.MaxVersions(test.broker))
		s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}})
		req := metadata()
		req.Version = test.pinned
		resp, err := s.Ask(t.Context(), addr, req)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := resp.GetVersion(); got != test.want || req.Version != test.pinned {
			t.Errorf("%s: v%d, want v%d; the request itself has v%d", test.name, got, test.want, req.Version)
		}
	}
	addr := kafkaAt(t, kfake.MaxVersions(kversion.V2_4_0()))
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}})
	_, err := s.Ask(t.Context(), addr, kmsg.NewPtrDescribeClusterRequest())
	if protocol.CauseOf(err) != protocol.NotServed || !strings.Contains(err.Error(), addr) {
		t.Errorf("DescribeCluster of a node from before it: %v", err)
	}
}

func TestAKeptConnectionThatDiedIsReplaced(t *testing.T) {
	var conns []net.Conn
	var mu sync.Mutex
	addr := kafkaAt(t)
	s := opened(t, kafka.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		mu.Lock()
		conns = append(conns, c)
		mu.Unlock()
		return c, err
	}}, config.Cluster{Bootstrap: []string{addr}})
	for range 3 {
		if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
			t.Fatal(err)
		}
	}
	if len(conns) != 1 {
		t.Fatalf("%d connections for 3 requests, one after the other", len(conns))
	}
	conns[0].Close()
	if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
		t.Fatal(err)
	}
	if len(conns) != 2 {
		t.Errorf("%d connections", len(conns))
	}
}

func TestOneNodeIsAskedByManyAtOnceOverFewConnections(t *testing.T) {
	var open atomic.Int32
	addr := kafkaAt(t)
	s := opened(t, kafka.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		open.Add(1)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}, config.Cluster{Bootstrap: []string{addr}})
	req := metadata() // one request for all: it isn't written to
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := s.Ask(t.Context(), addr, req); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := open.Load(); n > 3 {
		t.Errorf("%d connections", n)
	}
	spent := s.Spent()
	if want := int64(50 + open.Load()); spent.Requests != want || spent.ByNode[addr].Requests != want {
		t.Errorf("%d requests counted, %d made", spent.Requests, want)
	}
	if spent.BytesSent == 0 || spent.BytesReceived < spent.BytesSent || spent.PerSecond == 0 {
		t.Errorf("%+v", spent)
	}
}

func TestRefreshAsksAnewAndVersionsDoesNot(t *testing.T) {
	addr := kafkaAt(t)
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}})
	for i, ask := range []struct {
		f    func(context.Context, string) (*kmsg.ApiVersionsResponse, error)
		want int64
	}{{s.Versions, 1}, {s.Versions, 1}, {s.Refresh, 2}, {s.Versions, 2}} {
		if _, err := ask.f(t.Context(), addr); err != nil {
			t.Fatal(err)
		}
		if got := s.Spent().Requests; got != ask.want {
			t.Errorf("call %d: %d requests, want %d", i, got, ask.want)
		}
	}
}

func TestAMappedAddressIsDialedAndTheCertificateIsForTheAdvertisedOne(t *testing.T) {
	ca := newAuthority(t)
	addr := kafkaAt(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.sign(func(c *x509.Certificate) {
		c.IPAddresses, c.DNSNames = nil, []string{"b1.internal"}
	})}}))
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{"b1.internal:9092"}, Security: config.SSL,
		AddressMap: map[string]string{"b1.internal:9092": addr},
		TLS:        config.TLS{Truststore: config.Store{Certificates: ca.pem}, VerifyHostname: true}})
	if _, err := s.Ask(t.Context(), "b1.internal:9092", metadata()); err != nil {
		t.Fatal(err)
	}
}

func TestStoresOfEveryKindReachABrokerOverSASLAndTLS(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := ca.sign(nil)
	cert, key := text(t, own)
	trustP12, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{ca.cert}, "changeit")
	if err != nil {
		t.Fatal(err)
	}
	ownP12, err := pkcs12.Modern.Encode(own.PrivateKey, own.Leaf, []*x509.Certificate{ca.cert}, "changeit")
	if err != nil {
		t.Fatal(err)
	}
	password := config.NewSecret("changeit")
	trusts := map[string]config.Store{
		"PEM text":   {Certificates: ca.pem},
		"a PEM file": {Location: file("ca.pem", []byte(ca.pem))},
		"PKCS#12":    {Location: file("ca.p12", trustP12), Password: password},
	}
	owns := map[string]config.Store{
		"PEM text":                  {Certificates: cert, KeyText: config.NewSecret(key)},
		"one PEM file":              {Location: file("own.pem", []byte(key+cert))},
		"a PEM file and a key file": {Location: file("cert.pem", []byte(cert)), Key: file("key.pem", []byte(key))},
		"PKCS#12":                   {Location: file("own.p12", ownP12), Password: password},
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	addr := kafkaAt(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "admin", "right"), kfake.Superuser("PLAIN", "admin", "right"),
		kfake.Superuser("SCRAM-SHA-256", "admin", "right"),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.sign(nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
	mechanisms := []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}
	for trustName, trust := range trusts {
		for ownName, own := range owns {
			for _, verify := range []bool{true, false} {
				s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, Security: config.SASLSSL,
					TLS:  config.TLS{Truststore: trust, Keystore: own, VerifyHostname: verify},
					SASL: config.SASL{Mechanism: mechanisms[0], User: "admin", Password: config.NewSecret("right")}})
				if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
					t.Errorf("trust in %s, own in %s, %s: %v", trustName, ownName, mechanisms[0], err)
				}
				mechanisms = append(mechanisms[1:], mechanisms[0])
			}
		}
	}

	empty := file("empty.pem", []byte("-----BEGIN NOTHING-----\n-----END NOTHING-----\n"))
	for _, test := range []struct {
		name string
		tls  config.TLS
		says string
	}{
		{"a file that isn't there", config.TLS{Truststore: config.Store{Location: dir + "/none.pem"}}, "none.pem"},
		{"a trust store without certificates", config.TLS{Truststore: config.Store{Location: empty}}, "no certificate in it"},
		{"a wrong password", config.TLS{Truststore: config.Store{Location: dir + "/ca.p12", Password: config.NewSecret("no")}}, "password isn't"},
		{"a key without a certificate", config.TLS{Keystore: config.Store{KeyText: config.NewSecret(key)}}, "no certificate for it"},
	} {
		_, err := kafka.Open(&config.Cluster{Name: "test", Bootstrap: []string{addr}, Security: config.SSL, TLS: test.tls}, kafka.Options{})
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "PRIVATE KEY") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestASessionLivesOnVirtualTimeAndVirtualNetworks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network kfake.VirtualNetwork
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(9092), kfake.ListenFn(network.Listen))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		addr := c.ListenAddrs()[0]
		s := opened(t, kafka.Options{Dial: network.DialContext, Budget: kafka.Budget{PerSecond: 2, Burst: 3}},
			config.Cluster{Bootstrap: []string{addr}})
		started := time.Now()
		for i := range 9 {
			if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
				t.Fatal(err)
			}
			want := time.Duration(max(0, i-2)) * time.Second / 2
			if took := time.Since(started); took != want {
				t.Errorf("request %d came after %s, the budget says %s", i, took, want)
			}
		}
		if got := s.Spent().PerSecond; got != 1 {
			t.Errorf("%v requests a second, 10 in the last 10 seconds were made", got)
		}

		c.ControlKey(3, func(kmsg.Request) (kmsg.Response, error, bool) {
			c.KeepControl()
			c.SleepControl(func() { time.Sleep(time.Hour) })
			return nil, nil, false
		})
		time.Sleep(time.Minute)
		started = time.Now()
		_, err = s.Ask(t.Context(), addr, metadata())
		if protocol.CauseOf(err) != protocol.Timeout || time.Since(started) != kafka.DefaultTimeout {
			t.Errorf("after %s: %v", time.Since(started), err)
		}
		s.Close()
		if _, err := s.Ask(t.Context(), addr, metadata()); err == nil {
			t.Error("a closed session answered")
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestACappedContextSendsNothingAboveTheCap(t *testing.T) {
	addr := kafkaAt(t)
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, MaxClass: protocol.ClassRO})
	var refused *kafka.RefusedError
	if _, err := s.Ask(t.Context(), addr, kmsg.NewPtrFindCoordinatorRequest()); !errors.As(err, &refused) {
		t.Errorf("FindCoordinator, RO*, under a cap of RO: %v", err)
	}
	if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
		t.Error(err)
	}
}

func ExampleSession_Any() {
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(4, "orders"))
	if err != nil {
		panic(err)
	}
	defer c.Close()
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: strings.Join(c.ListenAddrs(), ",")}, nil)
	if err != nil {
		panic(err)
	}
	session, err := kafka.Open(cluster, kafka.Options{})
	if err != nil {
		panic(err)
	}
	defer session.Close()
	resp, _, err := session.Any(context.Background(), kmsg.NewPtrMetadataRequest())
	if err != nil {
		panic(err)
	}
	fmt.Println(len(resp.(*kmsg.MetadataResponse).Brokers), "brokers")
	// Output: 3 brokers
}
