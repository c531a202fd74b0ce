package subcmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

type transactionsOptions struct {
	hanging, producers bool
	topic              string
}

func newTransactions(env *Env, g *globals) *cobra.Command {
	o := &transactionsOptions{}
	cmd := &cobra.Command{
		Use:     "transactions",
		Aliases: []string{"transaction", "txn", "txns"},
		Short:   "Open transactions, which of them hang, and what they hold up; abort one",
		Example: "  kdeck transactions\n  kdeck transactions --hanging\n  kdeck transactions --topic 'orders.*' --producers",
		Long: "transactions asks the leaders of all partitions for their producers, and all brokers for the transactions that they\n" +
			"coordinate. It lists each transaction that is open in a partition, since when, and how many offsets it keeps from\n" +
			"read_committed consumers. HANGING is one that no coordinator counts the partition to, also when the leader is asked\n" +
			"again: nobody will end it (KIP-664). OVERDUE is one that is older than its timeout. What can't be seen, on brokers of\n" +
			"before Kafka 3.0 or for want of permission (READ on topics, DESCRIBE on transactional ids), is named.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runTransactions(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.hanging, "hanging", false, "only those that hang or are overdue")
	f.BoolVar(&o.producers, "producers", false, "list every producer of every partition too")
	f.StringVar(&o.topic, "topic", "", "only topics whose whole name matches this regular expression, `RE`")
	cmd.AddCommand(newTransactionsAbort(env, g))
	return cmd
}

func runTransactions(ctx context.Context, env *Env, g *globals, o *transactionsOptions) error {
	re, err := format.WholeName(o.topic)
	switch {
	case err != nil:
		return refused("--topic %s: %w", o.topic, err)
	case o.hanging && o.producers:
		return refused("--hanging and --producers don't go together")
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	chosen := func(topic string) bool { return o.topic == "" || re.MatchString(topic) }
	if o.topic != "" && !slices.ContainsFunc(topicNames(src.snapshot), chosen) {
		return refused("--topic %s: no topic matches%s", o.topic, didYouMean(o.topic, topicNames(src.snapshot)))
	}
	if src.saved != nil && src.saved.Transactions == nil {
		return refused("--snapshot %s: this saved cluster holds no transactions", g.snapshot)
	}
	found := savedTransactions(src, chosen)
	if src.live {
		found = watch.Transactions(ctx, src.session, src.snapshot, func(p state.Partition) bool { return chosen(p.Topic().Name()) }, env.watching(src))
	}
	rows := view.OpenTransactions(found, found.Taken)
	if o.hanging {
		rows = slices.DeleteFunc(rows, func(r view.OpenTransaction) bool { return !r.Hangs() })
	}
	if g.document() {
		return env.document(g, view.TransactionsAnswer(found, rows, o.producers))
	}
	return env.showTransactions(g, o, found, rows)
}

// savedTransactions are those of a saved cluster that held readers up, nil of a live one.
func savedTransactions(src *source, chosen func(topic string) bool) *state.Transactions {
	if src.saved == nil {
		return nil
	}
	t := *src.saved.Transactions
	t.Producers = slices.DeleteFunc(slices.Clone(t.Producers), func(p state.Producer) bool { return !chosen(p.Topic) })
	return &t
}

func (e *Env) showTransactions(g *globals, o *transactionsOptions, found *state.Transactions, rows []view.OpenTransaction) error {
	if len(rows) > 0 {
		if err := table(e, g, view.TransactionColumns(), rows); err != nil {
			return err
		}
	} else if o.hanging {
		fmt.Fprintln(e.Out, "no transaction hangs or is overdue")
	} else {
		fmt.Fprintln(e.Out, "no transaction is open")
	}
	shown := map[string]bool{}
	for _, f := range health.Transactions(found, found.Taken) {
		if o.hanging && f.Code == health.StalledTransaction {
			continue
		}
		fmt.Fprintf(e.Out, "\n%s\n  next: %s\n", e.safe(f.Sentence), e.safe(f.Next))
	}
	for i := range rows {
		h := rows[i].Held
		if h == nil {
			continue
		}
		if s := view.HeldSentence(h); !shown[s] {
			if len(shown) == 0 {
				fmt.Fprintln(e.Out)
			}
			shown[s] = true
			fmt.Fprintf(e.Out, "%s\n", e.safe(s))
		}
	}
	if o.producers {
		fmt.Fprintln(e.Out)
		if err := table(e, g, view.ProducerColumns(found, found.Taken), found.Producers); err != nil {
			return err
		}
	}
	e.sayUnknown(&state.Snapshot{Unknown: found.Unknown})
	return nil
}
