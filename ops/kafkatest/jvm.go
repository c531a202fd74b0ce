package kafkatest

import "path/filepath"

// jvmFlags keep a JVM small and quick to start: many short runs share few cores.
var jvmFlags = []string{"-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"}

// logFlags tell a JVM where its logging is set up, which is in java/.
func logFlags(jars, version, level, requestsLevel, requestsFile string) []string {
	config := "-Dlog4j.configuration=file:" + filepath.Join(jars, "log4j.properties")
	if usesLog4j2(version) {
		config = "-Dlog4j2.configurationFile=" + filepath.Join(jars, "log4j2.properties")
	}
	return []string{
		config,
		"-Dkafkatest.level=" + level,
		"-Dkafkatest.requests.level=" + requestsLevel,
		"-Dkafkatest.requests.file=" + requestsFile,
	}
}

// classPath is the wildcard that Java itself expands.
func classPath(jars string) string { return filepath.Join(jars, "libs", "*") }

// javaArgs is what Java is called with to run a node.
func (c *Cluster) javaArgs(n *Node) []string {
	requests := "WARN"
	if c.RequestLog {
		requests = "DEBUG"
	}
	args := append([]string{"-Xmx256m"}, jvmFlags...)
	args = append(args, logFlags(c.jars, c.Version, "INFO", requests, n.RequestLogFile())...)
	args = append(args, c.agentFlags(n)...)
	if c.Kerberos != nil {
		args = append(args, "-Djava.security.krb5.conf="+c.Kerberos.ConfigFile)
	}
	if c.archiveTo != "" {
		args = append(args, "-XX:+IgnoreUnrecognizedVMOptions", "-XX:ArchiveClassesAtExit="+c.archiveTo)
	} else {
		args = append(args, archiveFlags(c.jars)...)
	}
	args = append(args, c.JVM...)
	return append(args, "-cp", classPath(c.jars), "kafka.Kafka", n.propertiesFile())
}
