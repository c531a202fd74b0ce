package subcmd

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

// Bounds of what another machine answers.
const (
	mostAnswered = 16 << 20         // bytes; a look at 5,000 threads has 2 MB
	mostSaid     = 4 << 10          // bytes of a command's words to standard error
	answersIn    = 45 * time.Second // a look takes ten seconds unless its machine was told otherwise
	afterEnd     = 2 * time.Second  // for a command's pipes to close
)

// checkAsked refuses flags that say how this machine is looked at: how another one is, the context says.
func (o *hostOptions) checkAsked(g *globals, changed func(string) bool) error {
	if g.snapshot != "" {
		return refused("host: --ask %d and --snapshot %s: the machine of a broker that runs is asked", o.ask, g.snapshot)
	}
	if o.ask < 0 {
		return refused("host: --ask %d: a broker's id was expected", o.ask)
	}
	for _, flag := range []string{"pid", "broker", "for", "every", "no-attach", "resolve", "watch", "serve"} {
		if changed(flag) {
			return refused("host: --ask %d and --%s: how its machine looks at itself stands in the context, under host", o.ask, flag)
		}
	}
	return nil
}

// askHost asks the machine of one broker what keeps the broker waiting, in the way that the context says.
func askHost(ctx context.Context, env *Env, g *globals, id int32) error {
	src, err := env.open(g)
	if err != nil {
		return err
	}
	look := src.session.Cluster().Host
	if look == "" {
		return refused(`host: --ask %d: the context doesn't say how brokers' machines are asked: give it host: "ssh {host} kdeck host -o json", or the address of kdeck host --serve`, id)
	}
	if src.snapshot, err = env.looker(src)(ctx); err != nil {
		return fmt.Errorf("%s: %w", src.name, err)
	}
	broker := src.snapshot.Broker(id)
	if broker == nil {
		return refused("host: --ask %d: there is no such broker in %s", id, src.name)
	}
	source, err := look.Of(id, broker.Host)
	if err != nil {
		return refused("host: --ask %d: %w", id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, answersIn)
	defer cancel()
	ctx, stop := env.untilInterrupted(ctx)
	defer stop()
	if env.console == nil {
		fmt.Fprintf(env.Err, "asking %s\n", env.safe(source.String()))
	}
	answer, err := env.machineSays(ctx, source)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s", format.Duration(answersIn))
	}
	var h *state.Host
	if err == nil {
		h, err = readLook(answer, id)
	}
	if err != nil {
		return refused("host: %s: %w", source, err)
	}
	if !g.document() {
		fmt.Fprintf(env.Out, "asked %s; the look ended %s ago\n", env.safe(source.String()), format.Duration(max(env.Now().Sub(h.At), 0).Round(time.Second)))
	}
	return env.showHost(g, h)
}

// machineSays asks by HTTP or by a command, and bounds what comes back.
func (e *Env) machineSays(ctx context.Context, source config.HostSource) ([]byte, error) {
	if source.URL != "" {
		return e.answerAt(ctx, source.URL)
	}
	out, errs := &bounded{most: mostAnswered}, &bounded{most: mostSaid}
	cmd := exec.CommandContext(ctx, source.Words[0], source.Words[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, errs, afterEnd
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // so that ssh asks nothing on the console's terminal
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Run()
	switch {
	case out.over:
		return nil, tooLong()
	case out.kept.Len() > 0: // its exit code is 1 where it found something
		return out.kept.Bytes(), nil
	case err == nil:
		return nil, errors.New("it wrote nothing")
	}
	said, _, _ := strings.Cut(strings.TrimSpace(errs.kept.String()), "\n")
	return nil, fmt.Errorf("%w: %s", err, cmp.Or(said, "it said nothing"))
}

func (e *Env) answerAt(ctx context.Context, address string) ([]byte, error) {
	client := &http.Client{
		Transport:     &http.Transport{DialContext: e.Dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it stays where the context says
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswered+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > mostAnswered:
		return nil, tooLong()
	case resp.StatusCode != http.StatusOK:
		var doc struct{ Error string }
		_ = json.Unmarshal(text, &doc)
		return nil, fmt.Errorf("it answered %s %s", resp.Status, doc.Error)
	}
	return text, nil
}

func tooLong() error {
	return fmt.Errorf("its answer is larger than %d MB: given up", mostAnswered>>20)
}

// readLook reads what kdeck host wrote on another machine. Its findings are judged anew.
func readLook(text []byte, id int32) (*state.Host, error) {
	var doc struct {
		Version int
		*state.Host
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("its answer is no look of kdeck host: %s", printable.Escape(err.Error()))
	}
	h := doc.Host
	switch {
	case doc.Version != 1 || h == nil || h.PID <= 0 || h.At.IsZero() || h.Seconds <= 0:
		return nil, errors.New("its answer is no look of kdeck host")
	case h.Broker.Known && h.Broker.Value != id:
		return nil, fmt.Errorf("broker %d answered in the place of broker %d: host in the context leads to the wrong machine, or needs --broker {id}", h.Broker.Value, id)
	}
	return h, nil
}

// bounded keeps the beginning of what is written, and refuses more. It has no other method that writes: io.Copy would choose that one.
type bounded struct {
	kept bytes.Buffer
	most int
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > b.most {
		b.over = true
		n, _ := b.kept.Write(p[:b.most-b.kept.Len()])
		return n, errors.New("too long")
	}
	return b.kept.Write(p)
}
