/** The boundaries of the house (ARCHITECTURE.md, "Who may import whom"). `npm run boundaries` enforces them. */
const IO = "^(node:)?(fs|fs/promises|net|http|https|tls|dgram|dns|child_process|worker_threads|cluster|timers|timers/promises|perf_hooks)$"

module.exports = {
  forbidden: [
    {
      name: "services-never-import-services",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/([^/]+)/", pathNot: "^services/$1/" },
    },
    {
      name: "packages-never-import-services",
      comment: "Only the command, which puts the house together, knows the services.",
      severity: "error",
      from: { path: "^(packages/(?!cli/)|schemas/)" },
      to: { path: "^services/" },
    },
    {
      name: "trust-imports-nothing",
      severity: "error",
      from: { path: "^packages/trust/src" },
      to: { pathNot: "^packages/trust/src" },
    },
    {
      name: "judge-and-apply-reach-no-io",
      comment: "What judges must give the same answer for ever: no file, socket, process, worker, Effect or log.",
      severity: "error",
      from: { path: "^services/[^/]+/src/(judge|apply|state)" },
      to: { path: [IO, "node_modules/(effect|@effect|lmdb|kafkajs|ioredis)/", "^packages/(log|runtime|cli|fleet)/"] },
    },
    {
      name: "pure-packages-reach-no-io",
      comment: "jose/src/verify runs signatures off-thread; transparency/src/storage reads and writes tiles.",
      severity: "error",
      from: {
        path: "^packages/(trust|did|jose|credentials|transparency|segmentation|detection)/src/",
        pathNot: "^packages/(jose/src/verify|transparency/src/storage)",
      },
      to: { path: [IO, "node_modules/(effect|@effect|lmdb|kafkajs|ioredis)/", "^packages/(log|runtime|cli|fleet)/"] },
    },
    { name: "no-circles", severity: "error", from: { pathNot: "/test/" }, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    { name: "nothing-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "node_modules/(?!@assay)" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"], extensions: [".ts", ".js", ".json"] },
  },
}
