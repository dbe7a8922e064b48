/** How the JVM of a broker is called. */
import { fileURLToPath } from "node:url"
import type { Jars } from "./jars.ts"
import type { NodeLayout } from "./layout.ts"

const LOGGING = fileURLToPath(new URL("log4j2.properties", import.meta.url))

/** The arguments of `java` for the broker of a node. */
export const brokerArguments = (jars: Jars, node: NodeLayout, heap: string): ReadonlyArray<string> => [
  `-Xmx${heap}`,
  "-XX:+UseSerialGC",
  // The first compiler alone. See README.md for the measurement: the second one's threads take more than they give.
  "-XX:TieredStopAtLevel=1",
  // A broker that is out of memory must end, not linger half alive.
  "-XX:+ExitOnOutOfMemoryError",
  "-Djava.awt.headless=true",
  `-Dlog4j2.configurationFile=${LOGGING}`,
  `-Dkafka.logs.dir=${node.outputDir}`,
  "-cp",
  jars.classPath,
  "kafka.Kafka",
  node.propertiesFile,
]

/** The arguments of `java` for Kafka's tool that formats a node's storage; it lives for half a second. */
export const formatArguments = (
  jars: Jars,
  node: NodeLayout,
  clusterId: string,
  credentials: ReadonlyArray<string> = [],
  features: ReadonlyArray<string> = [],
): ReadonlyArray<string> => [
  "-Xmx128m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Dlog4j2.level=ERROR",
  "-cp",
  jars.classPath,
  "kafka.tools.StorageTool",
  "format",
  "--ignore-formatted",
  // With "=", since an id is base64url and may begin with a dash.
  `--cluster-id=${clusterId}`,
  "--config",
  node.propertiesFile,
  ...credentials.flatMap((credential) => ["--add-scram", credential]),
  ...features.flatMap((feature) => ["--feature", feature]),
]

/** One argument as it stands in a file of arguments (`java @file`). */
export const quoteArgument = (argument: string): string =>
  `"${argument.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
