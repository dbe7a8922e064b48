/** The values with which the chart runs every program beside the services. */
export const PROGRAMS_SET: Readonly<Record<string, string>> = {
  "resolver.enabled": "true",
  "resolver.allow": '["id.example.com","*.issuers.example"]',
  "resolver.options": '{"soft":"4","hard":"24"}',
  "readings.enabled": "true",
  "readings.replicas": "2",
  "readings.outcome": '"all"',
  exports: JSON.stringify([
    {
      name: "soc",
      to: "syslog+tls://siem.example:6514?ca=/etc/assay/sink/ca.pem",
      outcome: "quarantined,rejected",
      options: { severity: "medium" },
      secret: "siem-soc",
      keys: ["ca.pem"],
      reaches: [{ peers: [{ ipBlock: { cidr: "203.0.113.5/32" } }], port: 6514 }],
      replicas: 2,
    },
    { name: "lake", to: "webhook:https://lake.example/in", outcome: "verified,annotated" },
    { name: "bus", to: "topic:siem.ocsf.v1" },
  ]),
}
