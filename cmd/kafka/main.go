// Command kafka runs a real Apache Kafka cluster in the foreground, to try kdeck
// on: brokers in racks, topics of three tenants, and a load from each tenant. It
// prints the kdeck commands that connect to it.
//
// The cluster listens on loopback alone, and is removed when the command ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"

	"kdeck/ops/kafkatest"
)

type options struct {
	version              string
	brokers, racks       int
	controllers          int
	topics               int
	rate                 int
	sasl, acls, exporter bool
}

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "kafka:", err)
		}
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, o, os.Stdin, os.Stdout); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "kafka:", err)
		os.Exit(1)
	}
}

func parse(args []string, usage io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("kafka", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&o.version, "version", kafkatest.V43, "Kafka `version`, as "+strings.Join(kafkatest.Versions(), " or "))
	flags.IntVar(&o.brokers, "brokers", 5, "how many `brokers`")
	flags.IntVar(&o.racks, "racks", 3, "how many `racks` the brokers are in; 0: none")
	flags.IntVar(&o.controllers, "controllers", 0, "how many nodes are `controllers` only; 0: brokers are controllers too")
	flags.IntVar(&o.topics, "topics", 40, "how many `topics`, divided among the tenants")
	flags.IntVar(&o.rate, "rate", 50, "`records` a second that each tenant produces")
	flags.BoolVar(&o.sasl, "sasl", false, "add a SASL_SSL listener; the tenants log in there as users")
	flags.BoolVar(&o.acls, "acls", false, "turn the authorizer on (with -sasl)")
	flags.BoolVar(&o.exporter, "exporter", false, "attach the Prometheus JMX exporter to every node")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.brokers < 1 || o.racks < 0 || o.controllers < 0 || o.topics < len(kafkatest.Tenants) || o.rate < 1:
		return o, fmt.Errorf("at least 1 broker, %d topics and 1 record a second are needed, and no negative numbers", len(kafkatest.Tenants))
	case o.acls && !o.sasl:
		return o, errors.New("-acls needs -sasl: in plain text everybody is a super user")
	}
	return o, nil
}

func run(ctx context.Context, o options, in io.Reader, out io.Writer) (err error) {
	fmt.Fprintf(out, "starting Kafka %s …\n", o.version)
	c, err := kafkatest.Run(ctx, kafkatest.Options{
		Version: o.version, Brokers: o.brokers, Racks: rackNames(o.racks), Controllers: o.controllers,
		SASL: o.sasl, ACLs: o.acls, JMXExporter: o.exporter,
		// Left alone over a weekend, it must not fill the disk.
		Properties: map[string]string{"log.segment.bytes": "1048576", "log.retention.bytes": "2097152"},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()

	byTenant := topicsByTenant(o.topics, o.brokers)
	for _, tenant := range kafkatest.Tenants {
		if err := c.CreateTopics(ctx, byTenant[tenant]...); err != nil {
			return err
		}
		if o.acls {
			if err := grantACLs(ctx, c, tenant); err != nil {
				return err
			}
		}
		if err := startLoad(ctx, c, tenant, byTenant[tenant], o.rate); err != nil {
			return fmt.Errorf("load of tenant %s: %w", tenant, err)
		}
	}
	if err := describe(out, c, o); err != nil {
		return err
	}
	go readCommands(ctx, c, in, out)
	<-ctx.Done()
	fmt.Fprintln(out, "ending Kafka …")
	return nil
}

func rackNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("rack-%c", 'a'+i))
	}
	return names
}

// describe prints the nodes, how to break them, and how to connect kdeck.
func describe(out io.Writer, c *kafkatest.Cluster, o options) error {
	fmt.Fprintf(out, "\nKafka %s: %d brokers, %d racks, %d topics; tenants %s at %d records/s each\n\n",
		o.version, o.brokers, o.racks, o.topics, strings.Join(kafkatest.Tenants, ", "), o.rate)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tRACK\tPID\tPLAINTEXT\tCONTROLLER\tMETRICS\tFILES")
	for _, n := range c.Nodes {
		rack, plaintext, controller, metrics := "-", "-", "-", "-"
		if n.Rack != "" {
			rack = n.Rack
		}
		if n.Broker {
			plaintext = n.Addr()
		}
		if n.Controller {
			controller = n.ControllerAddr()
		}
		if o.exporter {
			metrics = n.MetricsURL()
		}
		fmt.Fprintf(table, "%d\t%s\t%d\t%s\t%s\t%s\t%s\n", n.ID, rack, n.PID(), plaintext, controller, metrics, n.Dir)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nFILES hold server.log, server.properties, and the log dirs log-0 and log-1.\n%s\n", controlHelp)
	fmt.Fprintf(out, "\npoint kdeck at it:\n\n  bin/kdeck -b %s\n", c.Bootstrap())
	if o.sasl {
		config, err := c.ClientProperties(kafkatest.ScramSHA512, kafkatest.Admin, kafkatest.Password(kafkatest.Admin))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  bin/kdeck -b %s --command-config %s\n", c.BootstrapSASL(), config)
	}
	_, err := fmt.Fprintln(out, "\nctrl-c ends it")
	return err
}
