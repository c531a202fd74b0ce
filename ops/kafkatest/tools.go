package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Kafka's own tools by class, where it is the same in every version.
const (
	TopicCommand              = "org.apache.kafka.tools.TopicCommand"
	LogDirsCommand            = "org.apache.kafka.tools.LogDirsCommand"
	MetadataQuorumCommand     = "org.apache.kafka.tools.MetadataQuorumCommand"
	ReassignPartitionsCommand = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"
	ConsumerGroupCommand      = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
	ConfigCommand             = "kafka.admin.ConfigCommand"
	ClusterTool               = "org.apache.kafka.tools.ClusterTool"
	VerifiableProducer        = "org.apache.kafka.tools.VerifiableProducer"
	VerifiableConsumer        = "org.apache.kafka.tools.VerifiableConsumer"
	storageTool               = "kafka.tools.StorageTool"
)

// AclCommand returns the class of the ACL tool, which moved in 4.0.
func AclCommand(version string) string {
	if usesLog4j2(version) {
		return "org.apache.kafka.tools.AclCommand"
	}
	return "kafka.admin.AclCommand"
}

// ToolResult is the result of a run of a tool.
type ToolResult struct {
	Stdout, Stderr string
	Exit           int // -1 where a signal ended it
}

// Tool runs one of Kafka's own tools, of the cluster's version. See RunTool.
func (c *Cluster) Tool(ctx context.Context, class string, args ...string) (ToolResult, error) {
	return RunTool(ctx, c.Version, class, args...)
}

// RunTool runs one of Kafka's own tools by class. When ctx ends, the tool is asked
// to stop (SIGTERM), and its output so far is returned with ctx's error. An exit
// code other than 0 is not an error.
func RunTool(ctx context.Context, version, class string, args ...string) (ToolResult, error) {
	jars, err := Jars(version)
	if err != nil {
		return ToolResult{}, err
	}
	java := append([]string{"-Xmx128m"}, jvmFlags...)
	java = append(java, logFlags(jars, version, "WARN", "WARN", os.DevNull)...)
	java = append(java, archiveFlags(jars)...)
	java = append(java, "-cp", classPath(jars), class)
	cmd := exec.Command("java", append(java, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	p, err := spawn(cmd)
	if err != nil {
		return ToolResult{}, fmt.Errorf("running %s: %w", class, err)
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		err = fmt.Errorf("running %s: %w", class, context.Cause(ctx))
		if endErr := p.end(syscall.SIGTERM, 10*time.Second); endErr != nil && !errors.Is(endErr, os.ErrProcessDone) {
			return ToolResult{}, errors.Join(err, endErr, p.end(syscall.SIGKILL, stopTimeout))
		}
	}
	return ToolResult{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, err
}
