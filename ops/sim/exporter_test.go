package sim_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kdeck/ops/sim"
)

func TestDeadAndSilentBrokersShowNoMetrics(t *testing.T) {
	c, err := sim.New(sim.Options{Brokers: 3, Topics: 4, Metrics: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableCompression: true}}
	get := func(url string, packed bool) ([]byte, *http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if packed {
			req.Header.Set("Accept-Encoding", "gzip")
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return body, resp, err
	}
	url := c.MetricsURLs()[2]
	c.Advance(3 * time.Second)
	for _, packed := range []bool{false, true, false} { // on one connection
		body, resp, err := get(url, packed)
		if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
			t.Fatalf("%v, %v", resp, err)
		}
		if packed {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(parse(t, body)); n < 500 {
			t.Errorf("%d series", n)
		}
	}
	if _, resp, err := get(strings.TrimSuffix(url, "metrics"), false); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("another path: %v, %v", resp, err)
	}
	if err := c.Kill(2); err != nil {
		t.Fatal(err)
	}
	if _, _, err := get(url, false); err == nil {
		t.Error("a dead broker shows its metrics")
	}
	if err := c.Start(2); err != nil {
		t.Fatal(err)
	}
	if _, _, err := get(url, false); err != nil {
		t.Errorf("started again: %v", err)
	}
	if err := c.Silence(2); err != nil {
		t.Fatal(err)
	}
	client.Timeout = 200 * time.Millisecond
	if _, _, err := get(url, false); err == nil {
		t.Error("a silent broker shows its metrics")
	}
}

func TestMetricsAreServedWithoutSocketsInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, sim.Options{Brokers: 3, Topics: 4, Virtual: true, Metrics: true})
		transport := &http.Transport{DialContext: c.DialContext}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
		get := func() (series, error) {
			resp, err := client.Get(c.MetricsURLs()[2])
			if err != nil {
				return nil, err
			}
			defer resp.Body.Close()
			page, err := io.ReadAll(resp.Body)
			return parse(t, page), err
		}
		time.Sleep(5 * time.Second) // of the bubble's
		before, err := get()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		after, err := get()
		if err != nil {
			t.Fatal(err)
		}
		within(t, "handler idle", (after.of(t, handlerIdle)-before.of(t, handlerIdle))/5e9, 0.5, 0.95)
		if err := c.Silence(2); err != nil {
			t.Fatal(err)
		}
		if _, err := get(); err == nil {
			t.Error("a silent broker shows its metrics")
		}
		if err := c.Start(2); err != nil {
			t.Fatal(err)
		}
		if _, err := get(); err != nil {
			t.Errorf("when it goes on: %v", err)
		}
	})
}
