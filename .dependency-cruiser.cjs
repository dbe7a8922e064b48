/**
 * Who may import whom (ARCHITECTURE.md shows the matrix, infra/boundaries/matrix.json holds it). `npm run boundaries`
 * enforces it and infra/test/boundaries/rules.test.ts plants a violation of each rule, because a rule that matches nothing
 * is green too. Undeclared imports and circles between directories are found by infra/boundaries.
 *
 * Packages are imported as @assay/<name>; the links in node_modules are followed, so the rules see real paths.
 */
const { developmentRule, matrixRules } = require("./infra/boundaries/rules.cjs")

/** Built-in modules that only compute. Everything else of Node's reaches a file, a socket, a process, a thread or a clock. */
const COMPUTING = "^(node:)?(assert|assert/strict|buffer|crypto|path|string_decoder|url|util|zlib)$"

/** Code that acts: Effect and the drivers, and the packages built upon them. */
const ACTING = [
  "node_modules/(effect|@effect|@opentelemetry|lmdb|kafkajs|ioredis)/",
  "^packages/(log|log-kafka|kafka-client|engine|consumer|ingress|egress|telemetry|node|read-model|cli|fleet)/",
  "^(testkit|infra|load-tests)/",
]

const JUDGES = "^services/[^/]+/src/(judge|apply|state)([.]ts$|/)"

const PURE = {
  path: "^packages/(trust|layout|bounded|passport|attestation|streams|did|did-document|jose|message|credentials|transparency|segmentation|detection)/src/",
  // jose/src/verify runs signatures off-thread; transparency/src/storage reads and writes tiles.
  pathNot: "^packages/(jose/src/verify|transparency/src/storage)/",
}

module.exports = {
  forbidden: [
    ...matrixRules,
    developmentRule,
    {
      name: "services-never-import-services",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "packages-never-import-services",
      comment:
        "Only the command knows all services; whoever runs them is given their definitions. This holds for tests too.",
      severity: "error",
      from: { path: "^(packages/(?!cli/)|schemas/)" },
      to: { path: "^services/" },
    },
    {
      name: "nobody-imports-the-command",
      severity: "error",
      from: { path: "^(packages|services|schemas)/", pathNot: "^packages/cli/" },
      to: { path: "^packages/cli/" },
    },
    {
      name: "trust-imports-nothing",
      severity: "error",
      from: { path: "^packages/trust/src/" },
      to: { pathNot: "^packages/trust/src/" },
    },
    {
      name: "layout-imports-nothing",
      severity: "error",
      from: { path: "^packages/layout/src/" },
      to: { pathNot: "^packages/layout/src/" },
    },
    {
      name: "passport-imports-nothing",
      comment: "A device carries it, in whatever engine it has.",
      severity: "error",
      from: { path: "^packages/passport/src/" },
      to: { pathNot: "^packages/passport/src/" },
    },
    {
      name: "judges-import-no-io",
      comment: "What judges must give the same answer for ever: no file, socket, process, worker, Effect or log.",
      severity: "error",
      from: { path: JUDGES },
      to: { path: ACTING, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "judges-import-no-acting-core",
      severity: "error",
      from: { path: JUDGES },
      to: { dependencyTypes: ["core"], pathNot: COMPUTING },
    },
    {
      name: "pure-packages-import-no-io",
      severity: "error",
      from: PURE,
      to: { path: ACTING },
    },
    {
      name: "pure-packages-import-no-acting-core",
      severity: "error",
      from: PURE,
      to: { dependencyTypes: ["core"], pathNot: COMPUTING },
    },
    {
      name: "judging-never-asks-the-read-model",
      comment:
        "Redis is for looking at: no decision, no order and no state may ever rest on it. The process around them has it.",
      severity: "error",
      from: {
        path: "^(services/[^/]+/src/|packages/engine/src/)",
        pathNot: "^services/[^/]+/src/(main|service)[.]ts$",
      },
      to: { path: "(^packages/read-model/|node_modules/ioredis/)", reachable: true },
    },
    {
      name: "private-parts-of-kafkajs-in-one-place",
      comment: "What kafkajs does not promise to keep is used in one folder. Tests may hold ours against theirs.",
      severity: "error",
      from: { path: "/src/", pathNot: "^packages/kafka-client/src/kafkajs/" },
      to: { path: "node_modules/kafkajs/src/" },
    },
    {
      name: "ingress-core-knows-no-protocol",
      comment: "A protocol is one folder beside the core; the core is the same for all of them.",
      severity: "error",
      from: { path: "^packages/ingress/src/core/" },
      to: { path: "(^packages/ingress/src/(?!core/)|^(node:)?(http|https|http2|net|tls|dgram)$)" },
    },
    {
      name: "sources-import-no-tests",
      severity: "error",
      from: { path: "/src/" },
      to: { path: "/test/" },
    },
    {
      name: "no-circles",
      comment: "Types may know each other; code may not.",
      severity: "error",
      from: { pathNot: "/test/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "nothing-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "judges-reach-no-io",
      comment: "The same through any number of files between.",
      severity: "error",
      from: { path: JUDGES },
      to: {
        path: ACTING.concat(
          "^(node:)?(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|cluster)(/|$)",
        ),
        reachable: true,
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".json"],
    },
  },
}
