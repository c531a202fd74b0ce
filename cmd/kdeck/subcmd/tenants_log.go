package subcmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
)

// logRefresh is how often the ranking is written while lines come in.
const logRefresh = 5 * time.Second

// runRequestLog ranks the callers in Kafka's request logs until their lines end or an interrupt comes.
func runRequestLog(ctx context.Context, env *Env, g *globals, o *tenantsOptions) error {
	if o.broker >= 0 || o.byBroker || o.kind != "" {
		return refused("--request-log is one broker's: --broker, --by-broker and --type don't go with it")
	}
	files, err := openLogs(env, o.requestLogs)
	if err != nil {
		return refused("--request-log: %w", err)
	}
	lines, ended := make(chan []byte, 256), make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { ended <- readLogs(ctx, files, lines) }()
	signals, stop := env.notify(asksToEnd...)
	defer stop()
	tick := time.NewTicker(logRefresh)
	defer tick.Stop()
	log, shown := tenant.NewRequestLog(), 0
	for {
		select {
		case line := <-lines:
			log.Add(line)
		case <-tick.C:
			if !g.document() && log.Lines > shown {
				if err := writeRanking(env, g, o, log); err != nil {
					return err
				}
				fmt.Fprintln(env.Out)
				shown = log.Lines
			}
		case <-signals:
			return finishRanking(env, g, o, log)
		case err := <-ended:
			for len(lines) > 0 {
				log.Add(<-lines)
			}
			if err == nil {
				return finishRanking(env, g, o, log)
			}
			if log.Lines > log.Other { // what could be read is worth showing
				if err := finishRanking(env, g, o, log); err != nil {
					return err
				}
			}
			return failed(fmt.Errorf("--request-log: %w", err))
		}
	}
}

func finishRanking(env *Env, g *globals, o *tenantsOptions, log *tenant.RequestLog) error {
	if log.Lines == log.Other {
		return refused("--request-log %s: of %s none is a completed request as kafka.request.logger writes them at DEBUG or TRACE",
			strings.Join(o.requestLogs, " "), format.Count(log.Lines, "line"))
	}
	if !g.document() {
		if err := writeRanking(env, g, o, log); err != nil {
			return err
		}
		if log.Other > 0 {
			fmt.Fprintf(env.Err, "skipped: %d of %s, which are no completed requests\n", log.Other, format.Count(log.Lines, "line"))
		}
		return nil
	}
	type callerJSON struct {
		Principal string   `json:"principal"`
		ClientID  string   `json:"client_id"`
		Software  string   `json:"software"`
		Requests  int      `json:"requests"`
		QueueMS   float64  `json:"queue_ms"`
		LocalMS   float64  `json:"local_ms"`
		SendMS    float64  `json:"send_ms"`
		Percent   *float64 `json:"percent_of_thread_time"`
		Bytes     int64    `json:"record_bytes"`
		Kinds     string   `json:"kinds"`
		Strange   []string `json:"strange"`
	}
	doc := struct {
		Version int          `json:"version"`
		Lines   int          `json:"lines"`
		Other   int          `json:"other_lines"`
		Callers []callerJSON `json:"callers"`
	}{1, log.Lines, log.Other, []callerJSON{}}
	for _, c := range o.first(log) {
		doc.Callers = append(doc.Callers, callerJSON{c.Principal, c.ClientID, c.Software, c.Requests, c.QueueMS, c.LocalMS, c.SendMS,
			view.OrNull(c.ThreadMS() / log.TotalMS() * 100), c.Bytes, c.Top(3), append([]string{}, log.Strange(c)...)})
	}
	return env.document(g, doc)
}

func (o *tenantsOptions) first(log *tenant.RequestLog) []*tenant.Called {
	list := log.Ranking()
	if o.top > 0 {
		list = list[:min(o.top, len(list))]
	}
	return list
}

func writeRanking(env *Env, g *globals, o *tenantsOptions, log *tenant.RequestLog) error {
	total := log.TotalMS()
	column := func(head string, right bool, cell func(*tenant.Called) string) view.Column[*tenant.Called] {
		return view.Column[*tenant.Called]{Head: head, Right: right, Cell: cell}
	}
	ms := func(get func(*tenant.Called) float64) func(*tenant.Called) string {
		return func(c *tenant.Called) string { return format.WholeMillis(get(c)) }
	}
	return table(env, g, []view.Column[*tenant.Called]{
		column("PRINCIPAL", false, func(c *tenant.Called) string { return c.Principal }),
		column("CLIENT ID", false, func(c *tenant.Called) string { return c.ClientID }),
		column("SOFTWARE", false, func(c *tenant.Called) string { return c.Software }),
		column("THREADS", true, func(c *tenant.Called) string {
			if total == 0 {
				return format.Unknown
			}
			return format.Percent(100 * c.ThreadMS() / total)
		}),
		column("LOCAL", true, ms(func(c *tenant.Called) float64 { return c.LocalMS })),
		column("SEND", true, ms(func(c *tenant.Called) float64 { return c.SendMS })),
		column("QUEUE", true, ms(func(c *tenant.Called) float64 { return c.QueueMS })),
		column("REQUESTS", true, func(c *tenant.Called) string { return fmt.Sprint(c.Requests) }),
		column("EACH", true, func(c *tenant.Called) string { return format.Bytes(c.Bytes / int64(c.Requests)) }),
		column("KINDS", false, func(c *tenant.Called) string { return c.Top(2) }),
		column("STRANGE", false, func(c *tenant.Called) string { return strings.Join(log.Strange(c), "; ") }),
	}, o.first(log))
}
